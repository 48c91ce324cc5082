"""Confident learning: labels that a model disagrees with which was trained on other tracks.

After Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels" (JAIR 2021): a
label is suspicious where the out-of-fold probability of another class reaches the mean that this class has over its own
tracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

N_FOLDS = 5
_PENALTY = 1e-2  # of squared weights, a track; standardised columns
_FEWEST = 2 * N_FOLDS  # tracks of a label that can be judged


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Track ``row`` is labelled ``given`` and classified as ``other``, with their out-of-fold probabilities."""

    row: int
    given: str
    other: str
    given_probability: float
    other_probability: float

    @property
    def margin(self) -> float:
        """The difference of the two probabilities, 0 to 1."""
        return self.other_probability - self.given_probability


def suspicious_labels(
    features: np.ndarray, labels: Sequence[str], groups: Sequence[str], seed: int = 0
) -> list[Suspicion]:
    """Return the suspicious labels, the largest margin first.

    ``features`` is float ``(n, dim)``; ``groups`` are names that tracks share which must not judge each other,
    such as an artist. Labels of fewer than ten tracks, or of fewer than two groups, are not judged.
    """
    names, classes, counts = np.unique(np.asarray(labels, dtype=str), return_inverse=True, return_counts=True)
    group_names = np.asarray(groups, dtype=str)
    many = [len(np.unique(group_names[classes == c])) >= 2 for c in range(len(names))]
    rows = np.flatnonzero(((counts >= _FEWEST) & many)[classes])
    kept, y = np.unique(classes[rows], return_inverse=True)
    if len(kept) < 2:
        return []
    probabilities = out_of_fold(np.asarray(features, np.float64)[rows], y, group_names[rows], seed)
    return [
        Suspicion(int(rows[i]), str(names[kept[y[i]]]), str(names[kept[j]]), float(p[y[i]]), float(p[j]))
        for i, j, p in confident_errors(probabilities, y)
    ]


def confident_errors(probabilities: np.ndarray, labels: np.ndarray) -> list[tuple[int, int, np.ndarray]]:
    """Return ``(row, likely class, probabilities)`` off the diagonal of the confident joint, the largest margin first.

    A class is claimed where its probability reaches the mean it has over the tracks so labelled; the
    likeliest of the claimed ones counts (Northcutt et al. 2021, equation 1).
    """
    n_classes = probabilities.shape[1]
    means = np.array(
        [probabilities[labels == c, c].mean() if (labels == c).any() else np.inf for c in range(n_classes)]
    )
    claimed = np.where(probabilities >= means, probabilities, -1.0)
    likely = claimed.argmax(axis=1)
    found = np.flatnonzero((claimed.max(axis=1) >= 0.0) & (likely != labels))
    margin = probabilities[found, likely[found]] - probabilities[found, labels[found]]
    return [(int(i), int(likely[i]), probabilities[i]) for i in found[np.argsort(-margin, kind="stable")]]


def out_of_fold(features: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return probabilities ``(n, n_classes)``, each row by a logistic regression that saw nothing of its group."""
    fold = _folds(labels, groups, seed)
    probabilities = np.zeros((len(labels), int(labels.max()) + 1))
    for number in range(N_FOLDS):
        asked = fold == number
        if not asked.any():
            continue
        mean, spread = features[~asked].mean(axis=0), features[~asked].std(axis=0) + 1e-9
        weights = _fit((features[~asked] - mean) / spread, labels[~asked], probabilities.shape[1])
        probabilities[asked] = _softmax(_with_one((features[asked] - mean) / spread) @ weights)
    return probabilities


def _folds(labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """A fold per row; groups stay together, the largest first into the fold that has least of their labels."""
    rng = np.random.default_rng(seed)
    names, group = np.unique(groups, return_inverse=True)
    n_of = np.zeros((len(names), int(labels.max()) + 1))
    np.add.at(n_of, (group, labels), 1)
    held = np.zeros((N_FOLDS, n_of.shape[1]))
    fold_of = np.zeros(len(names), np.int64)
    order = rng.permutation(len(names))
    for number in order[np.argsort(-n_of[order].sum(axis=1), kind="stable")]:
        fold = int((held @ n_of[number] + 1e-6 * held.sum(axis=1)).argmin())
        held[fold] += n_of[number]
        fold_of[number] = fold
    return fold_of[group]


def _fit(x: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Weights ``(dim + 1, n_classes)`` of a multinomial logistic regression with a ridge penalty."""
    from scipy.optimize import minimize

    x = _with_one(x)
    truth = np.eye(n_classes)[labels]
    penalised = np.ones((x.shape[1], 1))
    penalised[-1] = 0.0  # the constant is free

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(x.shape[1], n_classes)
        p = _softmax(x @ weights)
        value = (
            -np.log(np.maximum(p[truth > 0], 1e-300)).mean() + _PENALTY * (penalised * weights**2).sum() / 2
        )
        gradient = x.T @ (p - truth) / len(x) + _PENALTY * penalised * weights
        return float(value), gradient.ravel()

    start = np.zeros(x.shape[1] * n_classes)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x.reshape(
        -1, n_classes
    )


def _with_one(x: np.ndarray) -> np.ndarray:
    return np.concatenate((x, np.ones((len(x), 1))), axis=1)


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
