"""From content to the factors that collaborative filtering would have found: the cure for cold items.

Factors V of known items come from the truncated SVD of X (PureSVD: Cremonesi, Koren and Turrin
2010); a map f from content to factors is learned on known items and stands in for V wherever a
score is wanted. The idea: van den Oord, Dieleman and Schrauwen 2013, "Deep content-based music
recommendation". A history is the mean of its items' factors: true ones where known, else predicted.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.recommend.collaborative.content import described
from segue.recommend.collaborative.contract import Kind, Settings, Training
from segue.recommend.collaborative.scorers import TwoFactors, chosen, two_factors

_OVERSAMPLING = 16
_POWER_ITERATIONS = 8


def item_factors(pairs: sparse.csr_matrix, n_factors: int, seed: int) -> np.ndarray:
    """float32 (n_items, n_factors): right singular vectors of X times singular values, rows of X of length 1.

    By subspace iteration from a random start: Halko, Martinsson and Tropp 2011, "Finding structure with randomness".
    """
    x = chosen(pairs)
    length = np.sqrt(np.maximum(np.diff(x.indptr), 1)).astype(np.float32)
    x = (sparse.diags(1 / length) @ x).astype(np.float32).tocsr()
    xt = x.T.tocsr()
    k = min(n_factors, *x.shape)
    width = min(k + _OVERSAMPLING, *x.shape)
    basis = np.random.default_rng(seed).standard_normal((x.shape[1], width)).astype(np.float32)
    for _ in range(_POWER_ITERATIONS):
        basis, _ = np.linalg.qr(xt @ (x @ basis))
    _, values, right = np.linalg.svd(x @ basis, full_matrices=False)
    vectors = right @ basis.T
    # The sign of a singular vector is anyone's choice; the largest entry is positive here.
    sign = np.sign(np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], 1))
    return (vectors * sign * values[:, None])[:k].T.astype(np.float32)


def ridge(features: np.ndarray, targets: np.ndarray, l2: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (n_dims, n_targets) and intercept (n_targets,) of least squares with ``l2`` times the squared weights."""
    mean, middle = features.mean(axis=0), targets.mean(axis=0)
    x, y = (features - mean).astype(np.float64), (targets - middle).astype(np.float64)
    weights = np.linalg.solve(x.T @ x + l2 * np.eye(x.shape[1]), x.T @ y)
    return weights, middle - mean @ weights


def _fit(data: Training, settings: Settings) -> TwoFactors:
    factors = item_factors(data.pairs, int(settings["n_factors"]), data.seed)
    rows = described(data.content, float(settings.get("metadata_share", 0.0)))
    weights, intercept = ridge(rows[data.known], factors[data.known], float(settings["l2"]))
    predicted = rows @ weights + intercept
    return two_factors(np.where(data.known[:, None], factors, predicted), predicted)


KINDS = (
    Kind(
        "content-to-cf",
        "factors of collaborative filtering, predicted from sound by ridge regression",
        "all",
        _fit,
        tuple({"n_factors": n, "l2": l2} for n in (64, 128) for l2 in (1.0, 0.1, 10.0, 100.0)),
        needs=frozenset({"audio"}),
    ),
    Kind(
        "content-to-cf+genres",
        "factors of collaborative filtering, predicted from sound and genres by ridge regression",
        "all",
        _fit,
        tuple(
            {"n_factors": n, "l2": l2, "metadata_share": 0.7}
            for n in (64, 128)
            for l2 in (1.0, 0.1, 10.0, 100.0)
        ),
        needs=frozenset({"audio", "metadata"}),
    ),
)
