"""What every voice and the mix agree on: the sample rate, envelopes, and laying one sound over another.

A *sound* is a mono float32 array at :data:`SAMPLE_RATE_HZ`, at most about 1 in magnitude.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps

import numpy as np
from scipy.ndimage import uniform_filter1d

SAMPLE_RATE_HZ = 44_100


def times(duration_s: float) -> np.ndarray:
    """The time of every sample of a sound this long, in seconds: ``(n,)`` float64."""
    return np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def envelope(
    duration_s: float, attack_s: float = 0.005, release_s: float = 0.03, half_life_s: float | None = None
) -> np.ndarray:
    """A gain for every sample: linear attack and release, and between them a decay if it has a half-life."""
    t = times(duration_s)
    gain = np.minimum(1.0, t / attack_s) * np.clip((duration_s - t) / release_s, 0.0, 1.0)
    return gain if half_life_s is None else gain * np.exp2(-t / half_life_s)


def cut(sound: np.ndarray, duration_s: float, release_s: float = 0.06) -> np.ndarray:
    """The beginning of a sound, faded out as when a damper falls on the string."""
    n = min(len(sound), round((duration_s + release_s) * SAMPLE_RATE_HZ))
    n_fade = min(n, round(release_s * SAMPLE_RATE_HZ))
    out = sound[:n].copy()
    out[n - n_fade :] *= np.linspace(1.0, 0.0, n_fade, dtype=np.float32)
    return out


def dulled(sound: np.ndarray, n: int) -> np.ndarray:
    """The sound without what is much shorter than ``n`` samples: two moving averages in a row."""
    return uniform_filter1d(uniform_filter1d(sound, n), n)


def place(lane: np.ndarray, sound: np.ndarray, at_s: float, gain: float) -> None:
    """Add a sound to a longer lane from ``at_s`` on; what hangs over the ends is lost."""
    start = round(at_s * SAMPLE_RATE_HZ)
    sound = sound[max(0, -start) : max(0, len(lane) - start)]
    start = max(0, start)
    lane[start : start + len(sound)] += sound * np.float32(gain)


def voice(play: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A voice that remembers its last notes: a piece asks for the same few over and over."""

    @lru_cache(maxsize=96)
    @wraps(play)
    def remembered(*args: float, **kwargs: float) -> np.ndarray:
        sound = play(*args, **kwargs).astype(np.float32)
        sound.setflags(write=False)  # one array is shared by all who ask
        return sound

    return remembered
