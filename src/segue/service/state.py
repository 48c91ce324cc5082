"""What the library holds, in numbers and in failures."""

from __future__ import annotations

from typing import Any

from segue.library.location import library_path
from segue.library.store import Library
from segue.types import Failure


def recorded_failures(library: str | None = None) -> list[Failure]:
    """Return the files that could not be analysed, by path. Raises LibraryError when there is no library."""
    with Library.open(library_path(library), read_only=True) as opened:
        return list(opened.failures())


def library_stats(library: str | None = None) -> dict[str, Any]:
    """Return the library in numbers, as one JSON document. Raises LibraryError when there is no library."""
    path = library_path(library)
    with Library.open(path, read_only=True) as opened:
        numbers = opened.stats()
    return {
        "tracks": numbers.tracks,
        "files": numbers.files,
        "failures": numbers.failures,
        "detached": numbers.detached,
        "damaged": numbers.damaged,
        "hours": round(numbers.hours, 2),
        "models": numbers.models,
        "genres": numbers.genres,
        "size_bytes": numbers.size_bytes,
        "schema_version": numbers.schema_version,
        "library": str(path),
    }
