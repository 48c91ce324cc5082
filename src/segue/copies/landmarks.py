"""Spectral peaks of a recording, and landmarks: hashes of five peaks that copies of a recording share.

A peak is a time and a frequency at which the spectrum, relative to its smoothed envelope, is higher than everything
around it. Peaks survive coding, gain, cuts and small changes of speed (Wang, "An industrial-strength audio search
algorithm", 2003). Times and frequencies are interpolated and frequencies kept in cents, so that a change of speed
shifts all peaks alike (Six and Leman, "Panako", 2014).

A landmark is an anchor among the strong peaks and four of the eight that follow it, hashed: the anchor's frequency,
and the frequency and time difference of each of the four. Wang takes two peaks; five are rare enough to be looked up
among the landmarks of 100,000 tracks. Which landmarks are kept depends on their hash alone, so that copies keep the
same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from segue.signal.front_end import MEL128_V1

FRAME_RATE_HZ = MEL128_V1.frame_rate_hz  # 43.07 frames a second
TICKS_PER_FRAME = 4  # times are stored in ticks of a quarter of a frame, 6 ms
CENTS_PER_STEP = 5.0  # frequencies are stored in steps of 5 cents above LOWEST_HZ: 0..1,100
LOWEST_HZ, _HIGHEST_HZ = 160.0, 4_000.0  # every codec and rate keeps these
PEAKS_PER_S = 24  # the most prominent of each second are kept,
STRONG_PER_S = 10  # so many of them are strong: landmarks are made of these

_BIN_HZ = MEL128_V1.sample_rate_hz / MEL128_V1.n_fft
_FIRST, _LAST = int(LOWEST_HZ / _BIN_HZ), int(_HIGHEST_HZ / _BIN_HZ) + 1
_AROUND_FRAMES, _AROUND_BINS = 4, 6  # a peak is the highest within these distances
_FLOOR_DB = -70.0  # below the loudest so far: codecs add peaks below it
_BLOCK_FRAMES = 1024
_ENVELOPE_BINS = 61
_HALF_SECOND_TICKS = round(FRAME_RATE_HZ / 2) * TICKS_PER_FRAME


class PeakAccumulator:
    """Collects the peaks from a stream of power spectra, ``(1025, n_frames)`` as PowerSpectra gives them."""

    def __init__(self) -> None:
        self._pending: list[np.ndarray] = []
        self._n_pending = 0
        self._done = 0  # frames before the first pending one
        self._context = 0  # pending frames at the front that are there for what follows only
        self._peaks: list[np.ndarray] = []
        self._loudest = 0.0

    def push(self, power: np.ndarray) -> None:
        """Take the next frames."""
        self._pending.append(power[_FIRST - 1 : _LAST + 1])
        self._n_pending += power.shape[1]
        if self._n_pending >= _BLOCK_FRAMES:
            self._pick(last=False)

    def finish(self) -> np.ndarray:
        """Return the peaks, int32 ``(n, 3)``, by time, then frequency; call it once, at the end.

        Columns are the time in ticks, the frequency in steps of 5 cents above 160 Hz, and 1 where the peak is
        strong, else 0.
        """
        self._pick(last=True)
        if not self._peaks:
            return np.zeros((0, 3), np.int32)
        found = np.concatenate(self._peaks)
        return _strongest(found)

    def _pick(self, last: bool) -> None:
        from scipy.ndimage import maximum_filter1d, uniform_filter1d

        if self._n_pending == 0:
            return
        power = np.concatenate(self._pending, axis=1)
        self._loudest = max(self._loudest, float(power.max()))
        n = power.shape[1]
        level = 10.0 * np.log10(np.maximum(power, self._loudest * 10.0 ** (_FLOOR_DB / 10.0) + 1e-20))
        prominence = level - uniform_filter1d(level, _ENVELOPE_BINS, axis=0)
        highest = maximum_filter1d(level, 2 * _AROUND_BINS + 1, axis=0)
        highest = maximum_filter1d(highest, 2 * _AROUND_FRAMES + 1, axis=1)
        is_peak = (level == highest) & (prominence > 3.0)
        is_peak[0] = is_peak[-1] = False
        end = n if last else n - _AROUND_FRAMES
        is_peak[:, : self._context] = False
        is_peak[:, end:] = False
        frames, bins = np.nonzero(is_peak.T)
        at = level[bins, frames]
        higher = _vertex(level[bins - 1, frames], at, level[bins + 1, frames])
        later = _vertex(
            level[bins, np.maximum(frames - 1, 0)], at, level[bins, np.minimum(frames + 1, n - 1)]
        )
        hz = (bins + _FIRST - 1 + higher) * _BIN_HZ
        pitch = 1200.0 / CENTS_PER_STEP * np.log2(np.maximum(hz, LOWEST_HZ) / LOWEST_HZ)
        tick = TICKS_PER_FRAME * (frames + self._done + later)
        self._peaks.append(
            np.rint(np.stack((tick, pitch, 10.0 * prominence[bins, frames]), axis=1)).astype(np.int32)
        )
        kept = 0 if last else min(n, 2 * _AROUND_FRAMES)
        self._pending = [power[:, n - kept :]] if kept else []
        self._context = max(0, kept - _AROUND_FRAMES)
        self._n_pending = kept
        self._done += n - kept


def _vertex(before: np.ndarray, at: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The position, between -0.5 and 0.5, of the vertex of the parabola through three levels."""
    curvature = np.minimum(before - 2.0 * at + after, -1e-6)
    return np.clip(0.5 * (before - after) / curvature, -0.5, 0.5)


def _strongest(found: np.ndarray) -> np.ndarray:
    """Of rows ``tick, pitch, prominence`` the most prominent, as rows ``tick, pitch, strong``.

    Compared are peaks within half a second to either side; on a grid of seconds, a cut would shift them.
    """
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    tick, prominence = found[:, 0], found[:, 2]
    n_higher = np.zeros(len(found), np.int32)
    for distance in range(1, len(found)):
        near = tick[distance:] - tick[:-distance] <= _HALF_SECOND_TICKS
        if not near.any():
            break
        n_higher[distance:] += near & (prominence[:-distance] >= prominence[distance:])
        n_higher[:-distance] += near & (prominence[distance:] > prominence[:-distance])
    kept = n_higher < PEAKS_PER_S
    return np.stack((tick, found[:, 1], n_higher < STRONG_PER_S), axis=1)[kept].astype(np.int32)


# A recording's copies are looked up as if it were played at each of these speeds; half a percent off still matches.
SPEEDS = (1 / 1.01, 1.0, 1.01)

_FOLLOWERS = 8  # strong peaks after an anchor, about 0.8 s
_CHOSEN = 4  # of these, in every combination
_KEPT = 32  # one landmark in so many is kept: about twenty a second
_PITCH_STEPS = 10  # 50 cents: wider than what coding moves a peak by, and than half a percent of speed
_TIME_TICKS = 12  # three frames
_MAX_QUERIES = 600  # landmarks of a recording that are looked up, evenly chosen; all of them are in the index


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The landmarks of one recording: uint32 hashes and the int32 frame of each.

    ``queries`` are those to look up among other recordings, ``(numbers, frames)`` for each of SPEEDS, frames at that
    speed.
    """

    numbers: np.ndarray
    frames: np.ndarray
    queries: tuple[tuple[np.ndarray, np.ndarray], ...]


def landmarks(peaks: np.ndarray) -> Landmarks:
    """Return the landmarks of peaks, int32 ``(n, 3)`` as PeakAccumulator gives them."""
    at_speed = [_landmarks(peaks, speed) for speed in SPEEDS]
    return Landmarks(*at_speed[SPEEDS.index(1.0)], tuple(_evenly(*one) for one in at_speed))


def _landmarks(peaks: np.ndarray, speed: float) -> tuple[np.ndarray, np.ndarray]:
    strong = peaks[peaks[:, 2] > 0]
    tick = strong[:, 0] / speed
    frame = np.rint(tick / TICKS_PER_FRAME).astype(np.int32)
    pitch = strong[:, 1] + 1200.0 / CENTS_PER_STEP * np.log2(speed)
    anchor = _hashed(np.floor(pitch / _PITCH_STEPS).astype(np.int64).view(np.uint64))
    follower = {}
    for distance in range(1, min(_FOLLOWERS, len(strong) - 1) + 1):
        behind = np.rint((tick[distance:] - tick[:-distance]) / _TIME_TICKS).astype(np.int64)
        above = np.rint((pitch[distance:] - pitch[:-distance]) / _PITCH_STEPS).astype(np.int64)
        follower[distance] = _hashed(((above << 32) + behind).view(np.uint64))
    found, at = [np.zeros(0, np.uint32)], [np.zeros(0, np.int32)]
    for chosen_peaks in combinations(follower, _CHOSEN):
        n = len(strong) - chosen_peaks[-1]
        # A sum, so that the order of peaks in one frame does not matter.
        number = _hashed(anchor[:n] + sum(follower[distance][:n] for distance in chosen_peaks))
        kept = number % np.uint64(_KEPT) == 0
        found.append((number[kept] >> np.uint64(32)).astype(np.uint32))
        at.append(frame[:n][kept])
    return np.concatenate(found), np.concatenate(at)


def _evenly(numbers: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most 600 landmarks, spread evenly over the recording."""
    if len(numbers) <= _MAX_QUERIES:
        return numbers, frames
    chosen = np.argsort(frames, kind="stable")[np.linspace(0, len(frames) - 1, _MAX_QUERIES).astype(np.int64)]
    return numbers[chosen], frames[chosen]


def _hashed(number: np.ndarray) -> np.ndarray:
    """Return uint64 hashes (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    z = number + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
