"""The network of segue-s-v2: two views of one mel spectrogram, joined, with genres, tags and teachers on top.

    mel (batch, 128, n_frames) -> BandStatistics -> hidden  \\
                               -> Trunk, a residual CNN      -> joint -> genres, tags, teachers' embeddings

Everything goes through time in steps of 16 frames (1.24 s), so any length can be heard.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from segue.research.training.network import Residual
from segue.research.training.statistics import BandStatistics

_LIMIT = 5.0
STEP_FRAMES = 16


@dataclass(frozen=True, slots=True)
class DistilNetConfig:
    """The shape of the network."""

    widths: tuple[int, ...] = (32, 48, 96, 128, 192)
    n_texture: int = 320
    n_statistics: int = 192
    n_joint: int = 384
    dropout: float = 0.2
    feature_dropout: float = 0.3


class Trunk(nn.Module):
    """A residual CNN over time and frequency, 16 frames a step."""

    _STRIDES = ((2, 2), (2, 2), (2, 2), (2, 1))

    def __init__(self, n_mels: int, config: DistilNetConfig) -> None:
        super().__init__()
        widths = config.widths
        self.scale = nn.BatchNorm1d(n_mels, affine=False)
        self.stem = nn.Sequential(
            nn.Conv2d(1, widths[0], 5, 2, padding=2, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            *(Residual(a, b, stride) for a, b, stride in zip(widths, widths[1:], self._STRIDES, strict=False))
        )
        self.hidden = nn.Sequential(
            nn.Conv1d(widths[-1] * n_mels // 2 ** len(widths), config.n_texture, 1, bias=False),
            nn.BatchNorm1d(config.n_texture),
            nn.ReLU(),
        )

    def forward(self, mel: Tensor) -> Tensor:
        image = self.scale(mel)[:, None].contiguous(memory_format=torch.channels_last)
        found: Tensor = self.hidden(self.blocks(self.stem(image)).flatten(1, 2))
        return found


class DistilNet(nn.Module):
    """Mel ``(batch, n_mels, n_frames)`` in [0, 1] to what `listen` returns; heads by name in ``heads``."""

    def __init__(
        self, config: DistilNetConfig, n_mels: int, frame_rate_hz: float, context: int, heads: dict[str, int]
    ) -> None:
        super().__init__()
        self.statistics = BandStatistics(n_mels, frame_rate_hz, context, STEP_FRAMES)
        n = self.statistics.n_features
        self.register_buffer("mean", torch.zeros(1, n, 1))
        self.register_buffer("std", torch.ones(1, n, 1))
        self.drop_features = nn.Dropout(config.feature_dropout)
        self.by_statistics = nn.Sequential(
            nn.Conv1d(n, config.n_statistics, 1, bias=False), nn.BatchNorm1d(config.n_statistics), nn.ReLU()
        )
        self.trunk = Trunk(n_mels, config)
        self.joint = nn.Sequential(
            nn.Conv1d(config.n_statistics + config.n_texture, config.n_joint, 1, bias=False),
            nn.BatchNorm1d(config.n_joint),
            nn.ReLU(),
        )
        self.drop = nn.Dropout(config.dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(config.n_joint, width) for name, width in heads.items()})

    @torch.no_grad()
    def fit_scales(self, mel: Tensor) -> None:
        """Learn mean and spread of features and bands from clips ``(n, n_mels, n_frames)``."""
        features = torch.cat([self.statistics(part) for part in mel.split(32)])
        self.mean.copy_(features.mean(dim=(0, 2), keepdim=True))
        self.std.copy_(features.std(dim=(0, 2), keepdim=True) + 1e-3)
        self.trunk.scale.running_mean.copy_(mel.mean(dim=(0, 2)))
        self.trunk.scale.running_var.copy_(mel.var(dim=(0, 2)))

    def features(self, mel: Tensor) -> Tensor:
        """Standardised statistics ``(batch, n_features, n_steps)``."""
        return ((self.statistics(mel) - self.mean) / self.std).clamp(-_LIMIT, _LIMIT)

    def views(self, mel: Tensor, features: Tensor) -> Tensor:
        """Hidden layers of both views, side by side: ``(batch, n_statistics + n_texture, n_steps)``."""
        by_statistics = self.by_statistics(self.drop_features(features))
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            texture = self.trunk(mel)
        return torch.cat((by_statistics, texture.float()), dim=1)

    def listen(self, mel: Tensor) -> Tensor:
        """The joint layer ``(batch, n_joint, n_steps)``, which all heads read."""
        joined: Tensor = self.joint(self.views(mel, self.features(mel)))
        return joined


def unit_means(joint: Tensor, steps: int = 4) -> Tensor:
    """Means of ``(batch, n, n_steps)`` over units of ``steps`` steps: ``(batch, n_units, n)``; a rest is left out."""
    n_units = joint.shape[2] // steps
    return functional.avg_pool1d(joint[:, :, : n_units * steps], steps).transpose(1, 2)
