"""The columns of a table: which is the user, the item, the count and the time, and whether its cells can be that.

Columns of CSV are text and always pass; those of Parquet have types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DatasetError
from segue.research.interactions.batches import polars

if TYPE_CHECKING:
    import polars as pl

# Usual names, best first; spaces, dashes and case do not count.
_USUAL = {
    "user": (
        "user_id",
        "userid",
        "user",
        "uid",
        "username",
        "user_name",
        "listener",
        "playlist_id",
        "pid",
        "playlist",
    ),
    "item": (
        "item_id",
        "itemid",
        "item",
        "iid",
        "track_id",
        "trackid",
        "track",
        "song_id",
        "songid",
        "song",
        "artist_id",
        "artistid",
        "item_idx",
    ),
    "count": ("count", "play_count", "playcount", "plays", "n_plays", "listen_count", "listens", "weight"),
    "time": ("timestamp", "time", "ts", "listened_at", "datetime", "date", "created_at", "unix_time", "uts"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are read; ``count`` and ``time`` may be None."""

    user: str
    item: str
    count: str | None
    time: str | None

    @property
    def names(self) -> list[str]:
        return [name for name in (self.user, self.item, self.count, self.time) if name is not None]

    def in_words(self) -> str:
        """Return what was taken for what, for a report."""
        told = [f"column {self.user!r} as user", f"{self.item!r} as item"]
        told += [f"{name!r} as {role}" for role, name in (("count", self.count), ("time", self.time)) if name]
        return ", ".join(told)


def choose_columns(there: Sequence[str], source: str, **given: str | None) -> Columns:
    """Return the columns by the names ``given`` for user, item, count and time, else by usual names.

    Raises DatasetError when a given one is not there, no user or item can be told, or two are one.
    """
    folded = {name.strip().casefold().replace(" ", "_").replace("-", "_"): name for name in reversed(there)}
    chosen: dict[str, str | None] = {}
    for role, usual in _USUAL.items():
        wanted = given.get(role)
        if wanted is not None and wanted not in there:
            raise DatasetError(
                f"{source} has no column {wanted!r}; it has {', '.join(there) or 'none'}.",
                code="no-such-column",
            )
        chosen[role] = wanted or next((folded[name] for name in usual if name in folded), None)
    for role in ("user", "item"):
        if chosen[role] is None:
            raise DatasetError(
                f"No column of {source} is called like a {role} (it has {', '.join(there) or 'none'}); "
                f"rename the right one to {role}.",
                code="no-column-for-role",
            )
    names = [name for name in chosen.values() if name is not None]
    if len(set(names)) < len(names):
        raise DatasetError(
            f"{source} would be read with one column in two roles ({', '.join(names)}); each needs its own.",
            code="column-in-two-roles",
        )
    return Columns(chosen["user"] or "", chosen["item"] or "", chosen["count"], chosen["time"])


def cells_of(frame: pl.DataFrame, name: str, role: str, path: Path) -> pl.Series:
    """Return column ``name`` as ids, numbers or times can be made of: categories and bytes become text.

    ``role`` is ``"user"``, ``"item"``, ``"count"`` or ``"time"``. Raises DatasetError when the column's
    type cannot play it: lists and structs are no single value, and a moment is no count.
    """
    pl = polars()
    column = frame[name]
    kind = column.dtype
    moment = kind.is_temporal()
    if kind.is_nested() or kind == pl.Object or (moment and not _may_be(role, kind)):
        raise DatasetError(
            f"Column {name!r} of {path} is of type {_in_words(kind)}, which is no {role}; "
            "name another column, or write one plain value a row.",
            code="column-type",
        )
    if kind == pl.Binary:
        # Bytes that are no text come out as U+FFFD, and are counted with the ids that are none.
        text = [None if one is None else one.decode("utf-8", "replace") for one in column]
        return pl.Series(name, text, dtype=pl.String)
    return column.cast(pl.String) if kind in (pl.Categorical, pl.Enum) else column


def _may_be(role: str, moment: pl.DataType) -> bool:
    pl = polars()
    if role == "time":
        return moment in (pl.Date, pl.Datetime)
    return role != "count" and moment != pl.Duration


def _in_words(kind: pl.DataType) -> str:
    return " ".join(str(kind).split())[:120]
