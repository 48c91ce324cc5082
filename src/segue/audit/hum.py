"""Mains hum: constant spectral lines at multiples of 50 or 60 Hz."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.audio.mono import Resampler

MAINS_HZ = (50.0, 60.0)
N_HARMONICS = 6
_RATE_HZ = 1_000
_WINDOW = 4_000  # 4 s: bins of 0.25 Hz
_HOP = 1_000
_FEWEST_WINDOWS = 8
_QUIET_PERCENT = 10  # percentile: the level that a line exceeds nine tenths of the time; notes do not
_LOUD_PERCENT = 90
_LINE_BINS = 2  # half a hertz to either side: mains and players vary by as much
_ASIDE_BINS = (6, 22)  # a line is compared with the levels 1.5 to 5.5 Hz away


@dataclass(frozen=True, slots=True)
class HumLines:
    """The highest line within half a hertz of each multiple of the mains, each float32 ``(2, 6)``: 50 Hz, then 60 Hz.

    Levels are 10th percentiles over time. All are NaN for less than 11 s of audio.
    """

    out_db: np.ndarray  # above the median of the levels 1.5 to 5.5 Hz beside it
    alone_db: np.ndarray  # above the highest of these levels
    swing_db: np.ndarray  # between the 10th and the 90th percentile over time
    off_hz: np.ndarray  # distance from the multiple; NaN where there is no peak


class HumMeter:
    """Measures lines at multiples of mains frequencies in a stream of mono samples."""

    def __init__(self, rate_hz: int) -> None:
        self._resample = Resampler(rate_hz, _RATE_HZ)
        self._pieces: list[np.ndarray] = []

    def push(self, mono: np.ndarray) -> None:
        """Take the next samples, float32 ``(n,)``."""
        self._pieces.append(self._resample.push(mono).copy())

    def lines(self) -> HumLines:
        """Return the lines at multiples of 50 and of 60 Hz in everything pushed."""
        samples = np.concatenate([*self._pieces, self._resample.push(np.empty(0, np.float32), last=True)])
        n_windows = 1 + (len(samples) - _WINDOW) // _HOP
        if n_windows < _FEWEST_WINDOWS:
            return HumLines(*np.full((4, len(MAINS_HZ), N_HARMONICS), np.nan, np.float32))
        frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
        power = np.abs(np.fft.rfft(frames * np.blackman(_WINDOW).astype(np.float32), axis=1)) ** 2
        percents = np.percentile(power, (_QUIET_PERCENT, _LOUD_PERCENT), axis=0)
        kept_db, loud_db = 10.0 * np.log10(percents + 1e-10)
        found = np.array(
            [
                [_line(kept_db, loud_db, k * mains_hz) for k in range(1, N_HARMONICS + 1)]
                for mains_hz in MAINS_HZ
            ],
            np.float32,
        )
        return HumLines(*np.moveaxis(found, 2, 0))


def _line(kept_db: np.ndarray, loud_db: np.ndarray, hz: float) -> tuple[float, float, float, float]:
    centre = round(hz * _WINDOW / _RATE_HZ)
    near, far = _ASIDE_BINS
    aside = np.concatenate(
        (kept_db[centre - far : centre - near], kept_db[centre + near + 1 : centre + far + 1])
    )
    at = centre - _LINE_BINS + int(kept_db[centre - _LINE_BINS : centre + _LINE_BINS + 1].argmax())
    level = kept_db[at]
    return (
        float(level - np.median(aside)),
        float(level - aside.max()),
        float(loud_db[at] - level),
        abs(_peak_bin(kept_db, at) * _RATE_HZ / _WINDOW - hz),
    )


def _peak_bin(level_db: np.ndarray, at: int) -> float:
    """The position in bins of the peak at bin ``at``, by the parabola through three; NaN where there is no peak."""
    before, here, after = level_db[at - 1 : at + 2]
    curvature = before - 2.0 * here + after
    if here < max(before, after) or curvature == 0.0:
        return float("nan")
    return at + 0.5 * float((before - after) / curvature)
