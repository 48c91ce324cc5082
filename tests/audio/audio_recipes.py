"""Formats the decoders are tested with, and synthetic audio whose answers are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEFT_HZ, LEFT_AMPLITUDE = 440.0, 0.5
RIGHT_HZ, RIGHT_AMPLITUDE = 1000.0, 0.25


@dataclass(frozen=True)
class Recipe:
    """How one format is made and what must come back from it."""

    extension: str
    container: str
    codec: str
    subtype: str | None = None  # made by soundfile with this subtype
    ffmpeg: tuple[str, ...] = ()  # or by ffmpeg with these options
    rate_hz: int = 44_100
    n_channels: int = 2
    length_tolerance: int = 0  # frames
    level_tolerance: float = 0.01  # of the amplitude
    tells_truncation: bool = True

    @property
    def duration_s(self) -> int:
        """Long enough for more than two blocks at any rate."""
        return 4 if self.rate_hz > 40_000 else 20


RECIPES = {
    "wav-u8": Recipe("wav", "wav", "pcm", "PCM_U8"),
    "wav-16": Recipe("wav", "wav", "pcm", "PCM_16"),
    "wav-24": Recipe("wav", "wav", "pcm", "PCM_24"),
    "wav-32": Recipe("wav", "wav", "pcm", "PCM_32"),
    "wav-float": Recipe("wav", "wav", "pcm_float", "FLOAT"),
    "wav-double": Recipe("wav", "wav", "pcm_float", "DOUBLE"),
    "wav-ulaw": Recipe("wav", "wav", "ulaw", "ULAW", level_tolerance=0.05),
    "wav-ms-adpcm": Recipe("wav", "wav", "adpcm_ms", "MS_ADPCM", length_tolerance=2048, level_tolerance=0.05),
    "wav-8khz": Recipe("wav", "wav", "pcm", "PCM_16", rate_hz=8_000),
    "wav-192khz": Recipe("wav", "wav", "pcm", "PCM_24", rate_hz=192_000),
    "wav-mono": Recipe("wav", "wav", "pcm", "PCM_16", n_channels=1),
    "wav-8-channels": Recipe("wav", "wav", "pcm", "PCM_16", n_channels=8),
    "rf64": Recipe("rf64", "rf64", "pcm", "PCM_16", tells_truncation=False),
    "w64": Recipe("w64", "w64", "pcm_16", "PCM_16", tells_truncation=False),
    "aiff": Recipe("aiff", "aiff", "pcm", "PCM_16"),
    "au": Recipe("au", "au", "pcm", "PCM_16", tells_truncation=False),
    "caf": Recipe("caf", "caf", "pcm", "PCM_16", tells_truncation=False),
    "flac-16": Recipe("flac", "flac", "flac", "PCM_16"),
    "flac-24": Recipe("flac", "flac", "flac", "PCM_24"),
    "flac-8-channels": Recipe("flac", "flac", "flac", "PCM_16", n_channels=8),
    "vorbis": Recipe("ogg", "ogg", "vorbis", "VORBIS", level_tolerance=0.05),
    "opus": Recipe("opus", "ogg", "opus", "OPUS", rate_hz=48_000, length_tolerance=960, level_tolerance=0.1),
    "mp3": Recipe("mp3", "mp3", "mp3", "MPEG_LAYER_III", length_tolerance=2304, level_tolerance=0.05),
    "mp3-mono-8khz": Recipe(
        "mp3",
        "mp3",
        "mp3",
        "MPEG_LAYER_III",
        rate_hz=8_000,
        n_channels=1,
        length_tolerance=2304,
        level_tolerance=0.05,
    ),
    "mp2": Recipe("mp2", "mp3", "mp2", ffmpeg=("-c:a", "mp2"), length_tolerance=2304, level_tolerance=0.05),
    "ogg-flac": Recipe("oga", "ogg", "flac", ffmpeg=("-c:a", "flac", "-f", "ogg")),
    "speex": Recipe(
        "spx",
        "ogg",
        "speex",
        ffmpeg=("-c:a", "libspeex", "-q:a", "10"),
        rate_hz=16_000,
        n_channels=1,
        length_tolerance=640,
        level_tolerance=0.25,
    ),
    "m4a-aac": Recipe(
        "m4a", "mp4", "aac", ffmpeg=("-c:a", "aac"), length_tolerance=1024, level_tolerance=0.05
    ),
    "m4a-alac": Recipe("m4a", "mp4", "alac", ffmpeg=("-c:a", "alac")),
    "adts": Recipe(
        "aac",
        "adts",
        "aac",
        ffmpeg=("-c:a", "aac"),
        length_tolerance=3072,
        level_tolerance=0.05,
        tells_truncation=False,
    ),
    "wma": Recipe(
        "wma", "asf", "wmav2", ffmpeg=("-c:a", "wmav2"), length_tolerance=8192, level_tolerance=0.05
    ),
    "wavpack": Recipe("wv", "wavpack", "wavpack", ffmpeg=("-c:a", "wavpack")),
    "matroska": Recipe("mka", "matroska", "flac", ffmpeg=("-c:a", "flac")),
    "webm": Recipe(
        "weba",
        "matroska",
        "opus",
        ffmpeg=("-c:a", "libopus", "-f", "webm"),
        rate_hz=48_000,
        length_tolerance=960,
        level_tolerance=0.1,
    ),
}


def tones(rate_hz: int, n_channels: int, duration_s: float) -> np.ndarray:
    """Even channels 440 Hz at 0.5, odd ones 1000 Hz at 0.25: (n_frames, n_channels) float64."""
    time_s = np.arange(int(rate_hz * duration_s)) / rate_hz
    left = LEFT_AMPLITUDE * np.sin(2 * np.pi * LEFT_HZ * time_s)
    right = RIGHT_AMPLITUDE * np.sin(2 * np.pi * RIGHT_HZ * time_s)
    return np.stack([right if channel % 2 else left for channel in range(n_channels)], axis=1)


def music(rate_hz: int = 44_100, duration_s: float = 6.0, seed: int = 0) -> np.ndarray:
    """Random notes over faint noise, two channels: no two moments alike, so that cuts show."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(int(rate_hz * 0.25)) / rate_hz
    notes = []
    for _ in range(int(duration_s / 0.25)):
        hz = 440.0 * 2 ** (rng.integers(-24, 24) / 12)
        note = 0.4 * np.sin(2 * np.pi * hz * time_s) * np.exp(-4 * time_s)
        notes.append(np.stack([note, note * rng.uniform(0.2, 1.0)], axis=1))
    samples = np.concatenate(notes)
    return samples + 0.01 * rng.standard_normal(samples.shape)
