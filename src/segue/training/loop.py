"""The training loop, in the order things happen."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from segue.errors import TrainingError
from segue.evaluate.calibration import mean_negative_log_likelihood
from segue.training.augment import blend, crop, mixup_weights, vary
from segue.training.config import TrainConfig
from segue.training.network import Outlook, SegueNet, agreed
from segue.training.score import clip_probabilities, fit_temperature

_VALIDATE_EVERY = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """Everything training looks at: clips uint8 ``(n, n_mels, n_frames)``, their targets, and sounds of no genre."""

    mel: np.ndarray
    targets: np.ndarray  # float32 (n, n_classes), rows sum to one
    teacher: np.ndarray  # float32 (n, n_teacher)
    outliers: np.ndarray  # uint8 (n_outliers, n_mels, n_frames)
    valid_mel: np.ndarray
    valid_labels: np.ndarray


@dataclass(frozen=True, slots=True)
class Epoch:
    """Where training stands; losses are means over the epoch, validation figures None between validations."""

    epoch: int
    loss: float
    label_loss: float
    teacher_loss: float
    outlier_loss: float
    learning_rate: float
    valid_accuracy: float | None = None
    valid_nll: float | None = None


def fit(
    network: SegueNet, lesson: Lesson, config: TrainConfig, run_dir: Path, on_epoch: Callable[[Epoch], None]
) -> SegueNet:
    """Train ``network`` and return its running mean, which is what gets exported.

    Writes ``metrics.jsonl`` (one epoch a line), ``last.safetensors`` and ``best.safetensors`` (lowest
    validation loss) to ``run_dir``. Equal seeds give equal weights on one machine with one thread.
    Raises TrainingError when the loss stops being a number.
    """
    torch_rng = torch.Generator().manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    torch.manual_seed(config.seed)  # dropout draws from torch's global generator and knows no other

    clips, outliers = torch.from_numpy(lesson.mel), torch.from_numpy(lesson.outliers)
    targets, teacher = torch.from_numpy(lesson.targets), torch.from_numpy(lesson.teacher)
    fill = _prepare(network, clips)
    mean_network = copy.deepcopy(network).eval()

    optimiser = _optimiser(network, config)
    steps_per_epoch = max(1, len(clips) // config.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.epochs * steps_per_epoch + 1, pct_start=0.1
    )
    best, step = math.inf, 0
    with (run_dir / "metrics.jsonl").open("w", encoding="utf-8") as metrics:
        for epoch in range(1, config.epochs + 1):
            network.train()
            network.by_texture.scale.eval()  # its statistics are those of the training clips, for good
            order = torch.randperm(len(clips), generator=torch_rng)
            sums = np.zeros(4)
            for batch in order[: steps_per_epoch * config.batch_size].split(config.batch_size):
                mel = crop(_as_input(clips[batch]), config.augment.crop_frames, torch_rng)
                target, description = targets[batch], teacher[batch]
                partner = torch.randperm(len(batch), generator=torch_rng)
                weights = torch.from_numpy(mixup_weights(len(batch), config.augment, rng))
                mel = blend(mel, mel[partner], weights)
                target = blend(target, target[partner], weights)
                description = blend(description, description[partner], weights)
                if len(outliers):
                    drawn = torch.randint(len(outliers), (config.outliers.per_batch,), generator=torch_rng)
                    other = crop(_as_input(outliers[drawn]), config.augment.crop_frames, torch_rng)
                    mel = torch.cat((mel, other))

                outlooks = _look(network, vary(mel, fill, config.augment, torch_rng))
                losses = _losses(outlooks, target, description)
                loss = losses[0] + config.teacher_weight * losses[1] + config.outliers.weight * losses[2]
                if not torch.isfinite(loss):
                    raise TrainingError(
                        f"The loss became {loss.item()} in epoch {epoch}; lower learning_rate in the training settings."
                    )
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 2.0)
                optimiser.step()
                schedule.step()
                step += 1
                # A young mean forgets fast, or it would remember the random start.
                _follow(mean_network, network, min(config.ema_decay, (1 + step) / (10 + step)))
                sums += [loss.item(), *(part.item() for part in losses)]

            state = Epoch(epoch, *(sums / steps_per_epoch).tolist(), schedule.get_last_lr()[0])
            if epoch % _VALIDATE_EVERY == 0 or epoch == config.epochs:
                state = _validated(state, mean_network, lesson)
                save_file(_weights(mean_network), run_dir / "last.safetensors")
                if state.valid_nll is not None and state.valid_nll < best:
                    best = state.valid_nll
                    save_file(_weights(mean_network), run_dir / "best.safetensors")
            metrics.write(json.dumps({name: getattr(state, name) for name in Epoch.__slots__}) + "\n")
            metrics.flush()
            on_epoch(state)
    return mean_network


def hear(network: SegueNet, mel: np.ndarray) -> list[np.ndarray]:
    """Return the agreed logits ``(n_steps, n_classes)`` of each uint8 clip, float32, as the exported model gives them."""
    network.eval()
    with torch.no_grad():
        parts = [agreed(network(_as_input(part))) for part in torch.from_numpy(mel).split(32)]
    return list(torch.cat(parts).numpy())


def _as_input(mel: Tensor) -> Tensor:
    return mel.float() / 255.0


def _prepare(network: SegueNet, clips: Tensor) -> Tensor:
    """Fit the input scales of both views to the training clips; return the mean of each band."""
    mel = _as_input(clips)
    network.by_statistics.fit_scale(mel)
    network.by_texture.scale.running_mean.copy_(mel.mean(dim=(0, 2)))
    network.by_texture.scale.running_var.copy_(mel.var(dim=(0, 2)))
    network.by_texture.to(memory_format=torch.channels_last)
    return mel.mean(dim=(0, 2))


def _optimiser(network: SegueNet, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019); biases and normalisation are not decayed."""
    groups: dict[float, list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        decay = config.weight_decay if name.startswith("by_statistics") else config.trunk_weight_decay
        groups.setdefault(decay if parameter.dim() > 1 else 0.0, []).append(parameter)
    return torch.optim.AdamW(
        [{"params": parameters, "weight_decay": decay} for decay, parameters in groups.items()],
        lr=config.learning_rate,
    )


def _look(network: SegueNet, mel: Tensor) -> tuple[Outlook, Outlook]:
    """Both views; bfloat16 makes the CNN several times faster here, and would spoil differences of statistics."""
    by_statistics = network.by_statistics(mel)
    with torch.autocast("cpu", torch.bfloat16):
        by_texture = network.by_texture(mel)
    return by_statistics, Outlook(by_texture.logits.float(), by_texture.teacher.float(), by_texture.hidden)


def _losses(
    outlooks: tuple[Outlook, Outlook], target: Tensor, description: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Label, teacher and outlier loss, each the mean over the views (and, for labels, what they agree on).

    A view judged by the common opinion alone leaves the work to the other one.
    """
    n = len(target)
    opinions = [agreed(outlooks), *(outlook.logits for outlook in outlooks)]
    label = torch.stack(
        [-(target * logits[:n].mean(dim=1).log_softmax(dim=-1)).sum(dim=1).mean() for logits in opinions]
    ).mean()
    teacher = torch.stack(
        [functional.mse_loss(outlook.teacher[:n], description) for outlook in outlooks]
    ).mean()
    if len(opinions[0]) == n:
        return label, teacher, torch.zeros(())
    # Cross-entropy with equal probabilities, at every step of time.
    outlier = torch.stack([-logits[n:].log_softmax(dim=-1).mean() for logits in opinions]).mean()
    return label, teacher, outlier


@torch.no_grad()
def _follow(mean_network: nn.Module, network: nn.Module, decay: float) -> None:
    for mean, current in zip(mean_network.parameters(), network.parameters(), strict=True):
        mean.lerp_(current, 1.0 - decay)
    for mean, current in zip(mean_network.buffers(), network.buffers(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(current, 1.0 - decay)


def _validated(state: Epoch, network: SegueNet, lesson: Lesson) -> Epoch:
    logits = hear(network, lesson.valid_mel)
    probabilities = clip_probabilities(logits, fit_temperature(logits, lesson.valid_labels))
    right = probabilities.argmax(axis=1) == lesson.valid_labels
    values = {name: getattr(state, name) for name in Epoch.__slots__}
    values["valid_accuracy"] = float(right.mean())
    values["valid_nll"] = mean_negative_log_likelihood(probabilities, lesson.valid_labels)
    return Epoch(**values)


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
