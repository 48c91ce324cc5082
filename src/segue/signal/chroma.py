"""How much each of the twelve pitch classes sounds in a piece, whatever it was tuned to.

Peaks of the spectrum are placed by parabolic interpolation and counted by pitch class in steps of ten
cents, after the harmonic pitch class profile of Gómez, "Tonal description of music audio signals" (2006):
a peak's place is known far better than the STFT's 11 Hz bins, which blur semitones below 400 Hz.

The order of chords is lost in that total, and the last one says most about the key: what sounded first and
last is kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.signal.front_end import FrontEnd

_A4_HZ = 440.0
_PER_SEMITONE = 10
_STEPS = 12 * _PER_SEMITONE
# Below, thirds are closer than the window can part; above, peaks are mostly high overtones. A bass alone could be
# placed from 60 Hz on, but so are drums: with them 30 of 178 tracks and clips get another key, and the halves of a
# track agree no more often (53 % of them then, 54 % now).
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 2000.0
# The common peak of two low notes lies between them and is neither. Its width tells: the second difference of log power over the peak bin of one Hann-windowed sinusoid is -2.8 to -3.2
# (from its transform in Harris, "On the use of windows for harmonic analysis", 1978), that of two 2 bins apart
# above -1.5. Stricter than that, synthetic cadences over a C of 131 Hz lose notes that are right.
_UNPARTED_FROM_HZ, _PARTED_HZ, _SHARP = 30.0, 120.0, -1.5
# Frames whose spectra are added before peaks are sought (93 ms), and how many sums are searched at once.
_JOINED, _AT_ONCE = 4, 128
# How fast the first and last sounds are forgotten: chords last longer, and shorter cadences still end on one.
_MEMORY_S = 0.3
# Of the most that sounded so far, in square roots of amplitude: 40 dB less is silence, or the room.
_SOUNDING = 0.1


@dataclass(frozen=True, slots=True)
class PitchClasses:
    """Shares of the pitch classes, each float64 ``(12,)`` from C to B, sum 1, or zeros when nothing sounded.

    ``whole`` is of all there is; ``opening`` and ``ending`` of about the first and last 0.3 s that sound.
    ``sounding_s`` is how long anything within 40 dB of the loudest so far sounds. ``placed``, in [0, 1], is how much
    of what sounds could be given a pitch: low for chords below 100 Hz, whose notes the window cannot part.
    """

    whole: np.ndarray
    opening: np.ndarray
    ending: np.ndarray
    sounding_s: float
    placed: float


class ChromaAccumulator:
    """Adds up the pitch classes of a stream of power spectra in constant memory."""

    def __init__(self, front_end: FrontEnd) -> None:
        bin_hz = front_end.sample_rate_hz / front_end.n_fft
        self._low = int(_UNPARTED_FROM_HZ / bin_hz)
        self._high = int(_HIGHEST_HZ / bin_hz) + 2
        self._bin_hz = bin_hz
        self._row_s = _JOINED / front_end.frame_rate_hz
        self._counts, self._opening, self._ending = np.zeros(_STEPS), np.zeros(_STEPS), np.zeros(_STEPS)
        self._unplaced = 0.0
        self._loudest, self._n_sounding = 0.0, 0
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
        rows: np.ndarray = sum(frames[first:whole:_JOINED] for first in range(_JOINED))  # type: ignore[assignment]
        self._sums.append(rows)
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
        if not len(power):
            return
        middle = power[:, 1:-1]
        peak = np.flatnonzero((middle > power[:, :-2]) & (middle >= power[:, 2:]))
        row, column = np.divmod(peak, middle.shape[1])
        place = row * power.shape[1] + column
        flat = power.ravel()
        top = flat[place + 1]
        a, b, c = (np.log(np.maximum(p, np.float32(1e-30))) for p in (flat[place], top, flat[place + 2]))
        curve = np.minimum(a - 2 * b + c, np.float32(-1e-6))
        hz = (column + 0.5 * (a - c) / curve + (self._low + 1)).astype(np.float32) * np.float32(self._bin_hz)
        weight = np.sqrt(np.sqrt(top) / hz)
        unparted = (hz < _PARTED_HZ) & (curve > _SHARP)
        # What cannot be parted is two notes at least.
        self._unplaced += 2.0 * float(weight[unparted].sum())
        placed = ~unparted & (hz >= _LOWEST_HZ)
        row, hz, weight = row[placed], hz[placed], weight[placed].astype(np.float64)
        semitones = 69.0 + 12.0 * np.log2(hz / np.float32(_A4_HZ))
        step = np.rint(semitones * _PER_SEMITONE).astype(np.int64) % _STEPS
        self._counts += np.bincount(step, weights=weight, minlength=_STEPS)
        self._count_ends(row, step, weight, len(power))

    def _count_ends(self, row: np.ndarray, step: np.ndarray, weight: np.ndarray, n_rows: int) -> None:
        """Count peaks into opening and ending by how many sounding rows lie before and behind theirs."""
        level = np.bincount(row, weights=weight, minlength=n_rows)
        loudest = np.maximum(np.maximum.accumulate(level), self._loudest)
        sounding = (level > 0.0) & (level >= _SOUNDING * loudest)
        before: np.ndarray = np.cumsum(sounding) - sounding
        n = int(sounding.sum())
        rate = self._row_s / _MEMORY_S
        fading_in = sounding * np.exp(-rate * (n - 1 - before))
        fading_out = sounding * np.exp(-rate * (self._n_sounding + before))
        self._ending *= np.exp(-rate * n)
        self._ending += np.bincount(step, weights=weight * fading_in[row], minlength=_STEPS)
        self._opening += np.bincount(step, weights=weight * fading_out[row], minlength=_STEPS)
        self._loudest = float(loudest[-1])
        self._n_sounding += n

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
        return _folded(self._counts, self.tuning_cents)

    @property
    def pitch_classes(self) -> PitchClasses:
        """The pitch classes of the whole and of both ends, all in the tuning of the whole."""
        self._count()
        tuning_cents, placed = self.tuning_cents, float(self._counts.sum())
        return PitchClasses(
            whole=_folded(self._counts, tuning_cents),
            opening=_folded(self._opening, tuning_cents),
            ending=_folded(self._ending, tuning_cents),
            sounding_s=self._n_sounding * self._row_s,
            placed=placed / (placed + self._unplaced) if placed > 0.0 else 0.0,
        )


def _folded(counts: np.ndarray, tuning_cents: float) -> np.ndarray:
    """Return the shares ``(12,)`` of counts by step, each pitch class through a bell a semitone wide; zeros for none."""
    centre = np.arange(12)[:, None] * _PER_SEMITONE + tuning_cents / 100.0 * _PER_SEMITONE
    away = np.abs((np.arange(_STEPS) - centre + _STEPS / 2) % _STEPS - _STEPS / 2) / _PER_SEMITONE
    folded = np.cos(np.pi * np.minimum(away, 0.5)) ** 2 @ counts
    return folded / folded.sum() if folded.sum() > 0.0 else np.zeros(12)
