"""Telling what is no music, however loud: noise, whose frames know nothing of each other, and what never moves.

Of music, even of one held chord on a guitar, what sounds now says much of what sounds a moment later, and a beat
says it again. The autocorrelation of each mel band over time, averaged over bands, is that of nothing for
stationary noise of any colour, whatever codec it went through (Ljung and Box 1978 test single series so).
A tone of a generator is the other end: its bands stay where they are.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

_MOST_LAG = 40  # picks, 3 s: two beats of anything
_FEWEST_PICKS = 7  # half a second; less has too few lags to tell
_FEWEST_BANDS = 16
# Root mean square over lags, times the root of the number of picks, so that length does not matter. White noise,
# full or low-passed from 2 to 8 kHz, stays below 0.2 from 1 s on and below 0.27 at half a second. Of 1,041 windows of
# 5 to 37 s in six soundtracks and GTZAN's clips (its test part left out) none is below 0.9. Of cuts of GTZAN's
# validation part the more fall below the shorter they are: none at 3 s, 0.2 % at 2 s, 5 % at 1 s.
_NO_MEMORY = 0.3

# How far bands are from where they were a second ago, in units of the window's range (80 dB), weighted by level: the
# median over time. Saws and squares of 0.7 to 7 kHz with their aliases, which the network takes for classical at up to
# 0.66, stay below 0.032; of the same 1,041 windows of music, guitar tracks alone, organs and drones among them, none is
# below 0.041.
_STILL = 0.036
_A_SECOND = 13  # picks
# A steady beat of 120 is after a second where it was, and silent most of the time: the mean of what a third of a
# second changes is below 0.036 for the same tones, far above for beats.
_STILL_MEANWHILE = 0.05
_A_THIRD = 4  # picks


def is_noise(mel: np.ndarray) -> bool:
    """Return whether float32 ``(n_mels, n_picks)`` in [0, 1] is stationary noise; False for under half a second.

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
    # Taking the mean away leaves noise correlated by -1 / n (Kendall 1954), which is much in a second.
    correlation = scipy.fft.irfft(power, size)[lags] / (n_picks - lags) + 1.0 / n_picks
    return bool(np.sqrt((correlation**2).mean() * n_picks) < _NO_MEMORY)


def is_still(mel: np.ndarray) -> bool:
    """Return whether the bands of float32 ``(n_mels, n_picks)`` in [0, 1] hardly move; False for under half a second.

    The picks at both ends, which reach into what lies beyond, do not count.
    """
    if mel.shape[1] < _FEWEST_PICKS:
        return False
    inner = mel[:, 1:-1]
    level = inner.mean(axis=1)
    total = float(level.sum())
    if total <= 0.0:
        return False
    weight = level / total
    if float(_changes(inner, weight, _A_THIRD).mean()) >= _STILL_MEANWHILE:
        return False
    return float(np.median(_changes(inner, weight, _A_SECOND))) < _STILL


def _changes(mel: np.ndarray, weight: np.ndarray, lag: int) -> np.ndarray:
    """Return how far bands are, weighted ``(n_mels,)``, from where they were ``lag`` picks or half of all before."""
    lag = min(lag, mel.shape[1] // 2)
    return weight @ np.abs(mel[:, lag:] - mel[:, :-lag])
