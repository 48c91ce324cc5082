"""Items that the same people choose: shrunk cosine of columns, the nearest k of each item kept.

Weight from j to i: ``n_ij / (sqrt(n_i n_j) + shrink)``, n_ij the users who chose both; the k largest
into each i are kept. Sarwar, Karypis, Konstan and Riedl 2001, "Item-based collaborative filtering
recommendation algorithms"; the shrinkage after Bell and Koren 2007.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy import sparse

from segue.recommend.models.baselines import listeners
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.scorers import SparseItemWeights, chosen

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
        counts.sort_indices()
        item = np.repeat(np.arange(rows.start, rows.stop), np.diff(counts.indptr))
        counts.data /= root[item] * root[counts.indices] + np.float32(shrink)
        counts.data[item == counts.indices] = 0
        blocks.append(largest_per_row(counts, k))
    return sparse.vstack(blocks, format="csr")


def largest_per_row(matrix: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """The k largest positive entries of each row; of equal ones those further left. Indices must be sorted."""
    keep = matrix.data > 0
    for start, stop in pairwise(matrix.indptr.tolist()):
        if stop - start > k:
            values = matrix.data[start:stop]
            least = np.partition(values, -k)[-k]
            above = values > least
            equal = np.flatnonzero((values == least) & (values > 0))[: k - above.sum()]
            above[equal] = True
            keep[start:stop] &= above
    before = np.concatenate([[0], np.cumsum(keep)])
    kept = (matrix.data[keep], matrix.indices[keep], before[matrix.indptr])
    return sparse.csr_matrix(kept, shape=matrix.shape, dtype=np.float32)


def _fit(data: Training, settings: Settings) -> SparseItemWeights:
    return SparseItemWeights(nearest(data.pairs, int(settings["k"]), float(settings["shrink"])).T.tocsr())


KINDS = (
    Kind(
        "itemknn",
        "items that the same users choose, nearest neighbours by cosine",
        "warm",
        _fit,
        tuple({"k": k, "shrink": shrink} for shrink in (10.0, 0.0) for k in (200, 100)),
        zero_is_unknown=True,
        ranges=(Range("k", 20, 1000, log=True), Range("shrink", 0.0, 100.0)),
    ),
)
