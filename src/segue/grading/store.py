"""What a comparison has already measured, on disk: one file for each model and seed, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from segue import __version__
from segue.grading.measure import Measured
from segue.types import Interactions, ItemContent

_NAME_LENGTH = 12  # of the hash: enough for all the sets that one folder will ever see


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
    """The measurements of one set, in a folder named after its data: results of other data are never mixed in."""

    def __init__(self, folder: Path, data: str) -> None:
        self._folder = folder / data[:_NAME_LENGTH]

    def load(
        self, protocol: str, seed: int, model: str, search: Any
    ) -> tuple[Measured, dict[str, Any]] | None:
        """The measured model and how it was made; None where there is none to be read, or another search or version
        of segue made it."""
        try:
            with np.load(self._path(protocol, seed, model), allow_pickle=False) as held:
                made = json.loads(str(held["made"]))
                if made["search"] != search or made.get("segue", __version__) != __version__:
                    return None
                per_user = {k.removeprefix("user."): held[k] for k in held.files if k.startswith("user.")}
                return Measured(held["users"], per_user, made["overall"], held["lists"]), made
        # A damaged file is measured again: what it held can be had, and nothing else depends on it.
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
            return None

    def save(self, protocol: str, seed: int, model: str, measured: Measured, made: dict[str, Any]) -> None:
        """Keep a measured model; ``made`` is JSON and says ``search``, ``settings`` and what else to know."""
        import io

        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            users=measured.users,
            lists=measured.lists,
            made=np.array(json.dumps(made | {"overall": measured.overall, "segue": __version__})),
            **{f"user.{name}": values for name, values in measured.per_user.items()},
        )
        path = self._path(protocol, seed, model)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, buffer.getvalue())

    def _path(self, protocol: str, seed: int, model: str) -> Path:
        return self._folder / protocol / f"seed-{seed}" / f"{model.replace(':', '.')}.npz"


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
