"""Between values and rows: how paths, tags, facets and analyses are written and read."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from segue.errors import LibraryError
from segue.facets.base import Facet
from segue.types import Tags, TrackAnalysis

TAG_COLUMNS = ("title", "artist", "album", "album_artist", "genre", "year", "track_number")
_MAX_INTEGER = 2**63 - 1
T = TypeVar("T")


def path_blob(path: str | os.PathLike[str]) -> bytes:
    """The absolute path as the bytes the system knows it by, whatever they are."""
    return os.fsencode(os.path.abspath(path))


def text(value: str | None) -> str | None:
    """``value`` without lone surrogates (broken tags hold them), which SQLite cannot store."""
    return None if value is None else value.encode("utf-8", "replace").decode("utf-8")


def tag_values(tags: Tags) -> tuple[Any, ...]:
    """The values of TAG_COLUMNS; a track number beyond 64 bits is dropped."""
    number = tags.track_number
    if number is not None and abs(number) > _MAX_INTEGER:
        number = None
    return (*(text(getattr(tags, column)) for column in TAG_COLUMNS[:-1]), number)


def tags_of(row: sqlite3.Row) -> Tags:
    return Tags(**{column: row[column] for column in TAG_COLUMNS})


def value_of(facet: Facet[T], data: bytes | None, library: str) -> T | None:
    """The value that a facet stored. Raises LibraryError when the bytes are none of its own."""
    if data is None:
        return None
    try:
        return facet.stored.decode(data)
    except ValueError as error:
        raise _broken(facet.name, library, error) from error


def column_of(facet: Facet[Any], data: Sequence[bytes | None], library: str) -> Any:
    """The values of many tracks as the facet's column. Raises LibraryError when some bytes are none of its own."""
    try:
        return facet.stored.column(data)
    except ValueError as error:
        raise _broken(facet.name, library, error) from error


def _broken(name: str, library: str, error: ValueError) -> LibraryError:
    return LibraryError(
        f"The library {library} holds a {name} that cannot be read ({error}): "
        "restore a copy, or move it away and scan again.",
        code="library-damaged",
    )


def analysis_of(row: sqlite3.Row, values: Mapping[str, Any], model: str, front_end: str) -> TrackAnalysis:
    """The analysis in a row of ``analyses`` with the values of its facets."""
    return TrackAnalysis(
        model=model,
        front_end=front_end,
        duration_s=row["duration_s"],
        values=values,
        flags=tuple(json.loads(row["flags"])),
        damage=row["damage"],
        n_windows=row["n_windows"],
    )
