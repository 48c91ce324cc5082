"""Scores of a trained network on one part of the dataset, by the very vote the product uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.metrics.calibration import expected_calibration_error, mean_negative_log_likelihood
from segue.metrics.classification import accuracy, class_scores, confusion, macro_f1
from segue.metrics.intervals import cluster_bootstrap
from segue.model.vote import chunk_log_probabilities, vote
from segue.research.training.material import Part

CLIP_CHUNKS = 6  # of 5 s in a clip of 30 s


@dataclass(frozen=True, slots=True)
class Scores:
    """How well clips are named; ``accuracy_low`` and ``accuracy_high`` bound accuracy with 95 % confidence."""

    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    ece: float
    nll: float
    recall: dict[str, float]
    confusion: list[list[int]]


def clip_probabilities(logits: Sequence[np.ndarray], temperature: float) -> np.ndarray:
    """Return ``(n, n_classes)`` probabilities of clips from their ``(n_steps, n_classes)`` logits."""
    return np.stack([vote(chunk_log_probabilities(steps, CLIP_CHUNKS, temperature)) for steps in logits])


def fit_temperature(logits: Sequence[np.ndarray], labels: np.ndarray) -> float:
    """Return the temperature in [0.2, 5] under which the voted probabilities fit ``labels`` best (Guo et al. 2017).

    Fitted to the whole vote, not to single steps: averaging votes makes probabilities blunter, so
    the best temperature is lower than one step alone would have.
    """
    candidates = np.geomspace(0.2, 5.0, 97)
    losses = [mean_negative_log_likelihood(clip_probabilities(logits, t), labels) for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def score(
    probabilities: np.ndarray, part: Part, classes: Sequence[str], rows: np.ndarray | None = None
) -> Scores:
    """Return the scores of ``probabilities`` ``(n, n_classes)`` of the clips of ``part``, or of some ``rows`` of it.

    The interval is an artist-cluster bootstrap with a generator of fixed seed, so that a score has one interval.
    """
    rows = np.arange(len(part.labels)) if rows is None else rows
    p, truth = probabilities[rows], part.labels[rows]
    guess = p.argmax(axis=1)
    groups = [part.groups[row] for row in rows]
    low, high = cluster_bootstrap((guess == truth).astype(float).tolist(), groups, np.random.default_rng(0))
    return Scores(
        n=len(rows),
        accuracy=accuracy(truth, guess),
        accuracy_low=low,
        accuracy_high=high,
        macro_f1=macro_f1(truth, guess, len(classes)),
        ece=expected_calibration_error(p, truth),
        nll=mean_negative_log_likelihood(p, truth),
        recall={
            name: s.recall for name, s in zip(classes, class_scores(truth, guess, len(classes)), strict=True)
        },
        confusion=confusion(truth, guess, len(classes)).tolist(),
    )
