"""The spectral peaks of a piece: what a recording keeps when it is coded, made louder, cut or played a little faster.

A peak is a moment and a pitch at which the spectrum, its slow colour taken off, is higher than all around
it. After Wang, "An industrial-strength audio search algorithm" (2003); moments and pitches are interpolated and pitches
kept in cents, so that a change of speed moves all peaks alike (Six and Leman, "Panako", 2014).
"""

from __future__ import annotations

import numpy as np

from segue.signal.front_end import MEL128_V1

FRAME_RATE_HZ = MEL128_V1.frame_rate_hz  # 43.07 frames a second
TICKS_PER_FRAME = 4  # moments are stored in these: a peak's is told to a quarter of a frame, 6 ms
CENTS_PER_STEP = 5.0  # pitches are stored in these, above LOWEST_HZ: 0..1,100
LOWEST_HZ, _HIGHEST_HZ = 160.0, 4_000.0  # every codec and rate keeps these
PEAKS_PER_S = 24  # the highest of each second stay,
STRONG_PER_S = 10  # and so many of them are strong: landmarks are made of these

_BIN_HZ = MEL128_V1.sample_rate_hz / MEL128_V1.n_fft
_FIRST, _LAST = int(LOWEST_HZ / _BIN_HZ), int(_HIGHEST_HZ / _BIN_HZ) + 1
_AROUND_FRAMES, _AROUND_BINS = 4, 6  # a peak is the highest so far away
_FLOOR_DB = -70.0  # below the loudest so far: what lies lower a codec invents
_BLOCK_FRAMES = 1024
_COLOUR_BINS = 61
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
        """Return the peaks, int32 ``(n, 3)``, by moment, then pitch; the object is spent afterwards.

        Columns are the moment in ticks, the pitch in steps of 5 cents above 160 Hz, and 1 where the peak is
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
        relief = level - uniform_filter1d(level, _COLOUR_BINS, axis=0)
        highest = maximum_filter1d(level, 2 * _AROUND_BINS + 1, axis=0)
        highest = maximum_filter1d(highest, 2 * _AROUND_FRAMES + 1, axis=1)
        is_peak = (level == highest) & (relief > 3.0)
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
            np.rint(np.stack((tick, pitch, 10.0 * relief[bins, frames]), axis=1)).astype(np.int32)
        )
        kept = 0 if last else min(n, 2 * _AROUND_FRAMES)
        self._pending = [power[:, n - kept :]] if kept else []
        self._context = max(0, kept - _AROUND_FRAMES)
        self._n_pending = kept
        self._done += n - kept


def _vertex(before: np.ndarray, at: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where between -0.5 and 0.5 the parabola through three levels is highest."""
    bend = np.minimum(before - 2.0 * at + after, -1e-6)
    return np.clip(0.5 * (before - after) / bend, -0.5, 0.5)


def _strongest(found: np.ndarray) -> np.ndarray:
    """Of rows ``tick, pitch, relief`` those of the highest relief around, as rows ``tick, pitch, strong``.

    Around is half a second to either side of each, not a grid of seconds, on which a cut would shift them.
    """
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    tick, relief = found[:, 0], found[:, 2]
    n_higher = np.zeros(len(found), np.int32)
    for distance in range(1, len(found)):
        near = tick[distance:] - tick[:-distance] <= _HALF_SECOND_TICKS
        if not near.any():
            break
        n_higher[distance:] += near & (relief[:-distance] >= relief[distance:])
        n_higher[:-distance] += near & (relief[distance:] > relief[:-distance])
    kept = n_higher < PEAKS_PER_S
    return np.stack((tick, found[:, 1], n_higher < STRONG_PER_S), axis=1)[kept].astype(np.int32)
