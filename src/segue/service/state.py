"""What the library holds, in numbers and in failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segue.encode import json_field
from segue.facets.registry import registry
from segue.library.location import library_path
from segue.library.store import Library
from segue.types import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryNumbers:
    """A library in numbers; see `segue.library.records.LibraryStats`.

    ``missing`` counts the tracks that lack a facet in its current version, by facet: the next scan computes it.
    """

    tracks: int
    files: int
    failures: int
    detached: int
    damaged: int
    hours: float = json_field(digits=2)
    models: dict[str, int]
    genres: dict[str, int]
    missing: dict[str, int] = json_field(omit_empty=True)
    size_bytes: int
    schema_version: int
    library: str


def recorded_failures(library: str | None = None) -> list[Failure]:
    """Return the files that could not be analysed, by path. Raises LibraryError when there is no library."""
    with Library.open(library_path(library), read_only=True) as opened:
        return list(opened.failures())


def library_stats(
    library: str | None = None, *, model: Path | None = None, facets: Sequence[str] = ()
) -> LibraryNumbers:
    """Return the library in numbers; what is missing is counted for the packaged model or another one.

    Raises LibraryError when there is no library, ModelError when the model has no readable passport, and SegueError for
    facets that cannot be loaded.
    """
    from segue.model.network import shipped_model
    from segue.model.passport import read_passport

    passport = read_passport((model or shipped_model()).with_suffix(".json"))
    path = library_path(library)
    with Library.open(path, read_only=True, facets=registry(facets)) as opened:
        numbers = opened.stats(passport.model, passport.front_end.name)
    return LibraryNumbers(
        tracks=numbers.tracks,
        files=numbers.files,
        failures=numbers.failures,
        detached=numbers.detached,
        damaged=numbers.damaged,
        hours=numbers.hours,
        models=numbers.models,
        genres=numbers.genres,
        missing=numbers.missing,
        size_bytes=numbers.size_bytes,
        schema_version=numbers.schema_version,
        library=str(path),
    )
