"""Training a model from a configuration and a dataset."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from segue.errors import MissingExtra
from segue.service.scan import Progress


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
    listening: Progress | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> dict[str, object]:
    """Train on the dataset at ``data`` and return the passport of the exported model.

    ``data`` is a folder ``<label>/<files>``, a CSV of path and label, or what ``dataset`` names.
    Settings come from ``config`` (TOML), else from ``preset``; ``protocol``, ``seed``, ``device`` and ``epochs``
    override them. ``exclude`` is a list of tracks to leave out, as the audit writes it. The run's folder
    ``out`` holds configuration, split, metrics, checkpoints and the model; a run that was killed there goes on.
    ``score_test`` also scores the test part, which is for a configuration that is final. ``listening`` hears how far
    the search for near copies is, where the protocol keeps them together; ``tell`` is given, one sentence each and
    before training begins, what somebody may want to stop for: lines of ``exclude`` that name no track, and an index
    that is not as published.

    Raises MissingExtra without torch, DatasetError or TrainingError when the data or the run will not do.
    """
    require_training()
    from dataclasses import replace
    from functools import partial

    from segue.research.audit.recordings import groups_by_sound
    from segue.research.datasets.exclusions import exclusions_in
    from segue.research.datasets.registry import read_dataset
    from segue.research.training.config import from_mapping, preset_named, read_config
    from segue.research.training.logging import to_tensorboard
    from segue.research.training.material import material
    from segue.research.training.plots import draw_curves
    from segue.research.training.run import train_on

    settings = read_config(config) if config is not None else preset_named(preset)
    given = {"protocol": protocol, "seed": seed, "device": device, "epochs": epochs}
    given = {name: value for name, value in given.items() if value is not None}
    settings = from_mapping(settings.to_dict() | given)
    music = read_dataset(dataset, data) if dataset else read_dataset(data)
    exclusions = None if exclude is None else exclusions_in(exclude, music)
    for sentence in (exclusions and exclusions.sentence(), music.remark()):
        if sentence:
            tell(sentence)
    taught = material(
        music,
        settings.protocol,
        settings.seed,
        fold=settings.fold,
        excluded=exclusions.ids if exclusions else frozenset(),
        by_sound=partial(groups_by_sound, progress=listening),
    )
    taught = replace(taught, exclusions=exclusions)
    with to_tensorboard(out, settings.epochs, tensorboard) as progress:
        result = train_on(taught, settings, out, progress=progress, score_test=score_test)
    draw_curves(out)
    passport: dict[str, object] = json.loads(result.passport.read_text(encoding="utf-8"))
    return passport


def require_training() -> None:
    """Raise MissingExtra where the packages to train with are not installed: now, not in the middle of a run."""
    if any(find_spec(name) is None for name in ("torch", "onnx", "pydantic", "safetensors")):
        raise MissingExtra(
            "Training needs torch, onnx, pydantic and safetensors; install them with: pip install 'segue[train]'.",
            code="missing-torch",
        )
