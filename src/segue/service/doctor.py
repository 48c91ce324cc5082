"""Whether everything segue rests on is there and well."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from segue import __version__
from segue.audio.decoders import decoders_at_hand
from segue.errors import SegueError
from segue.library.location import is_there, library_path
from segue.library.store import Library
from segue.model.network import Network, shipped_model

_PACKAGES = (
    "numpy",
    "scipy",
    "soundfile",
    "soxr",
    "onnxruntime",
    "tinytag",
    "av",
    "faiss-cpu",
    "torch",
)


def examine(library: str | None = None) -> dict[str, Any]:
    """Return versions, decoders, model and library as one JSON document; ``problems`` lists what is wrong."""
    problems: list[str] = []
    return {
        "versions": {"segue": __version__, "python": platform.python_version(), "system": sys.platform}
        | {name: _version(name) for name in _PACKAGES},
        "decoders": {d.name: d.version or "not installed" for d in decoders_at_hand()},
        "model": _model(problems),
        "library": _library(library, problems),
        "problems": problems,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _model(problems: list[str]) -> dict[str, Any]:
    try:
        network = Network(shipped_model())
        network.warm_up()
    except SegueError as error:
        problems.append(str(error))
        return {"state": "unusable"}
    passport = network.passport
    return {
        "state": "well",
        "name": passport.name,
        "front_end": passport.front_end.name,
        "classes": ", ".join(passport.classes),
        "trained_on": passport.record.get("trained_on", {}).get("dataset", "unknown"),
        "licence": passport.record.get("licence", "unknown"),
    }


def _library(explicit: str | None, problems: list[str]) -> dict[str, Any]:
    path = library_path(explicit)
    if not is_there(path):
        return {"path": str(path), "state": "none yet; `segue scan FOLDER` makes one"}
    try:
        with Library.open(path, read_only=True) as opened:
            health, numbers = opened.check(), opened.stats()
    except SegueError as error:
        problems.append(str(error))
        return {"path": str(path), "state": "unusable"}
    problems.extend(health.problems)
    return {
        "path": str(path),
        "state": "well" if health.sound else "damaged",
        "schema_version": numbers.schema_version,
        "tracks": numbers.tracks,
        "failures": numbers.failures,
        "unfinished_scans": health.unfinished_scans,
    }
