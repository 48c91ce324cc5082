"""From sounds to a finished stereo recording: panning, a room around it, a sane level."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from sound import SAMPLE_RATE_HZ, dulled, place

LOUDNESS_LUFS = -15.0
PEAK = 10 ** (-1 / 20)  # -1 dBFS
_LOOK_AHEAD = 441  # samples: 10 ms


class Mix:
    """A stereo recording in the making, and what is sent to its room."""

    def __init__(self, duration_s: float) -> None:
        self.n = round(duration_s * SAMPLE_RATE_HZ)
        self.dry = np.zeros((2, self.n), dtype=np.float32)
        self.to_room = np.zeros(self.n, dtype=np.float32)

    def add(
        self, sound: np.ndarray, at_s: float, gain: float = 1.0, pan: float = 0.0, room: float = 0.0
    ) -> None:
        """Lay a sound into the mix: ``pan`` from -1 (left) to 1, ``room`` the share sent to the reverb."""
        angle = (pan + 1) * np.pi / 4  # constant power
        place(self.dry[0], sound, at_s, gain * np.cos(angle))
        place(self.dry[1], sound, at_s, gain * np.sin(angle))
        if room:
            place(self.to_room, sound, at_s, gain * room)


def with_room(mix: Mix, decay_s: float) -> np.ndarray:
    """The mix in a room whose sound falls by 60 dB in ``decay_s``: ``(2, n)`` float32.

    The room is decaying noise, different left and right, its treble dying first.
    """
    t = np.arange(round(decay_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    noise = np.random.default_rng(11).standard_normal((2, len(t)))
    dark = dulled(noise, 12) * 15**0.5
    share = np.exp(-t / (0.15 * decay_s))
    answer = (noise * share + dark * (1 - share)) * np.exp(-6.9 * t / decay_s)
    answer /= np.sqrt((answer**2).sum(axis=1, keepdims=True))
    n = next_fast_len(mix.n + len(t), real=True)
    sent = rfft(mix.to_room, n)
    heard = irfft(sent * rfft(answer.astype(np.float32), n), n)
    return mix.dry + heard[:, : mix.n]


def fade_out(stereo: np.ndarray, duration_s: float) -> np.ndarray:
    """The recording with its last seconds brought down to nothing."""
    n = round(duration_s * SAMPLE_RATE_HZ)
    out = stereo.copy()
    out[:, -n:] *= np.cos(np.linspace(0, np.pi / 2, n, dtype=np.float32)) ** 2
    return out


def master(stereo: np.ndarray) -> np.ndarray:
    """The recording without rumble, at about -15 LUFS, no sample above -1 dBFS: ``(2, n)`` float32."""
    n = next_fast_len(stereo.shape[1], real=True)
    hertz = rfftfreq(n, 1 / SAMPLE_RATE_HZ).astype(np.float32)
    cleaned = rfft(stereo, n) * (hertz**2 / (hertz**2 + np.float32(25.0**2)))
    gain = 10 ** ((LOUDNESS_LUFS - _loudness_lufs(cleaned, hertz, n)) / 20)
    return limit(irfft(cleaned, n)[:, : stereo.shape[1]] * np.float32(gain))


def limit(stereo: np.ndarray) -> np.ndarray:
    """The recording turned down, smoothly and in time, wherever a peak would pass -1 dBFS."""
    peaks = maximum_filter1d(np.abs(stereo).max(axis=0), 2 * _LOOK_AHEAD + 1)
    gain = np.minimum(1.0, PEAK / np.maximum(peaks, 1e-9))
    return (stereo * uniform_filter1d(gain, _LOOK_AHEAD)).astype(np.float32)


def _loudness_lufs(spectra: np.ndarray, hertz: np.ndarray, n: int) -> float:
    """Loudness after ITU-R BS.1770 (2006), but without gates and with K-weighting by its outline only."""
    shelf = 1 + (10**0.4 - 1) * hertz**4 / (hertz**4 + 1500.0**4)  # power: +4 dB above 1.5 kHz
    highpass = (hertz**2 / (hertz**2 + 38.0**2)) ** 2
    power = (np.abs(spectra) ** 2 * (shelf * highpass)).sum() * 2 / n**2  # Parseval
    return float(-0.691 + 10 * np.log10(power))
