"""Telling copies of what was chosen already, so that no list holds one recording twice."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from segue.copies.sketch import copies_of
from segue.library.records import Sketch

# What sounds the same to the fourth digit and lasts equally long to a few frames is the same, also where it is too
# short or too steady for a fingerprint: formats without loss and good MP3s of one file differ by less.
_SAME_COSINE = 0.9999
_SAME_LENGTH_S = 0.05


class Taken:
    """The sketches of seeds and ranked items, to tell further copies of them."""

    def __init__(self, sketches: Iterable[Sketch]) -> None:
        self._sketches: list[Sketch] = []
        for sketch in sketches:
            self.add(sketch)

    def add(self, sketch: Sketch) -> None:
        self._sketches.append(sketch)

    def holds_copy_of(self, sketch: Sketch) -> bool:
        return any(_sound_the_same(sketch, taken) for taken in self._sketches) or self._runs_as_one(sketch)

    def _runs_as_one(self, sketch: Sketch) -> bool:
        known = [taken for taken in self._sketches if taken.fingerprint is not None]
        if sketch.fingerprint is None or not known:
            return False
        copies = copies_of(
            sketch.fingerprint,
            sketch.duration_s,
            np.stack([taken.fingerprint for taken in known]),
            np.array([taken.duration_s for taken in known]),
        )
        return bool(copies.any())


def _sound_the_same(a: Sketch, b: Sketch) -> bool:
    if a.embedding is None or b.embedding is None or abs(a.duration_s - b.duration_s) > _SAME_LENGTH_S:
        return False
    return float(a.embedding @ b.embedding) >= _SAME_COSINE
