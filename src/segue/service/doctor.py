"""Checks everything segue needs: versions, decoders, model and library."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from segue import __version__
from segue.audio.decoders import decoders_at_hand
from segue.encode import json_field
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
    "torch",
)


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether the model runs (``state`` is "well" or "unusable"), and what its passport says; None where unusable."""

    state: str
    name: str | None = json_field(omit_empty=True, default=None)
    front_end: str | None = json_field(omit_empty=True, default=None)
    classes: str | None = json_field(omit_empty=True, default=None)
    trained_on: str | None = json_field(omit_empty=True, default=None)
    licence: str | None = json_field(omit_empty=True, default=None)


@dataclass(frozen=True, slots=True)
class LibraryState:
    """Whether the library is sound: ``state`` is "well", "damaged", "unusable", or says that there is none yet."""

    path: Path
    state: str
    schema_version: int | None = json_field(omit_empty=True, default=None)
    tracks: int | None = json_field(omit_empty=True, default=None)
    failures: int | None = json_field(omit_empty=True, default=None)
    unfinished_scans: int | None = json_field(omit_empty=True, default=None)


@dataclass(frozen=True, slots=True)
class Examination:
    """Versions, decoders, model and library; ``problems`` are sentences about what is wrong."""

    versions: Mapping[str, str]
    decoders: Mapping[str, str]
    model: ModelState
    library: LibraryState
    problems: tuple[str, ...]


def examine(library: str | None = None, model: Path | None = None) -> Examination:
    """Return the state of everything segue needs; never raises for what is wrong with it."""
    problems: list[str] = []
    return Examination(
        {"segue": __version__, "python": platform.python_version(), "system": sys.platform}
        | {name: _version(name) for name in _PACKAGES},
        {decoder.name: decoder.version or "not installed" for decoder in decoders_at_hand()},
        _model(model or shipped_model(), problems),
        _library(library, problems),
        tuple(problems),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _model(path: Path, problems: list[str]) -> ModelState:
    try:
        network = Network(path)
        network.warm_up()
    except SegueError as error:
        problems.append(str(error))
        return ModelState("unusable")
    passport = network.passport
    trained_on = passport.record.get("trained_on")
    return ModelState(
        "well",
        passport.name,
        passport.front_end.name,
        ", ".join(passport.classes),
        str(trained_on.get("dataset", "unknown")) if isinstance(trained_on, dict) else "unknown",
        str(passport.record.get("licence", "unknown")),
    )


def _library(explicit: str | None, problems: list[str]) -> LibraryState:
    path = library_path(explicit)
    if not is_there(path):
        return LibraryState(path, "none yet; `segue scan FOLDER` makes one")
    try:
        with Library.open(path, read_only=True) as opened:
            health = opened.check()
            if not health.sound:
                problems.extend(health.problems)
                problems.append(
                    f"The library {path} is damaged: restore a copy, or move it away and scan again; "
                    "imported lists have to be imported again."
                )
                return LibraryState(path, "damaged", unfinished_scans=health.unfinished_scans)
            numbers = opened.stats()
    except SegueError as error:
        problems.append(str(error))
        return LibraryState(path, "unusable")
    return LibraryState(
        path,
        "well",
        numbers.schema_version,
        numbers.tracks,
        numbers.failures,
        health.unfinished_scans,
    )
