"""Varying clips so that the network learns music, not recordings.

All functions take and return float32 ``(batch, n_mels, n_frames)`` in [0, 1] and draw from the
`torch.Generator` they are given. They pick whole frames and bands and never interpolate.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from segue.research.training.config import AugmentConfig

_KNOTS = 8


def crop(mel: Tensor, n_frames: int, rng: torch.Generator) -> Tensor:
    """Return a stretch of ``n_frames`` of each clip from a random start; a clip no longer than that stays whole."""
    spare = mel.shape[2] - n_frames
    if spare <= 0:
        return mel
    starts = torch.randint(spare + 1, (len(mel),), generator=rng)
    frames = starts[:, None] + torch.arange(n_frames)
    return torch.gather(mel, 2, frames[:, None, :].expand(-1, mel.shape[1], -1))


def shift_bands(mel: Tensor, most: int, rng: torch.Generator) -> Tensor:
    """Return clips moved up or down by up to ``most`` bands, the edge band repeated: a change of pitch or speed."""
    shifts = torch.randint(-most, most + 1, (len(mel),), generator=rng)
    bands = (torch.arange(mel.shape[1]) + shifts[:, None]).clamp(0, mel.shape[1] - 1)
    return torch.gather(mel, 1, bands[:, :, None].expand(-1, -1, mel.shape[2]))


def equalise(mel: Tensor, spread: float, gain: float, rng: torch.Generator) -> Tensor:
    """Return clips through a random smooth tone curve and gain: another microphone, another mastering.

    In a spectrogram in decibels both are additions. The curve's strength differs from clip to clip.
    """
    strength = spread * torch.rand(len(mel), 1, 1, generator=rng)
    knots = strength * torch.randn(len(mel), 1, _KNOTS, generator=rng)
    curve = functional.interpolate(knots, size=mel.shape[1], mode="linear", align_corners=True).transpose(
        1, 2
    )
    level = gain * (2.0 * torch.rand(len(mel), 1, 1, generator=rng) - 1.0)
    return (mel + curve + level).clamp(0.0, 1.0)


def mask(mel: Tensor, fill: Tensor, bands: int, frames: int, rng: torch.Generator) -> Tensor:
    """Return clips with one stretch of up to ``bands`` and one of up to ``frames`` replaced by ``fill``.

    ``fill`` is ``(n_mels,)``, the mean of the training clips. SpecAugment (Park et al. 2019).
    """
    hidden = _stretch(len(mel), mel.shape[1], bands, rng)[:, :, None]
    hidden = hidden | _stretch(len(mel), mel.shape[2], frames, rng)[:, None, :]
    return torch.where(hidden, fill[None, :, None], mel)


def vary(mel: Tensor, fill: Tensor, config: AugmentConfig, rng: torch.Generator) -> Tensor:
    """Return clips shifted, equalised and masked, in this order."""
    shifted = shift_bands(mel, config.band_shift, rng)
    equalised = equalise(shifted, config.equaliser, config.gain, rng)
    return mask(equalised, fill, config.band_mask, config.frame_mask, rng)


def mixup_weights(n: int, config: AugmentConfig, rng: np.random.Generator) -> np.ndarray:
    """Return how much of each clip stays when clips are mixed in pairs, ``(n,)`` in [0, 1].

    A batch is mixed with probability ``mixup_share``; otherwise all ones. Beta-distributed (Zhang et al. 2018).
    """
    if rng.random() >= config.mixup_share:
        return np.ones(n, dtype=np.float32)
    return rng.beta(config.mixup_alpha, config.mixup_alpha, size=n).astype(np.float32)


def blend(first: Tensor, second: Tensor, weights: Tensor) -> Tensor:
    """Return ``weights * first + (1 - weights) * second`` row by row; ``weights`` is ``(batch,)``."""
    by_row = weights.reshape(-1, *[1] * (first.dim() - 1))
    return by_row * first + (1.0 - by_row) * second


def _stretch(n: int, length: int, longest: int, rng: torch.Generator) -> Tensor:
    """Bool ``(n, length)``, true in one stretch of random place and length up to ``longest`` per row."""
    widths = torch.rand(n, 1, generator=rng) * longest
    starts = torch.rand(n, 1, generator=rng) * (length - widths)
    place = torch.arange(length)[None, :]
    return (place >= starts) & (place < starts + widths)
