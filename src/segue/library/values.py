"""What each column of a library may hold, asked of every row that is read: the file may be damaged or a stranger's.

SQLite keeps any type in any column. A column means the same in every table and query, so its name says what is right;
queries name what they compute like the column that it comes from. NULL is left to the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from segue.errors import LibraryError

# Gives the first value of a column that is not right, in a tuple, or None.
Check = Callable[[Iterable[Any]], tuple[Any] | None]
_LARGEST_TIME_S = 1e12  # some 30,000 years
_LARGEST_DURATION_S = 1e9


def _of(kind: type) -> Check:
    def check(values: Iterable[Any]) -> tuple[Any] | None:
        values = tuple(values)
        if set(map(type, values)) <= {kind, type(None)}:
            return None
        return next((value,) for value in values if type(value) not in (kind, type(None)))

    return check


def _within(kind: type, least: float, most: float) -> Check:
    right = _of(kind)

    def check(values: Iterable[Any]) -> tuple[Any] | None:
        values = tuple(values)
        if found := right(values):
            return found
        return next(((v,) for v in values if v is not None and not least <= v <= most), None)

    return check


def _path(values: Iterable[Any]) -> tuple[Any] | None:
    values = tuple(values)
    return _of(bytes)(values) or next(((v,) for v in values if v is not None and b"\0" in v), None)


_TEXT, _INTEGER, _BLOB = _of(str), _of(int), _of(bytes)
_TIME, _COUNT = _within(float, -_LARGEST_TIME_S, _LARGEST_TIME_S), _within(int, 0, 2**63)

CHECKS: dict[str, Check] = {
    **dict.fromkeys(
        ("title", "artist", "album", "album_artist", "genre", "year", "identity", "name", "front_end"), _TEXT
    ),
    **dict.fromkeys(("stage", "cause", "flags", "damage", "kind", "unmatched", "version", "grade"), _TEXT),
    **dict.fromkeys(
        ("id", "scan_id", "file_id", "track_id", "held_track_id", "model_id", "list_id"), _INTEGER
    ),
    **dict.fromkeys(("track_number", "mtime_ns"), _INTEGER),
    **dict.fromkeys(("size", "n_windows", "position"), _COUNT),
    **dict.fromkeys(("path", "mount", "source"), _path),
    **dict.fromkeys(
        ("started_at", "finished_at", "added_at", "failed_at", "analysed_at", "imported_at", "graded_at"),
        _TIME,
    ),
    "time_s": _within(int, -_LARGEST_TIME_S, _LARGEST_TIME_S),
    "count": _within(float, 0.0, 1e12),
    "duration_s": _within(float, 0.0, _LARGEST_DURATION_S),
    "confidence": _within(float, 0.0, 1.0),
    "data": _BLOB,
}


class Columns:
    """The columns of one query, by the names that its cursor describes."""

    def __init__(self, description: Sequence[Sequence[Any]] | None, library: str) -> None:
        self._checks = [
            (place, column[0], CHECKS[column[0]])
            for place, column in enumerate(description or ())
            if column[0] in CHECKS
        ]
        self._library = library

    def require(self, rows: Sequence[Sequence[Any]]) -> None:
        """Return nothing when all values of ``rows`` are right; raise LibraryError (code "library-damaged") otherwise."""
        if not rows or not self._checks:
            return
        columns = list(zip(*rows, strict=True))
        for place, name, check in self._checks:
            if found := check(columns[place]):
                raise cannot_be_read(self._library, f"{name} {found[0]!r:.60}")


def cannot_be_read(library: str, what: str) -> LibraryError:
    """Return the error for a value that is not what its column or its facet holds."""
    return LibraryError(
        f"The library {library} holds a value that cannot be read ({what}): "
        "restore a copy, or move it away and scan again.",
        code="library-damaged",
    )
