"""Fingerprint of a whole recording in 1,024 bytes, equal to within a tolerance for copies in other formats.

It holds the log energy of 16 bands (80 Hz to 5 kHz) in 63 equal segments of the recording, relative to the segment
mean, in steps of half a decibel, and the mean level of each band. Coding, gain, resampling and encoder padding hardly
change it; another recording, even of the same song, differs. For a recording of 1 to 4.4 s it is computed from frames
of 23 ms instead of cells of 70 ms. After Haitsma and Kalker, "A highly robust audio fingerprinting system" (2002), who
compare band energies with their neighbours and their past; here whole recordings are compared, so no search within a
recording is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from segue.signal.front_end import FrontEnd

_N_BANDS = 16
_N_SEGMENTS = 63
LENGTH = _N_BANDS * (_N_SEGMENTS + 1)
_STEP_DB = 0.5
_CELL_S = 0.07  # 63 of these are 4.4 s; of a shorter recording each frame is a cell
_FEWEST_FRAMES = 43  # 1 s: less is too little to compare
_MOST_CELLS = 4096  # of a long recording, neighbours are averaged, so that the windows fit into memory
_FLOOR_DB = -60.0
_WINDOW_SEGMENTS = 3.0
# Bands from about 80 Hz to 5 kHz. The two above 3.7 kHz are left out when comparing: a rate of 8 kHz keeps
# nothing of them.
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 5000.0
_N_COMPARED = 14

# benchmarks/copies.py: copies differ by less than 0.7 dB in mean spectrum and correlate above 0.85 over time even when
# shifted, real music correlates with other music below 0.4; sequenced pieces of one style and length reach 0.65.
_LENGTH_TOLERANCE_S = 0.5
_SPECTRUM_TOLERANCE_DB = 1.5
_MIN_CORRELATION = 0.75
_MIN_VARIATION_DB = 0.5
# What encoders and decoders put before the music or cut off, tried in turn.
_SHIFTS_S = (-0.2, -0.1, 0.0, 0.1, 0.2)
# For a short recording half a second is much. Of 2.1 million pairs of cuts of 1 to 4 s from different pieces none is so
# similar; of 1,600 copies (MP3, Opus, Ogg, AAC, other rates, gain) 1,592 do.
_SHORT_S = 4.4
_SHORT_LENGTH_TOLERANCE_S = 0.06
_SHORT_MIN_CORRELATION = 0.85
_SHORT_SHIFTS_S = (-0.06, -0.03, 0.0, 0.03, 0.06)


class FingerprintAccumulator:
    """Computes the fingerprint from a stream of mel power; keeps a kilobyte for a second of audio."""

    def __init__(self, front_end: FrontEnd) -> None:
        from segue.signal.mel import hz_to_mel

        edges = hz_to_mel(np.array([front_end.f_min_hz, front_end.f_max_hz]))
        low, high = hz_to_mel(np.array([_LOWEST_HZ, _HIGHEST_HZ]))
        per_mel = (front_end.n_mels + 1) / (edges[1] - edges[0])
        self._first = int((low - edges[0]) * per_mel)
        self._group = int((high - low) * per_mel) // _N_BANDS
        self._cell = max(1, round(_CELL_S * front_end.frame_rate_hz))
        self._pending: np.ndarray | None = None
        self._cells: list[np.ndarray] = []
        # The beginning frame by frame, for a recording that ends before there are cells enough.
        self._frames: list[np.ndarray] = []
        self._n_frames = 0

    def push(self, mel: np.ndarray) -> None:
        """Take the next mel power frames, float32 ``(n_mels, n_frames)``."""
        rows = mel[self._first : self._first + self._group * _N_BANDS]
        bands = rows.reshape(_N_BANDS, self._group, -1).sum(axis=1)
        if self._n_frames < _N_SEGMENTS * self._cell:
            self._frames.append(bands)
        self._n_frames += bands.shape[1]
        if self._pending is not None:
            bands = np.concatenate((self._pending, bands), axis=1)
        whole = bands.shape[1] // self._cell * self._cell
        self._pending = bands[:, whole:].copy()
        # One by one: a mean over so short an axis takes ten times as long.
        cells = sum(bands[:, first : whole : self._cell] for first in range(self._cell))
        self._cells.append(cells / np.float32(self._cell))

    def sketch(self) -> np.ndarray | None:
        """Return the fingerprint, int8 ``(1024,)``; None for silence and for less than 1 s."""
        short = self._n_frames < _N_SEGMENTS * self._cell
        parts = self._frames if short else self._cells
        cells = np.concatenate(parts, axis=1) if parts else np.zeros((_N_BANDS, 0))
        n_cells = cells.shape[1]
        if n_cells < _FEWEST_FRAMES or cells.max() <= 0.0:
            return None
        joined = -(-n_cells // _MOST_CELLS)
        if joined > 1:
            n_cells //= joined
            cells = cells[:, : n_cells * joined].reshape(_N_BANDS, n_cells, joined).mean(axis=2)
        floor = cells.max() * 10.0 ** (_FLOOR_DB / 10.0)
        level_db = 10.0 * np.log10(np.maximum(cells, floor)).astype(np.float64)
        # Segments are weighted by Hann windows three segments wide, so that a small shift of beats across the borders of
        # segments does not matter.
        at = (np.arange(n_cells) + 0.5) / n_cells * _N_SEGMENTS - 0.5
        away = np.minimum(np.abs(at - np.arange(_N_SEGMENTS)[:, None]) / _WINDOW_SEGMENTS, 0.5)
        weights = np.cos(np.pi * away) ** 2
        course = level_db @ (weights / weights.sum(axis=1, keepdims=True)).T
        # The mean over bands is removed: fades and breaks are alike in much music that is not the same.
        course -= course.mean(axis=0)
        shape = course.mean(axis=1, keepdims=True)
        sketch = np.concatenate((shape.T, (course - shape).T))
        return np.clip(np.rint(sketch / _STEP_DB), -127, 127).astype(np.int8).ravel()


def copies_of(
    fingerprint: np.ndarray, duration_s: float, fingerprints: np.ndarray, durations_s: np.ndarray
) -> np.ndarray:
    """Return bool ``(n,)``: which of ``fingerprints``, int8 ``(n, 1024)``, are copies of ``fingerprint``.

    Copies are equally long to half a second (to 0.06 s below 4.4 s), have the same mean spectrum to 1.5 dB below
    3.7 kHz, and their band levels correlate over time by 0.75 and more (0.85 below 4.4 s). A recording whose band levels
    vary by less than half a decibel cannot be compared and is a copy of nothing.
    """
    short = duration_s < _SHORT_S
    durations_s = np.asarray(durations_s, dtype=np.float64)
    found = np.abs(durations_s - duration_s) <= (_SHORT_LENGTH_TOLERANCE_S if short else _LENGTH_TOLERANCE_S)
    near = np.flatnonzero(found)
    if len(near) == 0:
        return found
    shape, course = _in_db(fingerprint[None])
    shapes, courses = _in_db(fingerprints[near])
    alike = np.sqrt(((shapes - shape) ** 2).mean(axis=1)) <= _SPECTRUM_TOLERANCE_DB
    alike[alike] = _correlation(
        course[0],
        duration_s,
        courses[alike],
        durations_s[near][alike],
        _SHORT_SHIFTS_S if short else _SHIFTS_S,
    ) >= (_SHORT_MIN_CORRELATION if short else _MIN_CORRELATION)
    found[near] = alike
    return found


def same_recording(
    fingerprint_a: np.ndarray, duration_a_s: float, fingerprint_b: np.ndarray, duration_b_s: float
) -> bool:
    """Return whether two fingerprints, int8 ``(1024,)``, are of one recording; see `copies_of`."""
    return bool(copies_of(fingerprint_a, duration_a_s, fingerprint_b[None], np.array([duration_b_s]))[0])


def _in_db(fingerprints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean levels ``(n, 14)`` and levels over time ``(n, 63, 14)`` of the bands to compare, in dB.

    Both are relative to the mean of these bands alone, without those left out.
    """
    levels = fingerprints.reshape(-1, _N_SEGMENTS + 1, _N_BANDS).astype(np.float32) * np.float32(_STEP_DB)
    levels = levels[:, :, :_N_COMPARED]
    levels = levels - levels.mean(axis=2, keepdims=True)
    return levels[:, 0], levels[:, 1:]


def _correlation(
    course: np.ndarray,
    duration_s: float,
    courses: np.ndarray,
    durations_s: np.ndarray,
    shifts_s: tuple[float, ...],
) -> np.ndarray:
    """Return ``(n,)``: the correlation of ``course`` ``(63, 14)`` with each of ``courses``, at the best of the shifts.

    From -1 to 1; 0 where one of them hardly varies.
    """
    centres = (np.arange(_N_SEGMENTS) + 0.5) / _N_SEGMENTS
    size = np.sqrt((courses**2).mean(axis=(1, 2)))
    best = np.full(len(courses), -1.0)
    for shift_s in shifts_s:
        # Positions in ``course`` of the segments of the others, their music starting ``shift_s`` later.
        at = (centres * durations_s[:, None] - shift_s) / duration_s * _N_SEGMENTS - 0.5
        before = np.clip(np.floor(at).astype(int), 0, _N_SEGMENTS - 2)
        part = np.clip(at - before, 0.0, 1.0)[:, :, None].astype(np.float32)
        shifted = (1.0 - part) * course[before] + part * course[before + 1]
        product = (shifted * courses).mean(axis=(1, 2))
        best = np.maximum(best, product / np.maximum(size * np.sqrt((shifted**2).mean(axis=(1, 2))), 1e-9))
    moving = (size >= _MIN_VARIATION_DB) & (np.sqrt((course**2).mean()) >= _MIN_VARIATION_DB)
    return np.where(moving, best, 0.0)


# Equal embeddings to the fourth digit and equal lengths to a few frames mean the same recording, also where it is too
# short or too steady for a fingerprint: lossless formats and good MP3s of one file differ by less.
_SAME_COSINE = 0.9999
_SAME_LENGTH_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What the library compares recordings by: length, fingerprint (int8) and embedding (float32 of unit length).

    Fingerprint and embedding are None where there is none. Embeddings that are compared must be of one model.
    """

    duration_s: float
    fingerprint: np.ndarray | None
    embedding: np.ndarray | None = None


def same_embedding(a: Sketch, b: Sketch) -> float | None:
    """Return the cosine of two embeddings where it is at least 0.9999 and lengths are equal to 0.05 s, else None."""
    if a.embedding is None or b.embedding is None or abs(a.duration_s - b.duration_s) > _SAME_LENGTH_S:
        return None
    cosine = float(a.embedding @ b.embedding)
    return cosine if cosine >= _SAME_COSINE else None


class SketchSet:
    """Sketches of recordings that are listed already, to recognise further copies of them."""

    def __init__(self, sketches: Iterable[Sketch] = ()) -> None:
        self._sketches: list[Sketch] = list(sketches)

    def add(self, sketch: Sketch) -> None:
        """Add one recording."""
        self._sketches.append(sketch)

    def holds_copy_of(self, sketch: Sketch) -> bool:
        """Return whether any recording of the set is the same as ``sketch``, by embedding or fingerprint."""
        if any(same_embedding(sketch, one) is not None for one in self._sketches):
            return True
        known = [one for one in self._sketches if one.fingerprint is not None]
        if sketch.fingerprint is None or not known:
            return False
        copies = copies_of(
            sketch.fingerprint,
            sketch.duration_s,
            np.stack([one.fingerprint for one in known if one.fingerprint is not None]),
            np.array([one.duration_s for one in known]),
        )
        return bool(copies.any())
