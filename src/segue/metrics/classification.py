"""How often a classifier names the right class.

Conventions: ``truth`` and ``predicted`` are equally long sequences of class numbers in
``0..n_classes - 1``, one pair per track. Nothing here is averaged over chunks: a track counts once.
Empty input gives ``nan``, never a number that could be mistaken for a score. Wrong shapes and
class numbers out of range raise ValueError. Values agree with scikit-learn's functions of the same name
(``zero_division=0``), except that ours name the empty case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Scores of one class, each in [0, 1]: precision, recall, their harmonic mean, and how many tracks it has."""

    precision: float
    recall: float
    f1: float
    support: int


def confusion(truth: Sequence[int], predicted: Sequence[int], n_classes: int) -> np.ndarray:
    """Return int64 ``(n_classes, n_classes)``: row = true class, column = predicted class; sums to n."""
    true, guess = _checked(truth, predicted, n_classes)
    table = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(table, (true, guess), 1)
    return table


def accuracy(truth: Sequence[int], predicted: Sequence[int]) -> float:
    """Return the share of tracks named right, in [0, 1]: #(predicted = truth) / n; nan for none."""
    true, guess = _checked(truth, predicted, None)
    return float((true == guess).mean()) if len(true) else float("nan")


def class_scores(truth: Sequence[int], predicted: Sequence[int], n_classes: int) -> list[ClassScores]:
    """Return the scores of each class in order.

    precision = right / predicted so, recall = right / truly so, F1 = 2 right / (predicted + true).
    A quotient with nothing below the line is 0: a class never predicted has earned no precision.
    """
    table = confusion(truth, predicted, n_classes)
    scores = []
    for c in range(n_classes):
        right, said, true = int(table[c, c]), int(table[:, c].sum()), int(table[c].sum())
        scores.append(
            ClassScores(_ratio(right, said), _ratio(right, true), _ratio(2 * right, said + true), true)
        )
    return scores


def macro_f1(truth: Sequence[int], predicted: Sequence[int], n_classes: int) -> float:
    """Return the unweighted mean over classes of F1, in [0, 1]; nan for no tracks.

    The mean runs over classes that occur in truth or prediction: a class that is nowhere was not
    examined. Every class counts the same, however rare.
    """
    table = confusion(truth, predicted, n_classes)
    occurs = (table.sum(axis=0) + table.sum(axis=1)) > 0
    f1 = [
        score.f1
        for score, seen in zip(class_scores(truth, predicted, n_classes), occurs, strict=True)
        if seen
    ]
    return float(np.mean(f1)) if f1 else float("nan")


def _ratio(above: int, below: int) -> float:
    return above / below if below else 0.0


def _checked(
    truth: Sequence[int], predicted: Sequence[int], n_classes: int | None
) -> tuple[np.ndarray, np.ndarray]:
    true, guess = np.asarray(truth, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    if true.shape != guess.shape or true.ndim != 1:
        raise ValueError(f"truth has shape {true.shape} and predictions {guess.shape}; both must be (n,)")
    both = np.concatenate((true, guess))
    if len(both) and (both.min() < 0 or (n_classes is not None and both.max() >= n_classes)):
        raise ValueError(f"class numbers must lie in 0..{'' if n_classes is None else n_classes - 1}")
    return true, guess
