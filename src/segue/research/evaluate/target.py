"""The model to evaluate: in a run's folder, in a file, or the packaged one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.errors import ModelError
from segue.execution.default import cores
from segue.model.network import Network, packaged_models
from segue.research.datasets.protocols import CHUNK_PROTOCOLS, ChunkSplit, Split


@dataclass(frozen=True, slots=True)
class Target:
    """A model, and what its run wrote down about its data; ``split`` is None for a model without its run.

    ``dataset`` and ``data`` are the name and the folder the run was given.
    """

    network: Network
    split: Split | ChunkSplit | None = None
    dataset: str | None = None
    data: Path | None = None


def find_target(name: str) -> Target:
    """Return the model in the run's folder, at the path of an ``.onnx`` file, or of a packaged model's name.

    A ``split.json`` beside the model says what it learned from. Raises ModelError where there is no model, or a
    run that has none yet, or its records are damaged.
    """
    path = Path(name)
    packaged = packaged_models()
    if not path.exists() and name in packaged:
        return Target(Network(packaged[name], cores()))
    model = _model_of_run(path) if path.is_dir() else path
    if not model.is_file():
        known = " or ".join(packaged)
        raise ModelError(
            f"There is neither a run nor a model at {path}; give a folder made by segue train, an .onnx file, or {known}.",
            code="model-missing",
        )
    network = Network(model, cores())
    record = _read_json(model.parent / "split.json")
    if record is None:
        return Target(network)
    try:
        return Target(network, split_of(record), str(record["dataset"]), Path(record["data"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{model.parent / 'split.json'} does not say who was in which part ({error!r}); train again.",
            code="run-damaged",
        ) from error


def _model_of_run(folder: Path) -> Path:
    config = _read_json(folder / "config.json")
    if config is None:
        models = sorted(folder.glob("*.onnx"))
        if len(models) != 1:
            raise ModelError(
                f"{folder} is no run: it has no config.json; give a folder made by segue train or an .onnx file.",
                code="no-run",
            )
        return models[0]
    model = folder / f"{config.get('name')}.onnx"
    if not model.is_file():
        raise ModelError(
            f"The run in {folder} has no model yet; let segue train finish it.", code="run-unfinished"
        )
    return model


def split_of(record: Mapping[str, Any]) -> Split | ChunkSplit:
    """Return the parts that a run's ``split.json`` holds. Raises KeyError, TypeError or ValueError where it holds none."""
    protocol, seed = str(record["protocol"]), int(record["seed"])
    if protocol in CHUNK_PROTOCOLS:
        train, test = (tuple((str(i), int(n)) for i, n in record[part]) for part in ("train", "test"))
        return ChunkSplit(protocol, seed, train, test)
    return Split(protocol, seed, *(tuple(map(str, record[part])) for part in ("train", "valid", "test")))


def _read_json(path: Path) -> Mapping[str, Any] | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); train again.", code="run-damaged") from error
    if not isinstance(record, dict):
        raise ModelError(f"{path} is no record of a run; train again.", code="run-damaged")
    return record
