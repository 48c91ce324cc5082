"""How much each of the twelve pitch classes sounds in a piece, whatever it was tuned to.

Peaks of the spectrum are placed by parabolic interpolation and counted by pitch class in steps of ten
cents, after the harmonic pitch class profile of Gómez, "Tonal description of music audio signals" (2006):
a peak's place is known far better than the STFT's 11 Hz bins, which blur semitones below 400 Hz.
"""

from __future__ import annotations

import numpy as np

from segue.features.front_end import FrontEnd

_A4_HZ = 440.0
_PER_SEMITONE = 10
_STEPS = 12 * _PER_SEMITONE
# Below, semitones are closer than the window can part; above, peaks are mostly high overtones.
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 2000.0
# Frames whose spectra are added before peaks are sought (93 ms), and how many sums are searched at once.
_JOINED, _AT_ONCE = 4, 128


class ChromaAccumulator:
    """Adds up the pitch classes of a stream of power spectra in constant memory."""

    def __init__(self, front_end: FrontEnd) -> None:
        bin_hz = front_end.sample_rate_hz / front_end.n_fft
        self._low = int(_LOWEST_HZ / bin_hz)
        self._high = int(_HIGHEST_HZ / bin_hz) + 2
        self._bin_hz = bin_hz
        self._counts = np.zeros(_STEPS)
        self._pending = np.zeros((0, self._high - self._low), dtype=np.float32)
        self._sums: list[np.ndarray] = []
        self._n_sums = 0

    def push(self, power: np.ndarray) -> None:
        """Take the next power spectra, float32 ``(n_fft // 2 + 1, n_frames)``."""
        frames = power[self._low : self._high].T
        if len(self._pending):
            frames = np.concatenate((self._pending, frames))
        whole = len(frames) // _JOINED * _JOINED
        self._pending = frames[whole:].copy()
        self._sums.append(sum(frames[first:whole:_JOINED] for first in range(_JOINED)))
        self._n_sums += whole // _JOINED
        if self._n_sums >= _AT_ONCE:
            self._count()

    def _count(self) -> None:
        """Count the peaks of the waiting spectra, each by the square root of amplitude over frequency.

        So loud passages lead without ruling, and fundamentals count more than their overtones, of which
        the third and fifth are other pitch classes.
        """
        if not self._sums:
            return
        power = np.concatenate(self._sums)
        self._sums, self._n_sums = [], 0
        middle = power[:, 1:-1]
        peak = np.flatnonzero((middle > power[:, :-2]) & (middle >= power[:, 2:]))
        row, column = np.divmod(peak, middle.shape[1])
        place = row * power.shape[1] + column
        flat = power.ravel()
        top = flat[place + 1]
        a, b, c = (np.log(np.maximum(p, np.float32(1e-30))) for p in (flat[place], top, flat[place + 2]))
        offset = 0.5 * (a - c) / np.minimum(a - 2 * b + c, np.float32(-1e-6))
        hz = (column + offset + (self._low + 1)).astype(np.float32) * np.float32(self._bin_hz)
        semitones = 69.0 + 12.0 * np.log2(hz / np.float32(_A4_HZ))
        step = np.rint(semitones * _PER_SEMITONE).astype(np.int64) % _STEPS
        self._counts += np.bincount(step, weights=np.sqrt(np.sqrt(top) / hz), minlength=_STEPS)

    @property
    def tuning_cents(self) -> float:
        """How far the music lies from A4 = 440 Hz, in -50 .. 50 cents; 0 when nothing sounded."""
        self._count()
        turn = np.exp(2j * np.pi * np.arange(_STEPS) / _PER_SEMITONE)
        pull = complex((self._counts * turn).sum())
        return float(np.angle(pull) / (2 * np.pi) * 100.0) if abs(pull) > 0.0 else 0.0

    @property
    def chroma(self) -> np.ndarray:
        """Share of each pitch class, float64 ``(12,)`` from C to B, sum 1; zeros when nothing sounded."""
        self._count()
        total = self._counts.sum()
        if total <= 0.0:
            return np.zeros(12)
        centre = np.arange(12)[:, None] * _PER_SEMITONE + self.tuning_cents / 100.0 * _PER_SEMITONE
        away = np.abs((np.arange(_STEPS) - centre + _STEPS / 2) % _STEPS - _STEPS / 2) / _PER_SEMITONE
        window = np.cos(np.pi * np.minimum(away, 0.5)) ** 2
        folded = window @ self._counts
        return folded / folded.sum() if folded.sum() > 0.0 else np.zeros(12)
