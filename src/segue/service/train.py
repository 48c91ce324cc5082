"""Training a model from a configuration file."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from segue.errors import MissingExtra


def train_model(config: Path, data: Path, out: Path, *, seed: int | None = None) -> dict[str, Any]:
    """Train as ``config`` (TOML) says on the dataset at ``data`` and return the passport of the exported model.

    The run's folder ``out`` holds configuration, metrics, checkpoints and the model. Raises
    MissingExtra without torch, DatasetError or TrainingError when the data or the run will not do.
    """
    if find_spec("torch") is None:  # said now, not in the middle of a run
        raise MissingExtra("Training needs torch; install it with: pip install 'segue[train]'.")
    from segue.training.config import load_config
    from segue.training.run import train

    settings = load_config(config)
    if seed is not None:
        settings = replace(settings, seed=seed)
    return train(settings, data, out).passport
