"""Time in beats: a clock that swings, and patterns written as strings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

VELOCITIES = {"X": 1.0, "x": 0.75, "o": 0.4}


@dataclass(frozen=True)
class Clock:
    """Beats to seconds. Every second ``unit`` (a fraction of a beat) comes late by ``swing`` units."""

    bpm: float
    swing: float = 0.0
    unit: float = 0.25

    @property
    def beat_s(self) -> float:
        """How long one beat lasts, in seconds."""
        return 60.0 / self.bpm

    def at(self, beat: float) -> float:
        """When a beat sounds, in seconds from the start of the piece."""
        is_off = round(beat / self.unit) % 2 == 1
        return (beat + self.swing * self.unit * is_off) * self.beat_s


def hits(pattern: str, n_beats: float = 4.0) -> Iterator[tuple[float, float]]:
    """The ``(beat, velocity)`` of each stroke of a pattern like ``"X--x-o-x"`` spread over ``n_beats``."""
    step = n_beats / len(pattern)
    for k, stroke in enumerate(pattern):
        if stroke in VELOCITIES:
            yield k * step, VELOCITIES[stroke]


def notes(pattern: str, n_beats: float = 4.0) -> Iterator[tuple[float, float, float]]:
    """The ``(beat, n_beats, velocity)`` of a pattern in which ``=`` holds the note before it."""
    step = n_beats / len(pattern)
    for beat, velocity in hits(pattern, n_beats):
        rest = pattern[round(beat / step) + 1 :]
        held = len(rest) - len(rest.lstrip("="))
        yield beat, (1 + held) * step, velocity
