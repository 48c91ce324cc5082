"""Music made to order, with one fault at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 44_100


def music(seconds: float, seed: int, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return float32 ``(n,)``: chords, a melody and a shaker whose noise reaches every frequency; no two seeds alike."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate_hz)
    samples = np.zeros(n)
    at = 0
    while at < n:
        length = int(rng.uniform(0.12, 0.5) * rate_hz)
        t = np.arange(min(2 * length, n - at)) / rate_hz
        for hz in 110.0 * 2 ** (rng.choice(40, 3, replace=False) / 12):
            tone = sum(np.sin(2 * np.pi * hz * k * t + rng.uniform(0, 6)) / k**1.2 for k in range(1, 9))
            samples[at : at + len(t)] += rng.uniform(0.03, 0.12) * tone * np.exp(-t * rng.uniform(3, 9))
        hit = np.exp(-t[: length // 2] * 40) * rng.normal(0, 0.05, len(t[: length // 2]))
        samples[at : at + len(hit)] += hit
        at += length
    return (0.7 * samples / np.abs(samples).max()).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    """Write 16-bit samples, clipped at full scale, in the format the name says."""
    subtype = {".mp3": "MPEG_LAYER_III", ".ogg": "VORBIS"}.get(path.suffix, "PCM_16")
    soundfile.write(path, np.clip(samples, -1.0, 1.0), rate_hz, subtype)
    return path


def low_passed(samples: np.ndarray, hz: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return the samples without anything above ``hz``."""
    spectrum = np.fft.rfft(samples)
    spectrum[int(hz * len(samples) / rate_hz) :] = 0.0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def hummed(samples: np.ndarray, mains_hz: float, level: float = 0.01, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return the samples with hum of five harmonics added."""
    t = np.arange(len(samples)) / rate_hz
    hum = sum(np.sin(2 * np.pi * mains_hz * k * t) / k for k in range(1, 6))
    return (samples + level * hum).astype(np.float32)


def toned(samples: np.ndarray, hz: float, level: float = 0.02, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return the samples with one steady tone added."""
    t = np.arange(len(samples)) / rate_hz
    return (samples + level * np.sin(2 * np.pi * hz * t)).astype(np.float32)
