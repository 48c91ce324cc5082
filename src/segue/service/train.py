"""Training a model from a configuration file."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from segue.errors import MissingExtra


def train_model(
    config: Path, data: Path, out: Path, *, seed: int | None = None, score_test: bool = False
) -> dict[str, Any]:
    """Train as ``config`` (TOML) says on the dataset at ``data`` and return the passport of the exported model.

    The run's folder ``out`` holds configuration, metrics, checkpoints and the model. ``score_test``
    also scores the test part, which is for a configuration that is final. Raises MissingExtra
    without torch, DatasetError or TrainingError when the data or the run will not do.
    """
    if find_spec("torch") is None or find_spec("onnx") is None:  # said now, not in the middle of a run
        raise MissingExtra("Training needs torch and onnx; install them with: pip install 'segue[train]'.")
    from segue.training.config import read_config
    from segue.training.run import train

    settings = read_config(config)
    if seed is not None:
        settings = settings.with_seed(seed)
    result = train(settings, data, out, score_test=score_test)
    passport: dict[str, Any] = json.loads(result.passport.read_text(encoding="utf-8"))
    return passport
