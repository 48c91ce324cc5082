"""What the cells of a column must be: one value each, and no clock reading where a number is meant.

Columns of CSV are text and always pass; those of Parquet have types.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DatasetError
from segue.history.frames import polars

if TYPE_CHECKING:
    import polars as pl


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
            "name another column, or write one plain value a row."
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
