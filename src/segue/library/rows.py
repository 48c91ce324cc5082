"""Between values and rows: how paths, tags, facets and analyses are written and read."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from segue.facets.base import Facet
from segue.library.values import cannot_be_read
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
        raise cannot_be_read(library, f"{facet.name}: {error}") from error


def column_of(facet: Facet[Any], data: Sequence[bytes | None], library: str) -> Any:
    """The values of many tracks as the facet's column. Raises LibraryError when some bytes are none of its own."""
    try:
        return facet.stored.column(data)
    except ValueError as error:
        raise cannot_be_read(library, f"{facet.name}: {error}") from error


def from_json(text: str, unpack: Callable[[Any], T], what: str, library: str) -> T:
    """The value that ``unpack`` makes of stored JSON. Raises LibraryError for other text than ``unpack`` takes."""
    try:
        return unpack(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise cannot_be_read(library, f"{what}: {type(error).__name__}") from error


def is_unit(vectors: np.ndarray) -> bool:
    """Whether every vector, float ``(..., dim)``, is of unit length."""
    return bool(np.all(np.abs(np.einsum("...i,...i->...", vectors, vectors) - 1.0) < 1e-2))


def flags_of(plain: Any) -> tuple[str, ...]:
    """The flags of an analysis from parsed JSON. Raises TypeError for anything but a list of texts."""
    if not isinstance(plain, list) or not all(isinstance(flag, str) for flag in plain):
        raise TypeError("flags are a list of texts")
    return tuple(plain)


def unmatched_of(plain: Any) -> dict[str, int]:
    """What of a list has no track, by reason, from parsed JSON. Raises as ``int`` and ``dict`` do."""
    return {str(reason): int(count) for reason, count in dict(plain).items()}


def analysis_of(
    row: sqlite3.Row, values: Mapping[str, Any], model: str, front_end: str, library: str
) -> TrackAnalysis:
    """The analysis in a row of ``analyses`` with the values of its facets."""
    return TrackAnalysis(
        model=model,
        front_end=front_end,
        duration_s=row["duration_s"],
        values=values,
        flags=from_json(row["flags"], flags_of, "flags", library),
        damage=row["damage"],
        n_windows=row["n_windows"],
    )
