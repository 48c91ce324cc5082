"""A checkpoint that continues a killed run exactly: weights, optimiser, schedule and every generator, in one file."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from segue.errors import TrainingError

if TYPE_CHECKING:
    from segue.research.training.loop import TrainingTask

FILE = "resume.safetensors"


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run got: epochs and steps done, lowest validation loss, and validations since then."""

    epoch: int = 0
    step: int = 0
    best: float = math.inf
    waited: int = 0


def store(task: TrainingTask, run_state: RunState, run_dir: Path) -> None:
    """Write the checkpoint; a kill at any moment leaves the old one or the new one."""
    tensors: dict[str, Tensor] = {"torch": torch.get_rng_state(), **_device_states(task)}
    plain: dict[str, Any] = {"standing": asdict(run_state)}
    for name, generator in task.generators.items():
        if isinstance(generator, np.random.Generator):
            plain[f"generator.{name}"] = generator.bit_generator.state
        else:
            tensors[f"generator.{name}"] = generator.get_state()
    for kind, network in _networks(task).items():
        for name, tensor in network.state_dict().items():
            tensors[f"{kind}.{name}"] = tensor
    for number, state in task.optimiser.state_dict()["state"].items():
        for name, value in state.items():
            tensors[f"optimiser.{number}.{name}"] = value
    if task.schedule is not None:
        plain["schedule"] = {
            k: v for k, v in task.schedule.state_dict().items() if isinstance(v, int | float | list)
        }
        plain["rates"] = [group["lr"] for group in task.optimiser.param_groups]
        # One-cycle moves the momentum too.
        plain["betas"] = [list(group["betas"]) for group in task.optimiser.param_groups]
    partial = run_dir / (FILE + ".partial")
    save_file(
        {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()},
        partial,
        metadata={"state": json.dumps(plain)},
    )
    os.replace(partial, run_dir / FILE)


def restore(task: TrainingTask, run_dir: Path) -> RunState | None:
    """Put ``task`` where the checkpoint in ``run_dir`` left it and say how far that is; None without one.

    Raises TrainingError when the file is damaged or belongs to a run with other settings.
    """
    path = run_dir / FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            plain = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        _put_back(task, tensors, plain)
        return RunState(**plain["standing"])
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise TrainingError(
            f"The run in {run_dir} cannot be continued from {FILE} ({reason}); delete the folder and train again.",
            code="run-damaged",
        ) from error


def _networks(task: TrainingTask) -> dict[str, torch.nn.Module]:
    both = {"network": task.network}
    return both if task.answer is task.network else both | {"answer": task.answer}


def _put_back(task: TrainingTask, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
    for kind, network in _networks(task).items():
        network.load_state_dict(_below(tensors, f"{kind}."))
    optimiser = task.optimiser.state_dict()
    parameters = [p for group in task.optimiser.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _below(tensors, "optimiser.").items():
        number, _, key = name.partition(".")
        like = parameters[int(number)]
        if tensor.shape == like.shape:  # laid out in memory as its parameter: the fused step walks both alike
            tensor = torch.empty_like(like).copy_(tensor)
        state.setdefault(int(number), {})[key] = tensor
    optimiser["state"] = state
    task.optimiser.load_state_dict(optimiser)
    if task.schedule is not None:
        task.schedule.load_state_dict(plain["schedule"])
        for group, rate, betas in zip(
            task.optimiser.param_groups, plain["rates"], plain["betas"], strict=True
        ):
            group["lr"], group["betas"] = rate, tuple(betas)
    for name, generator in task.generators.items():
        if isinstance(generator, np.random.Generator):
            generator.bit_generator.state = plain[f"generator.{name}"]
        else:
            generator.set_state(tensors[f"generator.{name}"])
    torch.set_rng_state(tensors["torch"])
    _put_device_states_back(task, tensors)


def _device_states(task: TrainingTask) -> dict[str, Tensor]:
    """The state of the generators on the device that trains, from which dropout draws there; none for the CPU."""
    kind = _device(task).type
    if kind == "cuda":
        states = torch.cuda.get_rng_state_all()
        return {f"device.cuda.{number}": state for number, state in enumerate(states)}
    return {"device.mps.0": torch.mps.get_rng_state()} if kind == "mps" else {}


def _put_device_states_back(task: TrainingTask, tensors: dict[str, Tensor]) -> None:
    """Nothing where the checkpoint has none: it was made on a CPU, or by a version that did not keep them."""
    device = _device(task)
    states = _below(tensors, f"device.{device.type}.")
    if device.type == "cuda":
        for number in range(min(len(states), torch.cuda.device_count())):
            torch.cuda.set_rng_state(states[str(number)], number)
    elif device.type == "mps" and states:
        torch.mps.set_rng_state(states["0"])


def _device(task: TrainingTask) -> torch.device:
    return next(task.network.parameters()).device


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
