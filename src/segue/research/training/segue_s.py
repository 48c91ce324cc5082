"""How segue's own network is taught: varied clips, mixed pairs, a teacher's descriptions, and sounds of no genre."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from segue.metrics.calibration import mean_negative_log_likelihood
from segue.research.training.augment import blend, crop, mixup_weights, vary
from segue.research.training.config import TrainConfig
from segue.research.training.network import Outlook, SegueNet, agreed
from segue.research.training.score import clip_probabilities, fit_temperature


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Everything training looks at: clips uint8 ``(n, n_mels, n_frames)``, their targets, and sounds of no genre."""

    mel: np.ndarray
    targets: np.ndarray  # float32 (n, n_classes), rows sum to one
    teacher: np.ndarray  # float32 (n, n_teacher)
    outliers: np.ndarray  # uint8 (n_outliers, n_mels, n_frames)
    valid_mel: np.ndarray
    valid_labels: np.ndarray


@dataclass(frozen=True, slots=True)
class Batch:
    """Varied clips in [0, 1], their targets and teacher's descriptions; clips beyond the targets are sounds of no genre."""

    mel: Tensor
    target: Tensor
    description: Tensor


class SegueTask:
    """Teaches a `SegueNet`; see `segue.research.training.loop.TrainingTask`. What is exported is its running mean."""

    def __init__(
        self, network: SegueNet, data: TrainingData, config: TrainConfig, device: torch.device
    ) -> None:
        self._config, self._data, self._device = config, data, device
        self._rng = np.random.default_rng(config.seed)
        self._torch_rng = torch.Generator().manual_seed(config.seed)
        self.generators = {"numpy": self._rng, "torch": self._torch_rng}
        self._clips, self._outliers = torch.from_numpy(data.mel), torch.from_numpy(data.outliers)
        self._targets, self._teacher = torch.from_numpy(data.targets), torch.from_numpy(data.teacher)
        self._fill = _prepare(network, self._clips)
        self.network = network.to(device)
        self.answer = copy.deepcopy(network).eval()
        self.optimiser = _optimiser(network, config)
        self._n_steps = max(1, len(self._clips) // config.batch_size)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            config.learning_rate,
            total_steps=config.epochs * self._n_steps + 1,
            pct_start=0.1,
        )

    def batches(self) -> Iterator[Batch]:
        """Clips in random order, cropped and mixed in pairs (Zhang et al. 2018), with some sounds of no genre."""
        self.network.by_texture.scale.eval()  # its statistics are those of the training clips, for good
        augment, n = self._config.augment, self._config.batch_size
        order = torch.randperm(len(self._clips), generator=self._torch_rng)
        for rows in order[: self._n_steps * n].split(n):
            mel = crop(_as_input(self._clips[rows]), augment.crop_frames, self._torch_rng)
            target, description = self._targets[rows], self._teacher[rows]
            partner = torch.randperm(len(rows), generator=self._torch_rng)
            weights = torch.from_numpy(mixup_weights(len(rows), augment, self._rng))
            mel = blend(mel, mel[partner], weights)
            target = blend(target, target[partner], weights)
            description = blend(description, description[partner], weights)
            if len(self._outliers):
                drawn = torch.randint(
                    len(self._outliers), (self._config.outliers.per_batch,), generator=self._torch_rng
                )
                other = crop(_as_input(self._outliers[drawn]), augment.crop_frames, self._torch_rng)
                mel = torch.cat((mel, other))
            mel = vary(mel, self._fill, augment, self._torch_rng)
            yield Batch(mel.to(self._device), target.to(self._device), description.to(self._device))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted sum of the label, teacher and outlier losses, and each of them."""
        label, teacher, outlier = _losses(_look(self.network, batch.mel), batch.target, batch.description)
        loss = label + self._config.teacher_weight * teacher + self._config.outliers.weight * outlier
        return {"loss": loss, "label": label, "teacher": teacher, "outlier": outlier}

    def after_step(self, step: int) -> None:
        """Let the answer follow; a young mean forgets fast, or it would remember the random start."""
        _follow(self.answer, self.network, min(self._config.ema_decay, (1 + step) / (10 + step)))

    def validate(self) -> dict[str, float]:
        """Accuracy and calibrated loss of the running mean on the validation clips, by the product's vote."""
        labels = self._data.valid_labels
        if not len(labels):
            return {}
        logits = hear(self.answer, self._data.valid_mel, self._device)
        probabilities = clip_probabilities(logits, fit_temperature(logits, labels))
        return {
            "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
            "nll": mean_negative_log_likelihood(probabilities, labels),
        }


def hear(network: SegueNet, mel: np.ndarray, device: torch.device) -> list[np.ndarray]:
    """Return the agreed logits ``(n_steps, n_classes)`` of each uint8 clip, float32, as the exported model gives them."""
    network.eval()
    with torch.no_grad():
        parts = [
            agreed(network(_as_input(part.to(device)))).cpu() for part in torch.from_numpy(mel).split(32)
        ]
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
    with torch.autocast(mel.device.type, torch.bfloat16):
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
