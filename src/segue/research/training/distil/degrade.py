"""What recordings suffer, done to mel spectrograms: missing bandwidth, noise, other ranges, silence.

All functions take and return float32 ``(batch, n_mels, n_frames)`` in [0, 1], where 1 is the window's
maximum and 0 is 80 dB below it, and draw from the `torch.Generator` they are given. The student hears
the result; its teachers heard the clean recording.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from segue.research.training.augment import equalise, mask, shift_bands
from segue.research.training.config import AugmentConfig
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import hz_to_mel

_RANGE_DB = MEL128_V1.top_db


@dataclass(frozen=True, slots=True)
class DegradeConfig:
    """How often and how far; shares are of the clips of a batch."""

    low_pass_share: float = 0.5
    low_pass_hz: tuple[float, float] = (2_500.0, 11_000.0)
    high_pass_share: float = 0.1
    high_pass_hz: tuple[float, float] = (60.0, 300.0)
    noise_share: float = 0.25
    noise_db: tuple[float, float] = (-78.0, -35.0)  # of each band, below the window's maximum
    range_jitter: tuple[float, float] = (0.9, 1.15)  # what the distance from the maximum is multiplied by
    silence_share: float = 0.1
    silence_frames: int = 40  # at most, 3 s
    clean_share: float = 0.15  # clips that stay as they are


def degrade(
    mel: Tensor, fill: Tensor, config: DegradeConfig, augment: AugmentConfig, rng: torch.Generator
) -> Tensor:
    """Return clips degraded at random; ``fill`` ``(n_mels,)`` is what masked stretches are filled with."""
    worse = shift_bands(mel, augment.band_shift, rng)
    worse = equalise(worse, augment.equaliser, augment.gain, rng)
    worse = low_pass(worse, config.low_pass_share, config.low_pass_hz, rng)
    worse = high_pass(worse, config.high_pass_share, config.high_pass_hz, rng)
    worse = noise_floor(worse, config.noise_share, config.noise_db, rng)
    low, high = config.range_jitter
    factor = low + (high - low) * torch.rand(len(mel), 1, 1, generator=rng)
    worse = (1.0 - (1.0 - worse) * factor).clamp(0.0, 1.0)
    worse = silence(worse, config.silence_share, config.silence_frames, rng)
    worse = mask(worse, fill, augment.band_mask, augment.frame_mask, rng)
    clean = torch.rand(len(mel), 1, 1, generator=rng) < config.clean_share
    return torch.where(clean, mel, worse)


def low_pass(mel: Tensor, share: float, range_hz: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Return a share of the clips without what lies above a random frequency: a cliff, or 60 to 480 dB an octave."""
    return _cut(mel, share, range_hz, above=True, rng=rng)


def high_pass(mel: Tensor, share: float, range_hz: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Return a share of the clips with less and less of what lies below a random frequency."""
    return _cut(mel, share, range_hz, above=False, rng=rng)


def noise_floor(mel: Tensor, share: float, level_db: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Return a share of the clips with stationary noise of random level and slope added, as powers."""
    n, n_mels, _ = mel.shape
    chosen = torch.nonzero(torch.rand(n, generator=rng) < share)[:, 0]
    if not len(chosen):
        return mel
    some = mel[chosen]
    level = level_db[0] + (level_db[1] - level_db[0]) * torch.rand(len(some), 1, 1, generator=rng)
    slope = 30.0 * (2.0 * torch.rand(len(some), 1, 1, generator=rng) - 1.0)  # dB from one end to the other
    level = level + slope * (torch.linspace(0.0, 1.0, n_mels)[None, :, None] - 0.5)
    # Power of Gaussian noise in one bin is exponentially distributed.
    flutter = torch.rand(some.shape, generator=rng).clamp(min=1e-6).log().neg()
    scale = math.log(10.0) * _RANGE_DB / 10.0
    power = torch.exp((some - 1.0) * scale) + flutter * torch.exp(level / _RANGE_DB * scale)
    out = mel.clone()
    out[chosen] = (1.0 + power.log() / scale).clamp(0.0, 1.0)
    return out


def silence(mel: Tensor, share: float, most: int, rng: torch.Generator) -> Tensor:
    """Return a share of the clips with nothing in their first or last frames, up to ``most``."""
    n, _, n_frames = mel.shape
    length = (torch.rand(n, 1, generator=rng) * most) * (torch.rand(n, 1, generator=rng) < share)
    at_end = torch.rand(n, 1, generator=rng) < 0.5
    place = torch.arange(n_frames)[None, :]
    quiet = torch.where(at_end, place >= n_frames - length, place < length)
    return mel.masked_fill(quiet[:, None, :], 0.0)


def band_centres_hz() -> Tensor:
    """Return the middle frequency of each mel band, ``(n_mels,)``."""
    from segue.signal.mel import mel_to_hz

    low, high = hz_to_mel(torch.tensor([MEL128_V1.f_min_hz, MEL128_V1.f_max_hz]).numpy())
    steps = torch.linspace(float(low), float(high), MEL128_V1.n_mels + 2, dtype=torch.float64)[1:-1]
    return torch.from_numpy(mel_to_hz(steps.numpy())).float()


def _cut(
    mel: Tensor, share: float, range_hz: tuple[float, float], *, above: bool, rng: torch.Generator
) -> Tensor:
    n = len(mel)
    low, high = (math.log2(hz) for hz in range_hz)
    cut = low + (high - low) * torch.rand(n, 1, generator=rng)
    octaves = torch.log2(band_centres_hz())[None, :] - cut
    octaves = (octaves if above else -octaves).clamp(min=0.0)
    slope_db = 60.0 * 2.0 ** (3.0 * torch.rand(n, 1, generator=rng))
    slope_db = torch.where(torch.rand(n, 1, generator=rng) < 0.4, torch.full_like(slope_db, 4000.0), slope_db)
    slope_db = slope_db * (torch.rand(n, 1, generator=rng) < share)
    return (mel - (octaves * slope_db / _RANGE_DB)[:, :, None]).clamp(min=0.0)
