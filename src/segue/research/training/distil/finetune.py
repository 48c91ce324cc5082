"""Fine-tuning the whole network on genre labels while it goes on describing what its teachers heard.

Half of what it hears are labelled clips, mixed in pairs; the rest is unlabelled music, whose targets are the teachers'
embeddings and tags and, for what resembles no class, equal probabilities (outlier exposure, Hendrycks et al. 2019).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from segue.research.training.augment import blend, mixup_weights
from segue.research.training.config import AugmentConfig
from segue.research.training.distil.degrade import DegradeConfig, degrade
from segue.research.training.distil.head import GenreHead, HeadConfig
from segue.research.training.distil.material import UNIT_FRAMES, Segments
from segue.research.training.distil.network import DistilNet
from segue.research.training.distil.pretrain import follow, teacher_losses

_CROP_UNITS = 4


@dataclass(frozen=True, slots=True)
class FinetuneConfig:
    """How long and how fast."""

    epochs: int = 25
    batch_size: int = 32
    others_per_batch: int = 12
    learning_rate: float = 6e-4
    head_rate: float = 1.5e-3
    weight_decay: float = 0.05
    teacher_weight: float = 0.3
    outlier_weight: float = 0.5
    ema_decay: float = 0.99
    seed: int = 0
    head: HeadConfig = field(default_factory=HeadConfig)
    degrade: DegradeConfig = field(default_factory=DegradeConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)


class Labelled(nn.Module):
    """A network with its genre head."""

    def __init__(self, network: DistilNet, head: GenreHead) -> None:
        super().__init__()
        self.network, self.head = network, head


def finetune(
    network: DistilNet,
    mel: np.ndarray,
    targets: np.ndarray,
    segments: Segments,
    others: np.ndarray,
    other_targets: np.ndarray,
    config: FinetuneConfig,
    report: Callable[[int, float, Labelled], None],
) -> Labelled:
    """Return the running mean of the network and its head.

    ``mel`` uint8 ``(n, n_mels, 384)`` are labelled clips with ``targets`` ``(n, n_classes)``; ``others`` are rows of
    ``segments`` to hear beside them, with ``other_targets`` ``(len(others), n_classes)``.
    """
    torch.manual_seed(config.seed)
    rng, draw = torch.Generator().manual_seed(config.seed), np.random.default_rng(config.seed)
    pair = Labelled(copy.deepcopy(network), GenreHead(network, targets.shape[1], config.head))
    answer = copy.deepcopy(pair).eval()
    fill = network.trunk.scale.running_mean.clone()
    optimiser = torch.optim.AdamW(
        [
            {
                "params": [*pair.network.parameters(), *pair.head.joint.parameters()],
                "lr": config.learning_rate,
            },
            {"params": pair.head.genres.parameters(), "lr": config.head_rate},
        ],
        weight_decay=config.weight_decay,
    )
    n_steps = len(mel) // config.batch_size
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [config.learning_rate, config.head_rate],
        total_steps=config.epochs * n_steps + 1,
        pct_start=0.15,
    )
    clips, wanted = torch.from_numpy(mel), torch.from_numpy(targets.astype(np.float32))
    music, equal = torch.from_numpy(segments.mel), torch.from_numpy(other_targets.astype(np.float32))
    step = 0
    for epoch in range(1, config.epochs + 1):
        pair.train()
        pair.network.trunk.scale.eval()
        total = 0.0
        for rows in torch.randperm(len(clips), generator=rng)[: n_steps * config.batch_size].split(
            config.batch_size
        ):
            drawn = draw.integers(len(others), size=config.others_per_batch)
            picked = others[drawn]
            n = len(rows)
            first = torch.randint(3, (n + len(picked),), generator=rng)
            frames = first[:, None] * UNIT_FRAMES + torch.arange(_CROP_UNITS * UNIT_FRAMES)
            whole = torch.cat((clips[rows], music[picked]))
            heard = torch.gather(whole, 2, frames[:, None, :].expand(-1, whole.shape[1], -1)).float() / 255.0
            weights = torch.from_numpy(mixup_weights(n, config.augment, draw))
            partner = torch.randperm(n, generator=rng)
            mixed = blend(heard[:n], heard[:n][partner], weights)
            target = blend(wanted[rows], wanted[rows][partner], weights)
            heard = degrade(torch.cat((mixed, heard[n:])), fill, config.degrade, config.augment, rng)
            views = pair.network.views(heard, pair.network.features(heard))
            log_p = pair.head(views).mean(dim=1).log_softmax(dim=1)
            loss = -(target * log_p[:n]).sum(dim=1).mean()
            loss = loss - config.outlier_weight * (equal[drawn] * log_p[n:]).sum(dim=1).mean()
            units = (first[n:, None] + torch.arange(_CROP_UNITS)).numpy()
            taught = teacher_losses(pair.network, heard[n:], segments.targets, picked, units, views=views[n:])
            loss = loss + config.teacher_weight * taught["loss"]
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(pair.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            step += 1
            follow(answer, pair, min(config.ema_decay, (1 + step) / (10 + step)))
            total += loss.item() / n_steps
        report(epoch, total, answer)
    return answer
