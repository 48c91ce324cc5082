"""Tunes: two short ideas, answered and repeated (AABA), bent to fit the chords below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harmony import chord_steps, nearest_chord_step
from rhythm import notes

LEAPS = (-3, -2, -1, -1, 0, 1, 1, 2, 3)  # mostly by step, as singers do


@dataclass(frozen=True)
class Note:
    """One note of a tune: when and how long in beats, and which scale step."""

    beat: float
    n_beats: float
    step: int
    velocity: float


def tune(
    degrees: Sequence[int],
    rhythms: Sequence[str],
    rng: np.random.Generator,
    *,
    beats_per_bar: int = 4,
    centre: int = 7,
) -> list[Note]:
    """A tune over one chord a bar.

    Two bars' worth of rhythm are drawn from ``rhythms``, each with a contour, and played as
    AABA. On the beat a note goes to the nearest chord tone, between beats it may pass; it stays
    within an octave around scale step ``centre``, and the last note is the chord's own root.
    """
    ideas = {}
    for name, k in zip("AB", rng.choice(len(rhythms), size=2, replace=len(rhythms) < 2), strict=True):
        rhythm = list(notes(rhythms[k], beats_per_bar))
        ideas[name] = list(zip(rhythm, rng.choice(LEAPS, size=len(rhythm)), strict=True))
    out = []
    for bar, degree in enumerate(degrees):
        step = nearest_chord_step(centre + int(rng.integers(-2, 3)), chord_steps(degree))
        for (beat, n_beats, velocity), leap in ideas["AABA"[bar % 4]]:
            step += int(leap)
            step -= 3 * (step > centre + 4) - 3 * (step < centre - 4)
            if beat == int(beat):
                step = nearest_chord_step(step, chord_steps(degree))
            out.append(Note(bar * beats_per_bar + beat, n_beats, step, velocity))
    last = out[-1]
    out[-1] = Note(last.beat, last.n_beats, nearest_chord_step(last.step, [degrees[-1]]), last.velocity)
    return out
