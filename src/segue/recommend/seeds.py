"""Combination of several seeds' similarities into one score per item.

Every function takes ``similarities`` float ``(n_seeds, n_items)``, each in [-1, 1] (a cosine, say), and ``weights``
float ``(n_seeds,)``, not 0: above 0 for "more like this", below 0 for "less like this". Only ratios of weights count:
they are divided by the largest magnitude. What comes back is float32 ``(n_items,)``, higher is better; scores of
different functions do not compare. An item with -inf for any seed ("cannot say") has the score -inf.

========== ========================================================================= ==============================
name       seeds of weight 1                                                         range
========== ========================================================================= ==============================
mean       mean of similarities                                                      [-1, 1]
maximum    similarity to the nearest seed                                            [-1, 1]; [-2, 1] with weights below 0
minimum    similarity to the farthest seed                                           [-1, 1]; [-2, 1] with weights below 0
rank-sum   sum of 1 / (60 + rank) (Cormack, Clarke and Buettcher 2009)               (0, n_seeds / 61]
top-count  number of seeds that have the item among their 100 nearest; ties by mean  [-0.25, n_seeds + 0.25]
========== ========================================================================= ==============================

A seed of weight below 0 subtracts: its similarity from a mean, its 1 / (60 + rank) from a sum, its count from a count.
From a maximum or minimum over the other seeds the largest weighted similarity to an unwanted seed is subtracted, where
that is above 0: an item is not better for being still less like what is unwanted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RANK_CONSTANT = 60.0  # Cormack, Clarke and Buettcher 2009, "Reciprocal rank fusion", section 2
TOP_COUNT = 100
_TIE_SHARE = 0.25  # below half of one count, so that the mean only ever breaks ties of seeds of weight 1


def mean(similarities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean: ``sum(w x) / sum(|w|)``."""
    x, w = _checked(similarities, weights)
    return _known(x, w @ np.where(np.isfinite(x), x, 0) / np.abs(w).sum())


def maximum(similarities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the largest ``w (x + 1) - 1`` over wanted seeds, less the penalty of unwanted ones."""
    x, w = _checked(similarities, weights)
    wanted = w > 0
    best = (w[wanted, None] * (x[wanted] + 1) - 1).max(axis=0) if wanted.any() else 0.0
    return _known(x, best - _penalty(x, w))


def minimum(similarities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the smallest ``1 - w (1 - x)`` over wanted seeds, less the penalty of unwanted ones."""
    x, w = _checked(similarities, weights)
    wanted = w > 0
    worst = (1 - w[wanted, None] * (1 - x[wanted])).min(axis=0) if wanted.any() else 0.0
    return _known(x, worst - _penalty(x, w))


def rank_sum(similarities: np.ndarray, weights: np.ndarray, *, constant: float = RANK_CONSTANT) -> np.ndarray:
    """Return ``sum(w / (constant + rank))``; rank 1 is the nearest item of a seed, ties in order of items."""
    x, w = _checked(similarities, weights)
    return _known(x, w @ (1 / (constant + _ranks(x))))


def top_count(similarities: np.ndarray, weights: np.ndarray, *, k: int = TOP_COUNT) -> np.ndarray:
    """Return ``sum(w [rank <= k]) + mean / 4``; see `rank_sum` for ranks, `mean` for the mean."""
    x, w = _checked(similarities, weights)
    return _known(x, w @ (_ranks(x) <= k) + _TIE_SHARE * mean(x, w))


Combination = Callable[[np.ndarray, np.ndarray], np.ndarray]
COMBINATIONS: dict[str, Combination] = {
    "mean": mean,
    "maximum": maximum,
    "minimum": minimum,
    "rank-sum": rank_sum,
    "top-count": top_count,
}
DEFAULT = "mean"


def _checked(similarities: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Similarities as float32, and weights with a largest magnitude of 1."""
    x = np.asarray(similarities, np.float32)
    w = np.asarray(weights, np.float32)
    if x.ndim != 2 or w.shape != x.shape[:1] or not len(w):
        raise ValueError(f"one weight for each of at least one seed, not {w.shape} for {x.shape}")
    if not np.all(np.isfinite(w)) or not np.all(w):
        raise ValueError("weights are finite and not 0")
    return x, w / np.abs(w).max()


def _known(x: np.ndarray, scores: np.ndarray | float) -> np.ndarray:
    """Scores as float32, -inf where some similarity is -inf."""
    return np.where(np.isneginf(x).any(axis=0), -np.inf, scores).astype(np.float32)


def _penalty(x: np.ndarray, w: np.ndarray) -> np.ndarray | float:
    """The largest weighted similarity to an unwanted seed, at least 0; float32 ``(n_items,)``, or 0 without one."""
    unwanted = w < 0
    return np.maximum((-w[unwanted, None] * x[unwanted]).max(axis=0), 0) if unwanted.any() else 0.0


def _ranks(x: np.ndarray) -> np.ndarray:
    """int64, shaped like ``x``: each row's place of every item, from 1; ties in order of items."""
    order = np.argsort(-x, axis=1, kind="stable")
    ranks = np.empty(x.shape, np.int64)
    np.put_along_axis(ranks, order, np.arange(1, x.shape[1] + 1)[None], axis=1)
    return ranks
