"""Soft targets: labels blended with what teachers guess of a clip, and what unlabelled music should be called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.research.training.teacher import out_of_fold_guesses

_NEIGHBOURS = 5
_ROOM = 1e-4


def tag_logits(tags: np.ndarray) -> np.ndarray:
    """Return mean logits ``(n, n_tags)`` of tag probabilities ``(n, n_units, n_tags)``."""
    p = np.clip(tags.astype(np.float32), _ROOM, 1.0 - _ROOM)
    return np.log(p / (1.0 - p)).mean(axis=1)


def softened(
    labels: np.ndarray,
    views: Sequence[np.ndarray],
    groups: Sequence[str],
    n_classes: int,
    *,
    smoothing: float = 0.1,
    share: float = 0.5,
    seed: int = 0,
) -> np.ndarray:
    """Return targets ``(n, n_classes)``: smoothed labels, and ``share`` of the teachers' mean guess out of fold.

    Each of ``views`` ``(n, dim)`` is one teacher's; folds keep ``groups`` (artists) together.
    """
    rng = np.random.default_rng(seed)
    guesses = [out_of_fold_guesses(view, labels, groups, n_classes, rng) for view in views]
    hard = (1.0 - smoothing) * np.eye(n_classes)[labels] + smoothing / n_classes
    return (1.0 - share) * hard + share * np.mean(guesses, axis=0)


def named_or_even(
    music: np.ndarray, clips: np.ndarray, labels: np.ndarray, n_classes: int, *, most: float = 0.7
) -> np.ndarray:
    """Return targets ``(n_music, n_classes)`` of unlabelled music from its tag logits and those of labelled ``clips``.

    What lies among the clips by its tags is called what a regression on tags calls it, by at most ``most``; what
    lies outside gets equal probabilities. Between the two it is the share of clips that lie further from their
    neighbours than this piece does.
    """
    from sklearn.linear_model import LogisticRegression

    mean, std = clips.mean(axis=0), clips.std(axis=0) + 1e-6
    known, asked = (clips - mean) / std, (music - mean) / std
    guess = LogisticRegression(C=0.05, max_iter=500).fit(known, labels).predict_proba(asked)
    among = np.sort(_distances(known, known), axis=1)[:, 1 : _NEIGHBOURS + 1].mean(axis=1)
    away = np.sort(_distances(asked, known), axis=1)[:, :_NEIGHBOURS].mean(axis=1)
    weight = most * (among[None, :] >= away[:, None]).mean(axis=1)[:, None]
    return weight * guess + (1.0 - weight) / n_classes


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2.0 * a @ b.T
    return np.sqrt(np.maximum(squares, 0.0))
