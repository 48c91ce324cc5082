"""What a comparison has already measured, on disk: one file for each model and seed, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from segue.errors import SegueError
from segue.service.compare.measure import Measured
from segue.types import Interactions, ItemContent

_RUN = "run.json"


def fingerprint(interactions: Interactions, content: ItemContent | None) -> str:
    """Return what is equal for equal data: a hash of all pairs, counts and times, and of content."""
    digest = hashlib.sha256()
    for array in (interactions.users, interactions.items, interactions.counts, interactions.times_s):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    if content is not None:
        for array in (content.audio, content.metadata):
            digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
        digest.update(json.dumps(content.artists).encode())
    return digest.hexdigest()


class Results:
    """The folder of one dataset's measurements; results of other data are never mixed in."""

    def __init__(self, folder: Path, dataset: str, data: str) -> None:
        """Open or make the folder. Raises SegueError when it holds results of other data."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        run = folder / _RUN
        mine = {"dataset": dataset, "data": data}
        if run.exists() and _read_json(run) != mine:
            raise SegueError(f"{folder} holds results of other data: give another --out, or move it away.")
        write_whole(run, json.dumps(mine).encode())

    def load(
        self, protocol: str, seed: int, model: str, search: Any
    ) -> tuple[Measured, dict[str, Any]] | None:
        """The measured model and how it was made; None where there is none, or another search made it."""
        path = self._path(protocol, seed, model)
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as held:
            made = json.loads(str(held["made"]))
            if made["search"] != search:
                return None
            per_user = {k.removeprefix("user."): held[k] for k in held.files if k.startswith("user.")}
            return Measured(held["users"], per_user, made["overall"], held["lists"]), made

    def save(self, protocol: str, seed: int, model: str, measured: Measured, made: dict[str, Any]) -> None:
        """Keep a measured model; ``made`` is JSON and says ``search``, ``settings`` and what else to know."""
        import io

        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            users=measured.users,
            lists=measured.lists,
            made=np.array(json.dumps(made | {"overall": measured.overall})),
            **{f"user.{name}": values for name, values in measured.per_user.items()},
        )
        path = self._path(protocol, seed, model)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, buffer.getvalue())

    def _path(self, protocol: str, seed: int, model: str) -> Path:
        return self.folder / protocol / f"seed-{seed}" / f"{model.replace(':', '.')}.npz"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there completely or not at all, whenever the process ends."""
    beside = path.with_name(f"{path.name}.part-{os.getpid()}")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return None
