"""A small sketch of how a recording runs, to tell its copies in other formats from other music.

The sketch is how the balance of 16 bands runs over 63 equal stretches of the whole piece, in steps of half
a decibel, and their mean levels: 1,024 bytes. Coding, gain, resampling and the padding of encoders hardly
move it; another recording, even of the same song, runs differently. A piece of 1 to 4.4 s is sketched from
frames of 23 ms instead of cells of 70: the form is the same. After Haitsma and Kalker, "A highly
robust audio fingerprinting system" (2002), who compare band energies less their neighbours' and their past;
here whole recordings meet whole recordings, so no search within a piece is needed.
"""

from __future__ import annotations

import numpy as np

from segue.signal.front_end import FrontEnd

_N_BANDS = 16
_N_STRETCHES = 63
LENGTH = _N_BANDS * (_N_STRETCHES + 1)
_STEP_DB = 0.5
_CELL_S = 0.07  # 63 of these are 4.4 s; of a shorter piece each frame is a cell
_FEWEST_FRAMES = 43  # 1 s: of less too little runs to tell it apart
_MOST_CELLS = 4096  # of a long piece, neighbours are joined: the bells of hours would fill the memory
_FLOOR_DB = -60.0
_BELL_STRETCHES = 3.0
# Bands from about 80 Hz to 5 kHz. The two above 3.7 kHz are left out when comparing: a rate of 8 kHz keeps
# nothing of them.
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 5000.0
_N_COMPARED = 14

# benchmarks/copies.py: copies differ by less than 0.7 dB in shape and correlate above 0.85 in course even when
# shifted, real music correlates with other music below 0.4; sequenced pieces of one style and length reach 0.65.
_LENGTH_TOLERANCE_S = 0.5
_SHAPE_TOLERANCE_DB = 1.5
_COURSE_CORRELATION = 0.75
_STEADY_DB = 0.5
# What encoders and decoders put before the music or cut off, tried in turn.
_SHIFTS_S = (-0.2, -0.1, 0.0, 0.1, 0.2)
# In a short piece half a second is much. Of 2.1 million pairs of cuts of 1 to 4 s from different pieces none runs
# so alike; of 1,600 copies (MP3, Opus, Ogg, AAC, other rates, gain) 1,592 do.
_SHORT_S = 4.4
_SHORT_LENGTH_TOLERANCE_S = 0.06
_SHORT_COURSE_CORRELATION = 0.85
_SHORT_SHIFTS_S = (-0.06, -0.03, 0.0, 0.03, 0.06)


class FingerprintAccumulator:
    """Collects the sketch from a stream of mel power: a kilobyte for a second of audio."""

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
        # The beginning frame by frame, for a piece that ends before there are cells enough.
        self._frames: list[np.ndarray] = []
        self._n_frames = 0

    def push(self, mel: np.ndarray) -> None:
        """Take the next mel power frames, float32 ``(n_mels, n_frames)``."""
        rows = mel[self._first : self._first + self._group * _N_BANDS]
        bands = rows.reshape(_N_BANDS, self._group, -1).sum(axis=1)
        if self._n_frames < _N_STRETCHES * self._cell:
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
        """Return the sketch, int8 ``(1024,)``; None for silence and for less than 1 s."""
        short = self._n_frames < _N_STRETCHES * self._cell
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
        # Each stretch is heard through a bell three stretches wide, so that where beats fall against the
        # stretches' borders, which a small shift changes, does not matter.
        at = (np.arange(n_cells) + 0.5) / n_cells * _N_STRETCHES - 0.5
        away = np.minimum(np.abs(at - np.arange(_N_STRETCHES)[:, None]) / _BELL_STRETCHES, 0.5)
        bells = np.cos(np.pi * away) ** 2
        course = level_db @ (bells / bells.sum(axis=1, keepdims=True)).T
        # What all bands do together goes: fades and breaks are alike in much music that is not the same.
        course -= course.mean(axis=0)
        shape = course.mean(axis=1, keepdims=True)
        sketch = np.concatenate((shape.T, (course - shape).T))
        return np.clip(np.rint(sketch / _STEP_DB), -127, 127).astype(np.int8).ravel()


def copies_of(
    fingerprint: np.ndarray, duration_s: float, fingerprints: np.ndarray, durations_s: np.ndarray
) -> np.ndarray:
    """Return bool ``(n,)``: which of ``fingerprints``, int8 ``(n, 1024)``, are copies of ``fingerprint``.

    Copies last equally long to half a second (to 0.06 s where they last less than 4.4), have the same mean
    spectrum to 1.5 dB below 3.7 kHz, and their bands run alike. A piece whose bands stay within half a decibel
    has no course to compare and is a copy of nothing.
    """
    short = duration_s < _SHORT_S
    durations_s = np.asarray(durations_s, dtype=np.float64)
    found = np.abs(durations_s - duration_s) <= (_SHORT_LENGTH_TOLERANCE_S if short else _LENGTH_TOLERANCE_S)
    near = np.flatnonzero(found)
    if len(near) == 0:
        return found
    shape, course = _in_db(fingerprint[None])
    shapes, courses = _in_db(fingerprints[near])
    alike = np.sqrt(((shapes - shape) ** 2).mean(axis=1)) <= _SHAPE_TOLERANCE_DB
    alike[alike] = _correlation(
        course[0],
        duration_s,
        courses[alike],
        durations_s[near][alike],
        _SHORT_SHIFTS_S if short else _SHIFTS_S,
    ) >= (_SHORT_COURSE_CORRELATION if short else _COURSE_CORRELATION)
    found[near] = alike
    return found


def same_recording(
    fingerprint_a: np.ndarray, duration_a_s: float, fingerprint_b: np.ndarray, duration_b_s: float
) -> bool:
    """Return whether two sketches, int8 ``(1024,)``, are of one recording; see `copies_of`."""
    return bool(copies_of(fingerprint_a, duration_a_s, fingerprint_b[None], np.array([duration_b_s]))[0])


def _in_db(fingerprints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean levels ``(n, 14)`` and courses ``(n, 63, 14)`` of the bands to compare, in dB.

    Both are the balance of these bands alone: what those left out hold does not weigh on the rest.
    """
    levels = fingerprints.reshape(-1, _N_STRETCHES + 1, _N_BANDS).astype(np.float32) * np.float32(_STEP_DB)
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
    """Return ``(n,)``: how alike ``course`` ``(63, 14)`` and each of ``courses`` run, at the best of the shifts.

    From -1 to 1; 0 where one of them does not move.
    """
    centres = (np.arange(_N_STRETCHES) + 0.5) / _N_STRETCHES
    size = np.sqrt((courses**2).mean(axis=(1, 2)))
    best = np.full(len(courses), -1.0)
    for shift_s in shifts_s:
        # Where in ``course`` the stretches of the others lie, their music starting ``shift_s`` later.
        at = (centres * durations_s[:, None] - shift_s) / duration_s * _N_STRETCHES - 0.5
        before = np.clip(np.floor(at).astype(int), 0, _N_STRETCHES - 2)
        part = np.clip(at - before, 0.0, 1.0)[:, :, None].astype(np.float32)
        shifted = (1.0 - part) * course[before] + part * course[before + 1]
        product = (shifted * courses).mean(axis=(1, 2))
        best = np.maximum(best, product / np.maximum(size * np.sqrt((shifted**2).mean(axis=(1, 2))), 1e-9))
    moving = (size >= _STEADY_DB) & (np.sqrt((course**2).mean()) >= _STEADY_DB)
    return np.where(moving, best, 0.0)
