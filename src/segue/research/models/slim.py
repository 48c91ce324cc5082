"""SLIM: each item regressed on its nearest neighbours with an elastic net whose weights are not negative.

For item i with neighbours N (the k largest cosines), w >= 0 minimises ``|x_i - X_N w|^2 / 2 + l2 |w|^2 / 2 + l1 |w|_1``;
scores are X W. With k of all items it is SLIM, with fewer its fsSLIM: Ning and Karypis 2011, "SLIM: Sparse linear
methods for top-n recommender systems". Solved by coordinate descent on G = X^T X (Friedman, Hastie and Tibshirani
2010): ``w_s <- max(0, g_s - sum over t != s of G_st w_t - l1) / (G_ss + l2)``, for many items at a time.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.ease import gram, refuse_if_too_big
from segue.recommend.models.itemknn import nearest
from segue.recommend.models.scorers import SparseItemWeights

_N_SWEEPS = 30  # at most; a sweep that moves no weight by _STILL ends it
_STILL = 1e-4
_VALUES_AT_ONCE = 16_000_000  # 64 MB of blocks of G


def elastic_net(counts: np.ndarray, right: np.ndarray, l1: float, l2: float) -> np.ndarray:
    """Return float32 ``(n, k)``: for each of n problems the k weights that solve it, 0 or more.

    ``counts`` float32 ``(n, k, k)`` are the blocks of G, ``right`` float32 ``(n, k)`` its columns for the items to explain.
    """
    weights = np.zeros_like(right)
    own = np.einsum("nkk->nk", counts).copy()
    for _ in range(_N_SWEEPS):
        moved = 0.0
        for s in range(right.shape[1]):
            before = weights[:, s].copy()
            rest = right[:, s] - np.einsum("nk,nk->n", counts[:, s], weights) + own[:, s] * before
            weights[:, s] = np.maximum(rest - np.float32(l1), 0) / (own[:, s] + np.float32(l2))
            moved = max(moved, float(np.abs(weights[:, s] - before).max(initial=0)))
        if moved < _STILL:
            break
    return weights


def slim_weights(data: Training, k: int, l1: float, l2: float) -> sparse.csr_matrix:
    """Return float32 CSR ``(n_items, n_items)``: the weights into each item (columns) from its neighbours (rows)."""
    n_items = data.pairs.shape[1]
    refuse_if_too_big(n_items, data.memory_bytes)
    neighbours = nearest(data.pairs, k, shrink=0.0)
    sizes = np.diff(neighbours.indptr)
    matrix = gram(data.pairs)
    weights = np.zeros(neighbours.nnz, np.float32)
    for n in np.unique(sizes[sizes > 0]).tolist():
        items = np.flatnonzero(sizes == n)
        step = max(1, _VALUES_AT_ONCE // (n * n))
        for start in range(0, len(items), step):
            some = items[start : start + step]
            places = neighbours.indptr[some][:, None] + np.arange(n)
            near = neighbours.indices[places]
            blocks = matrix[near[:, :, None], near[:, None, :]]
            weights[places] = elastic_net(blocks, matrix[near, some[:, None]], l1, l2)
    into = sparse.csr_matrix((weights, neighbours.indices, neighbours.indptr), shape=neighbours.shape)
    into.eliminate_zeros()
    return into.T.tocsr()


def _fit(data: Training, settings: Settings) -> SparseItemWeights:
    k, l1, l2 = int(settings["k"]), float(settings["l1"]), float(settings["l2"])
    return SparseItemWeights(slim_weights(data, k, l1, l2))


KINDS = (
    Kind(
        "slim",
        "each item regressed on its nearest by an elastic net, weights not negative",
        "warm",
        _fit,
        tuple({"k": 100, "l1": l1, "l2": l2} for l1 in (0.3, 0.1) for l2 in (50.0, 100.0)),
        (
            Range("k", values=(50, 100, 200)),
            Range("l1", 0.03, 10.0, log=True),
            Range("l2", 3.0, 300.0, log=True),
        ),
    ),
)
