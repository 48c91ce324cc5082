"""The genre head: a joint layer of its own and a linear layer on the frozen views, taught by labels and by outliers.

The views of every clip are computed once under many degradations, so that a head takes a minute and several seeds,
or ten leave-one-class-out heads, cost little.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from segue.research.training.config import AugmentConfig
from segue.research.training.distil.degrade import DegradeConfig, degrade
from segue.research.training.distil.network import DistilNet
from segue.research.training.distil.pretrain import follow


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """How a head is taught."""

    epochs: int = 30
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    dropout: float = 0.5
    ema_decay: float = 0.99
    mixup_alpha: float = 0.4
    mixup_share: float = 0.7
    outlier_weight: float = 0.5
    outliers_per_batch: int = 16
    joint: bool = True  # a joint layer that starts as the pre-trained one and moves; else only a linear layer
    joint_rate: float = 0.3  # its learning rate, as a share
    steps: int = 8  # of 1.24 s that are heard of a clip at a time
    seed: int = 0


class GenreHead(nn.Module):
    """Views ``(batch, n_views, n_steps)`` to logits ``(batch, n_steps, n_classes)``."""

    def __init__(self, network: DistilNet, n_classes: int, config: HeadConfig) -> None:
        super().__init__()
        self.joint = copy.deepcopy(network.joint)
        for parameter in self.joint.parameters():
            parameter.requires_grad_(config.joint)
        self.drop = nn.Dropout(config.dropout)
        self.genres = nn.Conv1d(self.joint[0].out_channels, n_classes, 1)
        nn.init.zeros_(self.genres.weight)
        nn.init.zeros_(self.genres.bias)

    def forward(self, views: Tensor) -> Tensor:
        logits: Tensor = self.genres(self.drop(self.joint(views)))
        return logits.transpose(1, 2)


@torch.no_grad()
def views_of(
    network: DistilNet,
    mel: np.ndarray,
    *,
    copies: int,
    seed: int,
    config: DegradeConfig | None = None,
    augment: AugmentConfig | None = None,
) -> Tensor:
    """Return float16 views ``(copies, n, n_views, n_steps)`` of uint8 clips: each copy degraded anew; one is clean if 0."""
    network.eval()
    rng = torch.Generator().manual_seed(seed)
    fill = network.trunk.scale.running_mean
    rounds = []
    for _ in range(max(1, copies)):
        parts = []
        for part in torch.from_numpy(mel).split(32):
            clips = part.float() / 255.0
            if copies:
                clips = degrade(clips, fill, config or DegradeConfig(), augment or AugmentConfig(), rng)
            with torch.autocast("cpu", torch.bfloat16, enabled=copies > 0):
                texture = network.trunk(clips)
            by_statistics = network.by_statistics(network.features(clips))
            parts.append(torch.cat((by_statistics, texture.float()), dim=1).half())
        rounds.append(torch.cat(parts))
    return torch.stack(rounds)


def teach_head(
    network: DistilNet,
    views: Tensor,
    targets: np.ndarray,
    outliers: Tensor | None,
    outlier_targets: np.ndarray | None,
    config: HeadConfig,
) -> GenreHead:
    """Return the running mean of a head taught on ``views`` ``(copies, n, ...)`` and ``targets`` ``(n, n_classes)``.

    ``outliers`` ``(copies, m, ...)`` have targets of their own, mostly equal probabilities.
    """
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    head = GenreHead(network, targets.shape[1], config)
    answer = copy.deepcopy(head).eval()
    groups = [{"params": head.genres.parameters(), "lr": config.learning_rate}]
    rates = [config.learning_rate]
    if config.joint:
        groups.append({"params": head.joint.parameters(), "lr": config.learning_rate * config.joint_rate})
        rates.append(config.learning_rate * config.joint_rate)
    optimiser = torch.optim.AdamW(groups, weight_decay=config.weight_decay)
    n_copies, n = views.shape[:2]
    n_steps = max(1, n // config.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, config.epochs * n_steps + 1, pct_start=0.1
    )
    wanted = torch.from_numpy(targets.astype(np.float32))
    others = None if outlier_targets is None else torch.from_numpy(outlier_targets.astype(np.float32))
    step = 0
    for _ in range(config.epochs):
        head.train()
        order = rng.permutation(n)
        for k in range(n_steps):
            rows = order[k * config.batch_size : (k + 1) * config.batch_size]
            # A stretch of the clip is enough, and three times as fast.
            first = int(rng.integers(max(1, views.shape[3] - config.steps + 1)))
            heard = slice(first, first + config.steps)
            x = views[rng.integers(n_copies, size=len(rows)), rows][..., heard].float()
            target = wanted[rows]
            if rng.random() < config.mixup_share:
                partner = torch.from_numpy(rng.permutation(len(rows)))
                weight = torch.from_numpy(
                    rng.beta(config.mixup_alpha, config.mixup_alpha, len(rows)).astype(np.float32)
                )
                x = weight[:, None, None] * x + (1 - weight)[:, None, None] * x[partner]
                target = weight[:, None] * target + (1 - weight)[:, None] * target[partner]
            n_labelled = len(x)
            if outliers is not None and others is not None:
                drawn = rng.integers(outliers.shape[1], size=config.outliers_per_batch)
                extra = outliers[rng.integers(outliers.shape[0], size=len(drawn)), drawn][..., heard].float()
                x = torch.cat((x, extra))
            log_p = head(x).mean(dim=1).log_softmax(dim=1)
            loss = -(target * log_p[:n_labelled]).sum(dim=1).mean()
            if outliers is not None and others is not None:
                loss = loss - config.outlier_weight * (others[drawn] * log_p[n_labelled:]).sum(dim=1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
            follow(answer, head, min(config.ema_decay, (1 + step) / (10 + step)))
    return answer


@torch.no_grad()
def head_logits(head: GenreHead, views: Tensor) -> list[np.ndarray]:
    """Return logits ``(n_steps, n_classes)`` of each clip from its views ``(n, n_views, n_steps)``."""
    head.eval()
    return list(torch.cat([head(part.float()) for part in views.split(64)]).numpy())
