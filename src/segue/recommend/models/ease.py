"""EASE: the item-to-item regression with zero diagonal that has a closed form, alone or with side information.

With G = X^T X + l I and P = G^-1, ``B = I - P diag(1 / diag P)``; scores are X B. Steck 2019,
"Embarrassingly shallow autoencoders for sparse data".

With side information ``G = s X^T W X + K + l I``. K holds the similarity of items by content (similarity.py); whatever
K is, it is as if rows T with ``T^T T = K``, each an invented user who chose what is similar, stood under
X: Jeunen, Van Balen and Goethals 2020, "Closed-form models for collaborative filtering with
side-information" (Add-EASE and CEASE; they stack tags, here any kernel will do). W weighs every user by
``1 / sqrt(n chosen)``, so that long lists do not outvote short ones, and s restores the mean of the diagonal.
A cold item has a row of K, so it can be scored.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.errors import SegueError
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.itemknn import BLOCK, cooccurrence_blocks
from segue.recommend.models.scorers import ItemWeights
from segue.recommend.models.similarity import similarity


def dense_bytes(n_items: int) -> int:
    """The most that a dense fit holds: the matrix, inverted in place, and a few blocks of its rows."""
    return 4 * n_items * n_items + 6 * 4 * min(BLOCK, n_items) * n_items


def refuse_if_too_big(n_items: int, memory_bytes: int) -> None:
    """Raises SegueError where a dense fit of so many items does not go into so much memory."""
    needed = dense_bytes(n_items)
    if needed > memory_bytes:
        raise SegueError(
            f"EASE on {n_items:,} items needs {needed / 1e9:,.1f} GB and {memory_bytes / 1e9:,.1f} GB are free: "
            "take itemknn (or, in `segue compare`, ease-sparse), which needs memory for nearest neighbours only.",
            code="too-big-for-memory",
        )


def gram(pairs: sparse.csr_matrix, user_weights: np.ndarray | None = None) -> np.ndarray:
    """float32 ``(n_items, n_items)``: how many users chose both items, each counted with its weight or as 1."""
    n_items = pairs.shape[1]
    counts = np.empty((n_items, n_items), np.float32)
    for rows, block in cooccurrence_blocks(pairs, user_weights):
        counts[rows] = block.toarray()
    return counts


def weights_from_gram(matrix: np.ndarray) -> np.ndarray:
    """``I - P diag(1 / diag P)`` for P the inverse of ``matrix``, which must be symmetric, positive definite; overwritten."""
    from scipy.linalg.lapack import spotrf, spotri

    # LAPACK counts columns first: the transpose of a C-ordered symmetric matrix is itself, in place.
    factor, failed = spotrf(matrix.T, lower=1, overwrite_a=1, clean=0)
    inverse, failed_too = spotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise SegueError("EASE found no inverse: give it a larger l2.", code="no-inverse")
    upper = inverse.T
    for start in range(0, len(upper), BLOCK):
        rows = slice(start, start + BLOCK)
        block = np.triu(upper[rows, start : start + BLOCK])
        upper[rows, start : start + BLOCK] = block + np.triu(block, 1).T
        upper[start + BLOCK :, rows] = upper[rows, start + BLOCK :].T
    upper /= -np.diagonal(upper).copy()
    np.fill_diagonal(upper, 0)
    return upper


def item_weights(data: Training, l2: float) -> np.ndarray:
    """EASE's weights, float32 ``(n_items, n_items)``. Raises SegueError where they do not go into memory."""
    refuse_if_too_big(data.pairs.shape[1], data.memory_bytes)
    matrix = gram(data.pairs)
    matrix[np.diag_indices_from(matrix)] += np.float32(l2)
    return weights_from_gram(matrix)


def side_weights(data: Training, settings: Settings) -> np.ndarray:
    """float32 ``(n_items, n_items)`` of EASE with ``l2`` and, where there is content, the likeness that the other
    settings weigh. Raises SegueError where they do not go into memory."""
    n_items = data.pairs.shape[1]
    refuse_if_too_big(n_items, data.memory_bytes)
    n_chosen = np.maximum(np.diff(data.pairs.indptr), 1)
    matrix = gram(data.pairs, (1 / np.sqrt(n_chosen)).astype(np.float32))
    matrix *= np.float32(data.pairs.nnz / np.trace(matrix, dtype=np.float64))
    if data.content is not None and len(settings) > 1:
        alike, everything = similarity(data.content, settings), np.arange(n_items)
        for start in range(0, n_items, BLOCK):
            matrix[start : start + BLOCK] += alike.between(everything[start : start + BLOCK], everything)
    matrix[np.diag_indices_from(matrix)] += np.float32(settings["l2"])
    return weights_from_gram(matrix)


def _fit(data: Training, settings: Settings) -> ItemWeights:
    return ItemWeights(item_weights(data, float(settings["l2"])))


KINDS = (
    Kind(
        "ease",
        "item-to-item regression in closed form",
        "warm",
        _fit,
        tuple({"l2": l2} for l2 in (200.0, 50.0, 100.0, 400.0)),
        ranges=(Range("l2", 10.0, 1000.0, log=True),),
    ),
)
