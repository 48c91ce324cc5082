"""The measurements of a comparison on disk: one file for each model and seed, written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segue import __version__
from segue.encode import document
from segue.files import write_whole
from segue.grading.measure import Measured
from segue.recommend.models.contract import Settings
from segue.types import Interactions, ItemContent

_NAME_LENGTH = 12  # of the hash: enough for all the sets that one folder will ever see


@dataclass(frozen=True, slots=True)
class Made:
    """How a model was made: the settings there were to choose from, the chosen ones, and processor time in seconds.

    ``tried`` is the validation score of each setting of ``search``; empty where there was only one.
    """

    search: tuple[Settings, ...]
    settings: Settings
    tried: tuple[float, ...]
    tuning_cpu_s: float
    fit_cpu_s: float
    measure_cpu_s: float


def fingerprint(interactions: Interactions, content: ItemContent | None) -> str:
    """Return what is equal for equal data: a SHA-256 of all pairs, counts and times, and of content."""
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
        self.folder = folder / data[:_NAME_LENGTH]

    def load(
        self, protocol: str, seed: int, model: str, search: Sequence[Settings]
    ) -> tuple[Measured, Made] | None:
        """Return the measured model and how it was made; None where there is none to be read, or another search or
        version of segue made it."""
        try:
            with np.load(self._path(protocol, seed, model), allow_pickle=False) as held:
                made = json.loads(str(held["made"]))
                wanted = [dict(settings) for settings in search]
                if made["search"] != wanted or made.get("segue", __version__) != __version__:
                    return None
                per_user = {k.removeprefix("user."): held[k] for k in held.files if k.startswith("user.")}
                measured = Measured(held["users"], per_user, made["overall"], held["lists"])
                costs = (made[cost] for cost in ("tuning_cpu_s", "fit_cpu_s", "measure_cpu_s"))
                return measured, Made(tuple(wanted), made["settings"], tuple(made["tried"]), *costs)
        # A damaged file is measured again: what it held can be had, and nothing else depends on it.
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error):
            return None

    def save(self, protocol: str, seed: int, model: str, measured: Measured, made: Made) -> None:
        """Keep a measured model. Raises SegueError (``output-not-written``)."""
        made_json = json.dumps(document(made) | {"overall": measured.overall, "segue": __version__})
        arrays: Mapping[str, Any] = {
            "users": measured.users,
            "lists": measured.lists,
            "made": np.array(made_json),
            **{f"user.{name}": values for name, values in measured.per_user.items()},
        }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        path = self._path(protocol, seed, model)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, buffer.getvalue())

    def _path(self, protocol: str, seed: int, model: str) -> Path:
        return self.folder / protocol / f"seed-{seed}" / f"{model.replace(':', '.')}.npz"
