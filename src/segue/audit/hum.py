"""Mains hum: lines at the multiples of 50 or 60 Hz that never stop, whatever the music does."""

from __future__ import annotations

import numpy as np

from segue.audio.mono import Resampler

MAINS_HZ = (50.0, 60.0)
N_HARMONICS = 6
_RATE_HZ = 1_000
_WINDOW = 4_000  # 4 s: bins of 0.25 Hz
_HOP = 1_000
_FEWEST_WINDOWS = 8
_QUIET_PERCENT = 10  # the level a line keeps nine tenths of the time; notes do not
_LINE_BINS = 2  # half a hertz to either side: what mains and players waver
_ASIDE_BINS = (6, 22)  # 1.5 to 5.5 Hz away lies what a line is compared with


class HumMeter:
    """Measures how far mains lines stand out of a stream of mono samples."""

    def __init__(self, rate_hz: int) -> None:
        self._resample = Resampler(rate_hz, _RATE_HZ)
        self._pieces: list[np.ndarray] = []

    def push(self, mono: np.ndarray) -> None:
        """Take the next samples, float32 ``(n,)``."""
        self._pieces.append(self._resample.push(mono).copy())

    def lines_db(self) -> np.ndarray:
        """Return float32 ``(2, 6)``: decibels of each multiple of 50 and of 60 Hz above what is beside it.

        NaN for less than 11 s of audio.
        """
        samples = np.concatenate([*self._pieces, self._resample.push(np.empty(0, np.float32), last=True)])
        n_windows = 1 + (len(samples) - _WINDOW) // _HOP
        if n_windows < _FEWEST_WINDOWS:
            return np.full((len(MAINS_HZ), N_HARMONICS), np.nan, np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
        power = np.abs(np.fft.rfft(frames * np.blackman(_WINDOW).astype(np.float32), axis=1)) ** 2
        kept_db = 10.0 * np.log10(np.percentile(power, _QUIET_PERCENT, axis=0) + 1e-10)
        return np.array(
            [[_line_db(kept_db, k * mains_hz) for k in range(1, N_HARMONICS + 1)] for mains_hz in MAINS_HZ],
            np.float32,
        )


def _line_db(kept_db: np.ndarray, hz: float) -> float:
    centre = round(hz * _WINDOW / _RATE_HZ)
    near, far = _ASIDE_BINS
    aside = np.concatenate(
        (kept_db[centre - far : centre - near], kept_db[centre + near + 1 : centre + far + 1])
    )
    line = kept_db[centre - _LINE_BINS : centre + _LINE_BINS + 1].max()
    return float(line - np.median(aside))
