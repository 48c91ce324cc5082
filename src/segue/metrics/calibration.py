"""Whether probabilities mean what they say.

``probabilities`` is ``(n, n_classes)``, each row summing to one; ``truth`` holds n class numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def expected_calibration_error(probabilities: np.ndarray, truth: Sequence[int], n_bins: int = 15) -> float:
    """Return ECE in [0, 1], 0 best: sum over bins of (n_bin / n) |accuracy - mean confidence|; nan for no rows.

    Confidence is the top probability; bins are equally wide over (0, 1] and hold their right edge
    (Guo et al. 2017, On Calibration of Modern Neural Networks). Raises ValueError for unequal lengths.
    """
    p, true = _checked(probabilities, truth)
    if not len(true):
        return float("nan")
    confidence, right = p.max(axis=1), p.argmax(axis=1) == true
    bin_of = np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
    # Summed per bin, n_bin cancels: |right answers - confidence promised|.
    gap = np.bincount(bin_of, weights=right - confidence, minlength=n_bins)
    return float(np.abs(gap).sum() / len(true))


def mean_negative_log_likelihood(probabilities: np.ndarray, truth: Sequence[int]) -> float:
    """Return the mean of -ln p(true class) in nats, 0 best; inf where a true class got 0; nan for no rows."""
    p, true = _checked(probabilities, truth)
    if not len(true):
        return float("nan")
    with np.errstate(divide="ignore"):
        return float(-np.log(p[np.arange(len(true)), true]).mean())


def _checked(probabilities: np.ndarray, truth: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    p, true = np.asarray(probabilities, dtype=np.float64), np.asarray(truth, dtype=np.int64)
    if len(p) != len(true) or (len(true) and p.ndim != 2):
        raise ValueError(f"probabilities of shape {p.shape} do not fit {len(true)} true classes")
    return p, true
