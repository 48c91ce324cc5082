"""Mel bands: triangles on Slaney's mel scale, and decibels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from segue.errors import ModelError
from segue.signal.front_end import FrontEnd

# Slaney, Auditory Toolbox (1998): linear below 1 kHz (3 mels per 200 Hz), then 27 steps to a factor 6.4.
_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_LOG_START_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0

_GROUP = 8  # bands multiplied at once; 16 take twice as long for blocks of 128 frames


def hz_to_mel(hz: np.ndarray) -> np.ndarray:
    """Return mels on Slaney's scale for frequencies in Hz, elementwise (float64)."""
    hz = np.asarray(hz, dtype=np.float64)
    log_part = _LOG_START_HZ / _LINEAR_HZ_PER_MEL + np.log(np.maximum(hz, 1e-9) / _LOG_START_HZ) / _LOG_STEP
    return np.where(hz < _LOG_START_HZ, hz / _LINEAR_HZ_PER_MEL, log_part)


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    """Return frequencies in Hz for mels on Slaney's scale, elementwise (float64)."""
    mel = np.asarray(mel, dtype=np.float64)
    log_start = _LOG_START_HZ / _LINEAR_HZ_PER_MEL
    log_part = _LOG_START_HZ * np.exp(_LOG_STEP * (mel - log_start))
    return np.where(mel < log_start, mel * _LINEAR_HZ_PER_MEL, log_part)


def mel_weights(front_end: FrontEnd) -> np.ndarray:
    """Return float32 ``(n_mels, n_fft // 2 + 1)``: one area-normalised triangle per row, lowest band first.

    Raises ModelError for a mel scale other than "slaney".
    """
    if front_end.mel_scale != "slaney":
        raise ModelError(
            f"The model asks for the mel scale {front_end.mel_scale!r}, which this version of segue "
            "does not have; use a newer segue.",
            code="mel-scale-unknown",
        )
    bins_hz = np.arange(front_end.n_fft // 2 + 1) * (front_end.sample_rate_hz / front_end.n_fft)
    lowest, highest = hz_to_mel(np.array([front_end.f_min_hz, front_end.f_max_hz]))
    edges_hz = mel_to_hz(np.linspace(lowest, highest, front_end.n_mels + 2))
    left, centre, right = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising = (bins_hz - left) / (centre - left)
    falling = (right - bins_hz) / (right - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (right - left))).astype(np.float32)


class MelBands:
    """Sums power spectra into mel bands.

    A triangle covers few bins, so the bands are taken in groups, each a small product with the
    bins it covers: a twelfth of the work of one dense product, and no sparse library.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        self._n_mels = front_end.n_mels
        self._groups = _groups(front_end)

    def __call__(self, power: np.ndarray) -> np.ndarray:
        """Return mel power float32 ``(n_mels, n_frames)`` of ``power`` ``(n_fft // 2 + 1, n_frames)``."""
        mel = np.empty((self._n_mels, power.shape[1]), dtype=np.float32)
        for first, low, high, rows in self._groups:
            np.matmul(rows, power[low:high], out=mel[first : first + len(rows)])
        return mel


@lru_cache(maxsize=4)
def _groups(front_end: FrontEnd) -> tuple[tuple[int, int, int, np.ndarray], ...]:
    """Return (first band, first bin, end of bins, weights) of each group; kept, for they cost 3 ms to make."""
    weights = mel_weights(front_end)
    groups = []
    for first in range(0, front_end.n_mels, _GROUP):
        rows = weights[first : first + _GROUP]
        used = np.flatnonzero(rows.any(axis=0))
        low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
        groups.append((first, low, high, np.ascontiguousarray(rows[:, low:high])))
    return tuple(groups)


def decibels(power: np.ndarray, reference: float, front_end: FrontEnd) -> np.ndarray:
    """Return 10 log10 of power over ``reference``, float32, powers below the front end's floor raised to it."""
    floor = front_end.power_floor
    db = 10.0 * np.log10(np.maximum(power, np.float32(floor)))
    return (db - np.float32(10.0 * np.log10(max(reference, floor)))).astype(np.float32)


def mel_spectrogram_db(mono: np.ndarray, front_end: FrontEnd) -> np.ndarray:
    """Return the mel spectrogram of short audio in dB, float32 ``(n_mels, 1 + n_samples // hop)``.

    Decibels are relative to the loudest band of the whole input, from ``-top_db`` to 0. ``mono`` is
    float32 ``(n_samples,)`` at the front end's sample rate; for whole tracks stream instead.
    """
    from segue.signal.stft import PowerSpectra

    bands, spectra = MelBands(front_end), PowerSpectra(front_end)
    blocks = [bands(p) for p in spectra.push(mono)] + [bands(p) for p in spectra.finish()]
    if not blocks:
        return np.empty((front_end.n_mels, 0), dtype=np.float32)
    mel = np.concatenate(blocks, axis=1)
    return np.maximum(decibels(mel, float(mel.max()), front_end), np.float32(-front_end.top_db))
