"""Telling copies of what was chosen already, so that no list holds one recording twice."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from segue.analysis.fingerprint import copies_of
from segue.library.records import Sketch


class Taken:
    """The sketches of seeds and ranked items, to tell further copies of them."""

    def __init__(self, sketches: Iterable[Sketch]) -> None:
        self._durations_s: list[float] = []
        self._fingerprints: list[np.ndarray] = []
        for sketch in sketches:
            self.add(sketch)

    def add(self, sketch: Sketch) -> None:
        if sketch.fingerprint is not None:
            self._durations_s.append(sketch.duration_s)
            self._fingerprints.append(sketch.fingerprint)

    def holds_copy_of(self, sketch: Sketch) -> bool:
        if sketch.fingerprint is None or not self._fingerprints:
            return False
        copies = copies_of(
            sketch.fingerprint, sketch.duration_s, np.stack(self._fingerprints), np.array(self._durations_s)
        )
        return bool(copies.any())
