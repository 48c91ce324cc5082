"""The one training loop, in the order things happen; what is taught is the task's business."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from segue.encode import document as without_nan
from segue.errors import TrainingError
from segue.research.training.checkpoint import RunState, restore, store
from segue.research.training.records import METRICS, metrics_lines, read_epoch

_LARGEST_GRADIENT = 2.0


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How long and how often. ``patience`` is how many validations without a better one end the run; 0: none do."""

    epochs: int
    validate_every: int
    patience: int = 0


@dataclass(frozen=True, slots=True)
class Epoch:
    """Where training stands; ``losses`` are means over the epoch, ``valid`` is empty between validations."""

    epoch: int
    n_epochs: int
    learning_rate: float
    losses: dict[str, float]  # "loss", the sum that is followed downhill, comes first
    valid: dict[str, float]  # "accuracy" and "nll" where there is a validation part


class TrainingTask(Protocol):
    """What a run teaches: a network, its batches, and how far it got.

    ``generators`` and ``optimiser`` and ``schedule`` are all the task remembers between epochs, so
    a checkpoint of them and of both networks continues a run exactly.
    """

    network: nn.Module  # is trained
    answer: nn.Module  # is validated and exported: the network itself, or a running mean of it
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler | None
    generators: dict[str, Any]  # torch.Generator or numpy.random.Generator, by name

    def batches(self) -> Iterator[Any]:
        """The batches of one epoch, in an order drawn anew."""
        ...

    def losses(self, batch: Any) -> dict[str, Tensor]:
        """The loss, ``"loss"``, and then what it is made of."""
        ...

    def after_step(self, step: int) -> None:
        """What is to be done after each step of the optimiser; ``step`` counts from 1."""
        ...

    def validate(self) -> dict[str, float]:
        """``"accuracy"`` and ``"nll"`` of ``answer`` on the validation part; empty without one."""
        ...


def fit(
    task: TrainingTask, settings: LoopSettings, seed: int, run_dir: Path, on_epoch: Callable[[Epoch], None]
) -> nn.Module:
    """Train and return ``task.answer``: as it was last, or at its best where ``patience`` is set.

    Writes to ``run_dir``: ``metrics.jsonl`` (one epoch a line), ``last.safetensors`` and
    ``best.safetensors`` (lowest validation loss), and ``resume.safetensors`` after every epoch, from which
    a run that was killed continues exactly. Equal seeds give equal weights on one machine with one thread.
    Raises TrainingError when the loss stops being a number or memory runs out.
    """
    torch.manual_seed(seed)  # dropout draws from torch's global generator and knows no other
    run_state = restore(task, run_dir) or RunState()
    metrics = _metrics_until(run_dir, run_state.epoch)
    while run_state.epoch < settings.epochs and not _given_up(run_state, settings):
        epoch = run_state.epoch + 1
        try:
            losses, step = _one_epoch(task, epoch, run_state.step)
        except (RuntimeError, MemoryError) as error:
            raise _explained(error) from error
        valid: dict[str, float] = {}
        best, waited = run_state.best, run_state.waited
        if epoch % settings.validate_every == 0 or epoch == settings.epochs:
            task.answer.eval()
            try:
                valid = task.validate()
            except (RuntimeError, MemoryError) as error:
                raise _explained(error) from error
            write_weights(task.answer, run_dir / "last.safetensors")
            if valid.get("nll", math.inf) < best:
                best, waited = valid["nll"], 0
                write_weights(task.answer, run_dir / "best.safetensors")
            elif valid:
                waited += 1
        rate = task.optimiser.param_groups[0]["lr"]
        state = Epoch(epoch, settings.epochs, rate, losses, valid)
        metrics.append(json.dumps(without_nan(asdict(state))))
        write_text(run_dir / "metrics.jsonl", "".join(line + "\n" for line in metrics))
        run_state = RunState(epoch, step, best, waited)
        store(task, run_state, run_dir)
        on_epoch(state)
    if settings.patience and (run_dir / "best.safetensors").exists():
        task.answer.load_state_dict(load_file(run_dir / "best.safetensors"))
    return task.answer.eval()


def _one_epoch(task: TrainingTask, epoch: int, step: int) -> tuple[dict[str, float], int]:
    """Train for one epoch; return the mean losses and the number of steps taken so far."""
    task.network.train()
    sums: dict[str, float] = {}
    n_batches = 0
    for batch in task.batches():
        losses = task.losses(batch)
        if not torch.isfinite(losses["loss"]):
            raise TrainingError(
                f"The loss became {losses['loss'].item()} in epoch {epoch}; lower learning_rate in the training settings.",
                code="loss-diverged",
            )
        task.optimiser.zero_grad()
        losses["loss"].backward()
        nn.utils.clip_grad_norm_(task.network.parameters(), _LARGEST_GRADIENT)
        task.optimiser.step()
        if task.schedule is not None:
            task.schedule.step()
        step += 1
        n_batches += 1
        task.after_step(step)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value.item()
    return {name: total / n_batches for name, total in sums.items()}, step


def write_weights(network: nn.Module, path: Path) -> None:
    """Write the network's weights to ``path``; a reader finds the old file or the new one, never half of one."""
    partial = path.with_name(path.name + ".partial")
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, partial)
    os.replace(partial, path)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8; a reader finds the old file or the new one, never half of one."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _given_up(run_state: RunState, settings: LoopSettings) -> bool:
    return settings.patience > 0 and run_state.waited >= settings.patience


def _metrics_until(run_dir: Path, epoch: int) -> list[str]:
    """The lines of the epochs that the checkpoint knows of; a later one was cut off and comes again."""
    lines = metrics_lines(run_dir)[:epoch]
    for line in lines:
        read_epoch(line, run_dir / METRICS)
    return lines


def _explained(error: Exception) -> Exception:
    """The same error, as a sentence where memory ran out."""
    words = str(error).lower()
    if isinstance(error, MemoryError) or "out of memory" in words or "can't allocate memory" in words:
        return TrainingError(
            "Memory ran out while training; lower batch_size in the training settings, or train on device cpu.",
            code="out-of-memory",
        )
    return error
