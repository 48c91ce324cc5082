"""How often an estimated tempo agrees with the annotated one, after Gouyon et al., "An experimental
comparison of audio tempo induction algorithms" (IEEE Transactions on Audio, Speech and Language
Processing, 2006).

Conventions: tempi in beats per minute, annotations above 0; an estimate of None, where an estimator heard
no tempo, is wrong. An estimate agrees when it differs by at most 4 % of the annotation, the bound included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

TOLERANCE = 0.04
# Metrical levels a listener may tap to as well as to the annotated one.
_LEVELS = (1.0, 2.0, 3.0, 1.0 / 2.0, 1.0 / 3.0)


def agrees(estimate_bpm: float | None, annotated_bpm: float) -> bool:
    """Return whether an estimate lies within 4 % of the annotation; ValueError for an annotation not above 0."""
    if not annotated_bpm > 0.0:
        raise ValueError(f"an annotated tempo is above 0 BPM, not {annotated_bpm}")
    return estimate_bpm is not None and abs(estimate_bpm - annotated_bpm) <= TOLERANCE * annotated_bpm


def agrees_at_some_level(estimate_bpm: float | None, annotated_bpm: float) -> bool:
    """Return whether an estimate agrees with the annotation or with its double, triple, half or third."""
    return any(agrees(estimate_bpm, annotated_bpm * level) for level in _LEVELS)


def accuracy1(estimates_bpm: Sequence[float | None], annotated_bpm: Sequence[float]) -> float:
    """Return the share of estimates that agree, in [0, 1]; ValueError for none, or unequal numbers."""
    return _share(agrees, estimates_bpm, annotated_bpm)


def accuracy2(estimates_bpm: Sequence[float | None], annotated_bpm: Sequence[float]) -> float:
    """Return the share that agrees at some metrical level, in [0, 1]; ValueError as for `accuracy1`."""
    return _share(agrees_at_some_level, estimates_bpm, annotated_bpm)


def _share(
    agree: Callable[..., bool], estimates_bpm: Sequence[float | None], annotated_bpm: Sequence[float]
) -> float:
    if len(annotated_bpm) == 0:
        raise ValueError("there is no accuracy over no tracks")
    pairs = zip(estimates_bpm, annotated_bpm, strict=True)
    return sum(agree(estimate, annotated) for estimate, annotated in pairs) / len(annotated_bpm)
