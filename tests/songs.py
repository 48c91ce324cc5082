"""Short pieces of audio with known content, for tests that need files rather than music."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 22_050


def tune(seconds: float, seed: int, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return float32 ``(n,)``: plucked notes of a seeded melody over a bass, different for every seed."""
    rng = np.random.default_rng(seed)
    samples = np.zeros(int(seconds * rate_hz), dtype=np.float32)
    step = int(rate_hz * rng.uniform(0.15, 0.4))
    t = np.arange(step * 2) / rate_hz
    for start in range(0, len(samples), step):
        hz = 110.0 * 2 ** (rng.integers(0, 36) / 12)
        note = np.exp(-t * rng.uniform(4, 12)) * sum(np.sin(2 * np.pi * hz * k * t) / k for k in (1, 2, 3))
        end = min(len(samples), start + len(note))
        samples[start:end] += 0.2 * note[: end - start].astype(np.float32)
    return samples


def write_song(path: Path, seconds: float = 6.0, seed: int = 0, **tags: str) -> Path:
    """Write a tune to ``path`` in the format its name says, with tags, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subtype = {".ogg": "VORBIS", ".opus": "OPUS", ".mp3": "MPEG_LAYER_III"}.get(path.suffix, "PCM_16")
    container = {".ogg": "OGG", ".opus": "OGG", ".mp3": "MP3", ".flac": "FLAC", ".wav": "WAV"}[path.suffix]
    rate_hz = 48_000 if path.suffix == ".opus" else RATE_HZ
    with soundfile.SoundFile(path, "w", rate_hz, 1, subtype, format=container) as file:
        for name, value in tags.items():
            setattr(file, name, value)
        file.write(tune(seconds, seed, rate_hz))
    return path
