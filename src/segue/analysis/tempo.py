"""Tempo from the onset envelope."""

from __future__ import annotations

import numpy as np

from segue.types import Tempo

_SLOWEST_BPM, _FASTEST_BPM = 40.0, 240.0
_WINDOW_S = 12.0
_COMPRESSION = 0.5
_PULSES = 4
_PREFERRED_BPM, _PRIOR_OCTAVES = 115.0, 0.8


def estimate_tempo(envelope: np.ndarray, frame_rate_hz: float) -> Tempo | None:
    """Return the tempo of an onset envelope ``(n_frames,)``; None where nothing recurs."""
    correlation = periodicity(envelope, frame_rate_hz)
    if correlation is None:
        return None
    bpm = np.geomspace(_SLOWEST_BPM, _FASTEST_BPM, 512)
    lags = 60.0 * frame_rate_hz / bpm
    comb = np.zeros(len(bpm))
    n = np.zeros(len(bpm))
    grid = np.arange(len(correlation))
    for k in range(1, _PULSES + 1):
        inside = lags * k <= grid[-1]
        comb += np.where(inside, np.interp(lags * k, grid, correlation), 0.0)
        n += inside
    comb /= np.maximum(n, 1)
    prior = np.exp(-0.5 * (np.log2(bpm / _PREFERRED_BPM) / _PRIOR_OCTAVES) ** 2)
    best = int(np.argmax(np.maximum(comb, 0.0) * prior))
    if comb[best] <= 0.0:
        return None
    exact = refine(correlation, float(lags[best]))
    return Tempo(float(60.0 * frame_rate_hz / exact), float(np.clip(comb[best], 0.0, 1.0)))


def periodicity(envelope: np.ndarray, frame_rate_hz: float) -> np.ndarray | None:
    """Return the generalised autocorrelation by lag in frames, 1 at lag 0; None where there is nothing."""
    envelope = np.asarray(envelope, dtype=np.float64)
    size = int(_WINDOW_S * frame_rate_hz)
    if len(envelope) < frame_rate_hz * 2.0 or not np.isfinite(envelope).all():
        return None
    size = min(size, len(envelope))
    hop = max(1, size // 2)
    total = np.zeros(size)
    taper = np.hanning(size + 2)[1:-1]
    for start in range(0, len(envelope) - size + 1, hop):
        piece = envelope[start : start + size]
        piece = (piece - piece.mean()) * taper
        spectrum = np.abs(np.fft.rfft(piece, 2 * size)) ** (2 * _COMPRESSION)
        correlation = np.fft.irfft(spectrum)[:size]
        if correlation[0] > 0.0:
            total += correlation / correlation[0]
    if total[0] <= 0.0:
        return None
    return total / total[0]


def refine(correlation: np.ndarray, lag: float) -> float:
    """Return ``lag`` made exact by the peaks near its multiples, taken in turn."""
    multiple = 1
    while (multiple + 0.5) * lag < len(correlation) - 2 and multiple <= 8:
        centre = round(multiple * lag)
        width = max(1, round(0.04 * lag))
        low = max(1, centre - width)
        peak = low + int(np.argmax(correlation[low : centre + width + 1]))
        if peak + 1 < len(correlation):
            a, b, c = correlation[peak - 1 : peak + 2]
            if b > a and b >= c:
                lag = (peak + 0.5 * (a - c) / (a - 2 * b + c)) / multiple
        multiple += 1
    return lag
