"""Least squares with a squared penalty: Hoerl and Kennard 1970, "Ridge regression"."""

from __future__ import annotations

import numpy as np


def ridge(features: np.ndarray, targets: np.ndarray, l2: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (n_dims, n_targets) and intercept (n_targets,) of least squares with ``l2`` times the squared weights."""
    mean, middle = features.mean(axis=0), targets.mean(axis=0)
    x, y = (features - mean).astype(np.float64), (targets - middle).astype(np.float64)
    weights = np.linalg.solve(x.T @ x + l2 * np.eye(x.shape[1]), x.T @ y)
    return weights, middle - mean @ weights
