"""The network: given statistics and learned texture, two views that vote together.

Both run through time, so any length goes in and logits over time come out:

    mel (batch, 128, n_frames) -> BandStatistics -> one hidden layer   -> logits per step  \\
                               -> Trunk, a small residual CNN          -> logits per step  -> mean

Beside the genres, each view describes the clip to a teacher (`Outlook.teacher`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from segue.research.training.config import NetworkConfig
from segue.research.training.statistics import BandStatistics

# Features beyond this many standard deviations are held there: strange sounds must not shout.
_LIMIT = 5.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one view makes of a batch."""

    logits: Tensor  # (batch, n_steps, n_classes)
    teacher: Tensor  # (batch, n_teacher): a guess at the teacher's description of the whole input
    hidden: Tensor  # (batch, n_hidden, n_steps)


class StatisticsView(nn.Module):
    """Judges by `BandStatistics`: a linear path and one hidden layer on standardised features."""

    def __init__(
        self, statistics: BandStatistics, config: NetworkConfig, n_classes: int, n_teacher: int
    ) -> None:
        super().__init__()
        n = statistics.n_features
        self.statistics = statistics
        self.register_buffer("mean", torch.zeros(1, n, 1))
        self.register_buffer("std", torch.ones(1, n, 1))
        self.drop = nn.Dropout(config.feature_dropout)
        self.hidden = nn.Sequential(
            nn.Conv1d(n, config.n_hidden, 1, bias=False), nn.BatchNorm1d(config.n_hidden), nn.ReLU()
        )
        self.drop_hidden = nn.Dropout(config.dropout)
        self.linear = nn.Conv1d(n, n_classes, 1)
        self.genres = nn.Conv1d(config.n_hidden, n_classes, 1)
        self.teacher = nn.Linear(config.n_hidden, n_teacher)
        nn.init.zeros_(self.linear.weight)

    def fit_scale(self, mel: Tensor) -> None:
        """Learn mean and spread of the features from training clips ``(n, n_mels, n_frames)``."""
        with torch.no_grad():
            features = torch.cat([self.statistics(part) for part in mel.split(32)])
        self.mean.copy_(features.mean(dim=(0, 2), keepdim=True))
        self.std.copy_(features.std(dim=(0, 2), keepdim=True) + 1e-4)

    def features(self, mel: Tensor) -> Tensor:
        """Standardised statistics ``(batch, n_features, n_steps)``."""
        return ((self.statistics(mel) - self.mean) / self.std).clamp(-_LIMIT, _LIMIT)

    def forward(self, mel: Tensor) -> Outlook:
        return self.judge(self.features(mel))

    def judge(self, features: Tensor) -> Outlook:
        """What standardised statistics mean; `forward` from half way."""
        seen = self.drop(features)
        hidden = self.hidden(seen)
        judged = self.drop_hidden(hidden)
        logits = self.genres(judged) + self.linear(seen)
        return Outlook(logits.transpose(1, 2), self.teacher(judged.mean(dim=2)), hidden)


class Residual(nn.Module):
    """Two 3 x 3 convolutions around a shortcut (He et al. 2016), the first with a stride."""

    def __init__(self, n_in: int, n_out: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(stride, stride, ceil_mode=True),
            nn.Conv2d(n_in, n_out, 1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        nn.init.zeros_(self.path[-1].weight)  # starts as the shortcut alone

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.path(x) + self.shortcut(x))


class TextureView(nn.Module):
    """Judges by a residual CNN over time and frequency, 16 frames (1.2 s) a step."""

    _STRIDES = ((2, 2), (2, 2), (2, 2), (2, 1))

    def __init__(self, n_mels: int, config: NetworkConfig, n_classes: int, n_teacher: int) -> None:
        super().__init__()
        widths = config.trunk_widths
        self.scale = nn.BatchNorm1d(n_mels, affine=False)
        self.stem = nn.Sequential(
            nn.Conv2d(1, widths[0], 5, 2, padding=2, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            *(Residual(a, b, stride) for a, b, stride in zip(widths, widths[1:], self._STRIDES, strict=False))
        )
        n_bands = n_mels // 2 ** len(widths)
        self.hidden = nn.Sequential(
            nn.Conv1d(widths[-1] * n_bands, config.n_texture, 1, bias=False),
            nn.BatchNorm1d(config.n_texture),
            nn.ReLU(),
        )
        self.drop = nn.Dropout(config.dropout)
        self.genres = nn.Conv1d(config.n_texture, n_classes, 1)
        self.teacher = nn.Linear(config.n_texture, n_teacher)

    def forward(self, mel: Tensor) -> Outlook:
        image = self.scale(mel)[:, None].contiguous(memory_format=torch.channels_last)
        hidden = self.hidden(self.blocks(self.stem(image)).flatten(1, 2))
        judged = self.drop(hidden)
        return Outlook(self.genres(judged).transpose(1, 2), self.teacher(judged.mean(dim=2)), hidden)


class SegueNet(nn.Module):
    """Both views of a mel spectrogram ``(batch, n_mels, n_frames)`` in [0, 1]."""

    def __init__(
        self, config: NetworkConfig, n_mels: int, frame_rate_hz: float, n_classes: int, n_teacher: int
    ) -> None:
        super().__init__()
        statistics = BandStatistics(n_mels, frame_rate_hz, config.context, config.stride)
        self.by_statistics = StatisticsView(statistics, config, n_classes, n_teacher)
        self.by_texture = TextureView(n_mels, config, n_classes, n_teacher)

    def forward(self, mel: Tensor) -> tuple[Outlook, Outlook]:
        """Return the outlook of each view; they have equally many steps."""
        return self.by_statistics(mel), self.by_texture(mel)


def agreed(outlooks: tuple[Outlook, ...]) -> Tensor:
    """Return the mean of the views' logits ``(batch, n_steps, n_classes)``."""
    return torch.stack([outlook.logits for outlook in outlooks]).mean(dim=0)


def n_parameters(network: nn.Module) -> int:
    """Return how many numbers training can move."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
