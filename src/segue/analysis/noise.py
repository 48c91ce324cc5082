"""Telling steady noise from music: frames of noise know nothing of each other.

Of music, even of one held chord on a guitar, what sounds now says much of what sounds a moment later, and a beat
says it again. The autocorrelation of each mel band over time, averaged over bands, is that of nothing for
stationary noise of any colour, whatever codec it went through (Ljung and Box 1978 test single series so).
"""

from __future__ import annotations

import numpy as np
import scipy.fft

_MOST_LAG = 40  # picks, 3 s: two beats of anything
_FEWEST_PICKS = 48  # less cannot be told
_FEWEST_BANDS = 16
# Root mean square over lags, times the root of the number of picks, so that length does not matter. White and pink
# noise, band-limited from 2 to 22 kHz, 4 to 60 s, WAV and MP3, stays below 0.2; of 157 windows of music none is below 1.
_NO_MEMORY = 0.4


def is_noise(mel: np.ndarray) -> bool:
    """Return whether one window, float32 ``(n_mels, n_picks)`` in [0, 1], is stationary noise; False for under 4 s.

    A synthetic tone that never changes may count as noise too: only rounding moves in it.
    """
    n_picks = mel.shape[1]
    if n_picks < _FEWEST_PICKS:
        return False
    centred = mel - mel.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1)
    moving = spread > 1e-3
    if moving.sum() < _FEWEST_BANDS:
        return False
    centred = centred[moving] / spread[moving, None]
    # Wiener and Khinchin: the autocorrelation is the transform of the power, padded so that it does not wrap.
    size = scipy.fft.next_fast_len(n_picks + _MOST_LAG, real=True)
    power = (np.abs(scipy.fft.rfft(centred, size, axis=1)) ** 2).mean(axis=0)
    lags = np.arange(1, min(_MOST_LAG, n_picks // 2))
    correlation = scipy.fft.irfft(power, size)[lags] / (n_picks - lags)
    return bool(np.sqrt((correlation**2).mean() * n_picks) < _NO_MEMORY)
