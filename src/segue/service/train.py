"""Training a model from a configuration and a dataset."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from segue.errors import MissingExtra


def train_model(
    data: Path,
    out: Path,
    *,
    config: Path | None = None,
    preset: str = "segue-s",
    dataset: str | None = None,
    protocol: str | None = None,
    seed: int | None = None,
    device: str | None = None,
    epochs: int | None = None,
    exclude: Path | None = None,
    tensorboard: bool = False,
    score_test: bool = False,
) -> dict[str, Any]:
    """Train on the dataset at ``data`` and return the passport of the exported model.

    ``data`` is a folder ``<label>/<files>``, a CSV of path and label, or what ``dataset`` names.
    Settings come from ``config`` (TOML), else from ``preset``; ``protocol``, ``seed``, ``device`` and ``epochs``
    override them. ``exclude`` is a list of tracks to leave out, as the audit writes it. The run's folder
    ``out`` holds configuration, split, metrics, checkpoints and the model; a run that was killed there goes on.
    ``score_test`` also scores the test part, which is for a configuration that is final.

    Raises MissingExtra without torch, DatasetError or TrainingError when the data or the run will not do.
    """
    require_training()
    from dataclasses import replace

    from segue.datasets.registry import read_dataset
    from segue.training.config import from_mapping, preset_named, read_config
    from segue.training.logging import to_tensorboard
    from segue.training.material import material
    from segue.training.plots import draw_curves
    from segue.training.run import train_on

    excluded: frozenset[str] = frozenset()
    if exclude is not None:
        from segue.datasets.exclusions import read_exclusions

        excluded = frozenset(read_exclusions(exclude))
    settings = read_config(config) if config is not None else preset_named(preset)
    given = {"protocol": protocol, "seed": seed, "device": device, "epochs": epochs}
    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})
    settings = from_mapping(settings.to_dict())  # checks what was overridden
    taught = material(
        read_dataset(dataset, data) if dataset else read_dataset(data),
        settings.protocol,
        settings.seed,
        fold=settings.fold,
        excluded=excluded,
    )
    with to_tensorboard(out, settings.epochs, tensorboard) as progress:
        result = train_on(taught, settings, out, progress=progress, score_test=score_test)
    draw_curves(out)
    passport: dict[str, Any] = json.loads(result.passport.read_text(encoding="utf-8"))
    return passport


def require_training() -> None:
    """Raise MissingExtra where the packages to train with are not installed: now, not in the middle of a run."""
    if any(find_spec(name) is None for name in ("torch", "onnx", "safetensors")):
        raise MissingExtra(
            "Training needs torch, onnx and safetensors; install them with: pip install 'segue[train]'."
        )
