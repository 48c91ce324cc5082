"""Items that the same people choose: shrunk cosine of columns, the nearest k of each item kept.

Weight from j to i: ``n_ij / (sqrt(n_i n_j) + shrink)``, n_ij the users who chose both; the k largest
into each i are kept. Sarwar, Karypis, Konstan and Riedl 2001, "Item-based collaborative filtering
recommendation algorithms"; the shrinkage after Bell and Koren 2007.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from segue.recommend.collaborative.baselines import listeners
from segue.recommend.collaborative.contract import Kind, Settings, Training
from segue.recommend.collaborative.scorers import SparseItemWeights, chosen

BLOCK = 1_000  # items whose co-occurrences are held dense at a time: 80 MB for 20,000 items


def cooccurrence_blocks(
    pairs: sparse.csr_matrix, user_weights: np.ndarray | None = None
) -> Iterator[tuple[slice, sparse.csr_matrix]]:
    """Rows of ``X^T X`` for X with 1 for every pair, BLOCK items at a time, so that it never stands whole.

    With ``user_weights``, float32 ``(n_users,)``, rows of ``X^T diag(user_weights) X``.
    """
    x = chosen(pairs)
    by_item = x.T.tocsr()
    if user_weights is not None:
        by_item = (by_item @ sparse.diags(user_weights)).tocsr()
    for start in range(0, x.shape[1], BLOCK):
        rows = slice(start, min(start + BLOCK, x.shape[1]))
        yield rows, by_item[rows] @ x


def nearest(pairs: sparse.csr_matrix, k: int, shrink: float) -> sparse.csr_matrix:
    """float32 CSR ``(n_items, n_items)``: row i holds the k largest shrunk cosines of i with others."""
    root = np.sqrt(listeners(pairs))
    blocks = []
    for rows, counts in cooccurrence_blocks(pairs):
        counts = counts.tocoo()
        item = counts.row + rows.start
        data = counts.data / (root[item] * root[counts.col] + np.float32(shrink))
        data[item == counts.col] = 0
        blocks.append(largest_per_row(sparse.csr_matrix((data, (counts.row, counts.col)), counts.shape), k))
    return sparse.vstack(blocks, format="csr")


def largest_per_row(matrix: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """The k largest positive entries of each row; of equal ones those further left."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, row))
    place = np.arange(len(order)) - matrix.indptr[row[order]]
    keep = order[(place < k) & (matrix.data[order] > 0)]
    kept = sparse.csr_matrix((matrix.data[keep], (row[keep], matrix.indices[keep])), shape=matrix.shape)
    return kept.astype(np.float32)


def _fit(data: Training, settings: Settings) -> SparseItemWeights:
    return SparseItemWeights(nearest(data.pairs, int(settings["k"]), settings["shrink"]).T.tocsr())


KINDS = (
    Kind(
        "itemknn",
        "items that the same users choose, nearest neighbours by cosine",
        "warm",
        _fit,
        tuple({"k": k, "shrink": shrink} for shrink in (10.0, 0.0) for k in (200, 100)),
    ),
)
