"""A drum kit made of falling sines and filtered noise; every stroke of a drum is the same sound."""

from __future__ import annotations

import numpy as np

from sound import envelope, times, voice


def _noise(duration_s: float, take: int) -> np.ndarray:
    return np.random.default_rng(take).uniform(-1.0, 1.0, len(times(duration_s)))


def _brightened(noise: np.ndarray, times_over: int) -> np.ndarray:
    """Noise that has lost its bass: each difference between neighbours takes 6 dB an octave."""
    bright = np.diff(noise, n=times_over, prepend=[0.0] * times_over)
    return bright / np.abs(bright).max()


@voice
def kick(high_hz: float = 160.0, low_hz: float = 48.0, half_life_s: float = 0.09) -> np.ndarray:
    """A bass drum: a sine that falls from ``high_hz`` to ``low_hz``, and the beater's click."""
    t = times(0.4)
    fall_s = 0.03
    phase = low_hz * t + (high_hz - low_hz) * fall_s * (1 - np.exp(-t / fall_s))
    click = _noise(0.4, 1) * np.exp2(-t / 0.002) * 0.3
    return (np.sin(2 * np.pi * phase) + click) * envelope(0.4, 0.001, 0.05, half_life_s)


@voice
def snare(tone_hz: float = 190.0, half_life_s: float = 0.05) -> np.ndarray:
    """A snare drum: a short drum tone under its rattling wires."""
    t = times(0.35)
    skin = np.sin(2 * np.pi * tone_hz * t) * np.exp2(-t / 0.03)
    wires = _brightened(_noise(0.35, 2), 1) * np.exp2(-t / half_life_s)
    return (0.6 * skin + 0.8 * wires) * envelope(0.35, 0.001)


@voice
def clap() -> np.ndarray:
    """Four hands that do not quite agree, 11 ms apart."""
    t = times(0.3)
    bursts = sum(np.exp2(-(t - late_s) / 0.006) * (t >= late_s) for late_s in (0.0, 0.011, 0.022))
    tail = np.exp2(-(t - 0.033) / 0.035) * (t >= 0.033)
    return _brightened(_noise(0.3, 3), 1) * (0.7 * bursts + tail)


@voice
def hat(half_life_s: float = 0.015) -> np.ndarray:
    """A hi-hat: closed at 15 ms of half-life, open from about 80 ms on."""
    duration_s = min(0.6, 8 * half_life_s)
    return _brightened(_noise(duration_s, 4), 3) * envelope(duration_s, 0.0005, 0.01, half_life_s)


@voice
def crash() -> np.ndarray:
    """A crash cymbal: two seconds of bright noise."""
    return _brightened(_noise(2.0, 5), 2) * envelope(2.0, 0.002, 0.3, half_life_s=0.35)


@voice
def rim() -> np.ndarray:
    """A stick across the rim: a dry wooden knock."""
    t = times(0.12)
    wood = np.sin(2 * np.pi * 820 * t) + 0.6 * np.sin(2 * np.pi * 1730 * t)
    return wood * 0.6 * np.exp2(-t / 0.012)


@voice
def shaker() -> np.ndarray:
    """A shaker: a soft grain of treble."""
    return _brightened(_noise(0.09, 6), 2) * envelope(0.09, 0.03, 0.05)
