"""Pre-training without genre labels: the student hears degraded segments and describes what teachers heard in clean ones.

Knowledge distillation (Hinton, Vinyals and Dean 2015) with several teachers, each regressed or matched by a
linear layer of its own on the joint layer.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from segue.research.training.config import AugmentConfig
from segue.research.training.distil.degrade import DegradeConfig, degrade
from segue.research.training.distil.material import UNIT_FRAMES, Segments, Target
from segue.research.training.distil.network import DistilNet, unit_means

_CROP_UNITS = 4
_LARGEST_GRADIENT = 2.0


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """How long and how fast."""

    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    ema_decay: float = 0.998
    copy_share: float = 0.5  # of the segments that have a coded copy, how many are heard as it
    seed: int = 0
    degrade: DegradeConfig = field(default_factory=DegradeConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)


def pretrain(
    network: DistilNet,
    segments: Segments,
    held_out: Segments | None,
    config: PretrainConfig,
    report: Callable[[int, dict[str, float]], None],
    done: Callable[[int, int], float] = lambda step, n_steps: step / n_steps,
) -> DistilNet:
    """Return the running mean (Polyak and Juditsky 1992) of ``network`` taught on ``segments``.

    ``report`` is given every epoch's number and losses, and those on ``held_out`` clean segments. ``done`` says of a step
    how much of training is over, from 0 to 1, where the learning rate is least: where time is short, by the clock.
    """
    torch.manual_seed(config.seed)
    rng = torch.Generator().manual_seed(config.seed)
    sample = torch.from_numpy(segments.mel[:: max(1, len(segments.mel) // 400)]).float() / 255.0
    network.fit_scales(sample)
    fill = sample.mean(dim=(0, 2))
    network.trunk.to(memory_format=torch.channels_last)
    answer = copy.deepcopy(network).eval()
    decayed = [p for p in network.parameters() if p.dim() > 1]
    plain = [p for p in network.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate,
    )
    n_steps = len(segments.mel) // config.batch_size
    mel, copies = torch.from_numpy(segments.mel), torch.from_numpy(segments.copies)
    copy_row = torch.from_numpy(segments.copy)
    step = 0
    for group in optimiser.param_groups:
        group["lr"] = config.learning_rate * one_cycle(0.0)
    for epoch in range(1, config.epochs + 1):
        network.train()
        network.trunk.scale.eval()
        sums: dict[str, float] = {}
        for rows in torch.randperm(len(mel), generator=rng)[: n_steps * config.batch_size].split(
            config.batch_size
        ):
            first = torch.randint(3, (len(rows),), generator=rng)
            as_copy = (copy_row[rows] >= 0) & (torch.rand(len(rows), generator=rng) < config.copy_share)
            whole = mel[rows].clone()
            whole[as_copy] = copies[copy_row[rows][as_copy]]
            frames = first[:, None] * UNIT_FRAMES + torch.arange(_CROP_UNITS * UNIT_FRAMES)
            clips = torch.gather(whole, 2, frames[:, None, :].expand(-1, whole.shape[1], -1)).float() / 255.0
            clips = degrade(clips, fill, config.degrade, config.augment, rng)
            units = (first[:, None] + torch.arange(_CROP_UNITS)).numpy()
            losses = teacher_losses(network, clips, segments.targets, rows.numpy(), units)
            optimiser.zero_grad()
            losses["loss"].backward()
            nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            step += 1
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * one_cycle(done(step, config.epochs * n_steps))
            follow(answer, network, min(config.ema_decay, (1 + step) / (10 + step)))
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value.item() / n_steps
        if held_out is not None and (epoch % 5 == 0 or epoch == config.epochs):
            sums |= {f"held_out_{k}": v for k, v in clean_losses(answer, held_out).items()}
        report(epoch, sums)
        if done(step, config.epochs * n_steps) >= 1.0:
            break
    return answer


def one_cycle(done: float) -> float:
    """Return the share of the highest learning rate when ``done`` in [0, 1] of training is over: up fast, down by a cosine.

    Smith and Topin 2019, with a tenth of the time for the way up.
    """
    done = min(max(done, 0.0), 1.0)
    if done < 0.1:
        return 0.04 + 0.96 * (0.5 - 0.5 * math.cos(math.pi * done / 0.1))
    return max(0.5 + 0.5 * math.cos(math.pi * (done - 0.1) / 0.9), 1e-4)


def teacher_losses(
    network: DistilNet,
    clips: Tensor,
    targets: tuple[Target, ...],
    rows: np.ndarray,
    units: np.ndarray,
    views: Tensor | None = None,
) -> dict[str, Tensor]:
    """Return ``loss``, the weighted sum, and each teacher's; ``units`` ``(batch, n)`` are those the clips hold.

    ``views`` of the clips, where they are known already, are not computed again.
    """
    means = unit_means(network.listen(clips) if views is None else network.joint(views))
    losses: dict[str, Tensor] = {}
    total = torch.zeros(())
    for target in targets:
        at = torch.from_numpy(target.row[rows[:, None], units])
        known = at >= 0
        if not known.any():
            continue
        said = network.heads[target.name](network.drop(means[known]))
        wanted = torch.from_numpy(target.values)[at[known]]
        if target.kind == "values":
            loss = functional.mse_loss(said, wanted)
        else:
            loss = functional.binary_cross_entropy_with_logits(said, wanted)
        losses[target.name] = loss
        total = total + target.weight * loss
    return {"loss": total, **losses}


@torch.no_grad()
def clean_losses(network: DistilNet, segments: Segments) -> dict[str, float]:
    """Return the losses on whole clean segments."""
    network.eval()
    units = np.arange(segments.mel.shape[2] // UNIT_FRAMES)
    sums: dict[str, list[float]] = {}
    for rows in np.array_split(np.arange(len(segments.mel)), max(1, len(segments.mel) // 32)):
        clips = torch.from_numpy(segments.mel[rows]).float() / 255.0
        losses = teacher_losses(network, clips, segments.targets, rows, np.tile(units, (len(rows), 1)))
        for name, value in losses.items():
            sums.setdefault(name, []).append(value.item())
    return {name: float(np.mean(values)) for name, values in sums.items()}


@torch.no_grad()
def follow(mean_network: nn.Module, network: nn.Module, decay: float) -> None:
    """Move every weight and statistic of ``mean_network`` towards those of ``network``."""
    for mean, current in zip(mean_network.parameters(), network.parameters(), strict=True):
        mean.lerp_(current, 1.0 - decay)
    for mean, current in zip(mean_network.buffers(), network.buffers(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(current, 1.0 - decay)
