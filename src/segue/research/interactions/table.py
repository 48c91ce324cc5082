"""Any table of interactions: CSV or TSV, packed or not, or Parquet, read in batches.

Columns are named or told by usual names. Counts default to one a row and are summed over equal
pairs. Times may be Unix seconds, milliseconds, microseconds or nanoseconds (told by size, one
unit for the whole table) or dates written out, taken as UTC where they name no zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DatasetError
from segue.history.guess import TABLES
from segue.history.opening import opened
from segue.research.interactions.batches import (
    column_names,
    first_row,
    parquet_batches,
    parquet_columns,
    polars,
    text_batches,
)
from segue.research.interactions.columns import Columns, cells_of, choose_columns
from segue.research.interactions.dates import Clock
from segue.research.interactions.pairs import Pairs, now_s
from segue.research.interactions.report import BLANK, NOT_PARSED, ImportReport
from segue.types import Interactions

if TYPE_CHECKING:
    import polars as pl

_SEPARATORS = "\t,;|"


def read_table(
    path: Path,
    *,
    user: str | None = None,
    item: str | None = None,
    count: str | None = None,
    time: str | None = None,
    separator: str | None = None,
) -> tuple[Interactions, None, ImportReport]:
    """Return the interactions in the table at ``path`` (or the one in that folder), streamed, and what was dropped.

    Raises DatasetError when a column is missing, cannot be told or holds no plain values, times are
    in mixed units, or no row can be used; MissingExtra without polars.
    """
    path = _file(path)
    given = {"user": user, "item": item, "count": count, "time": time}
    if path.suffix == ".parquet":
        columns = choose_columns(parquet_columns(path), str(path), **given)
        batches: Iterator[tuple[pl.DataFrame, int]] = (
            (batch, 0) for batch in parquet_batches(path, columns.names)
        )
    else:
        separator = separator or _separator(path)
        names = column_names(path, separator)
        columns = choose_columns(names, str(path), **given)
        batches = text_batches(path, names, separator, header=True)
    return collect(batches, columns, "table", path)


def collect(
    batches: Iterator[tuple[pl.DataFrame, int]],
    columns: Columns,
    kind: str,
    path: Path,
    name: str | None = None,
) -> tuple[Interactions, None, ImportReport]:
    """Return the interactions in ``batches``, each with the number of its rows that did not parse.

    The set is called ``name``, else after the file. Raises DatasetError as `read_table` does.
    """
    pl = polars()
    clock = Clock(str(path))
    pairs = Pairs(timed=columns.time is not None, counted=columns.count is not None, now_s=now_s())
    for frame, bad in batches:
        pairs.drop(NOT_PARSED, bad)
        filled = frame.filter(~pl.all_horizontal(pl.all().is_null()))
        pairs.drop(BLANK, frame.height - filled.height)
        chosen = {
            "user": as_ids(cells_of(filled, columns.user, "user", path)),
            "item": as_ids(cells_of(filled, columns.item, "item", path)),
        }
        if columns.count is not None:
            chosen["count"] = cells_of(filled, columns.count, "count", path).cast(pl.Float64, strict=False)
        if columns.time is not None:
            chosen["time_s"] = clock.seconds(cells_of(filled, columns.time, "time", path))
        pairs.add(pl.DataFrame(chosen))
    name = name or path.name.partition(".")[0]
    interactions, report = pairs.finish(name, kind, str(path), columns.in_words())
    return interactions, None, report


def as_ids(column: pl.Series) -> pl.Series:
    """Return ids as text; whole numbers stored as floating point lose their ``.0``, and no number is no id."""
    pl = polars()
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        return pl.select(
            pl.when(whole == column)
            .then(whole.cast(pl.String))
            .when(column.is_finite())
            .then(column.cast(pl.String))
        ).to_series()
    return column.cast(pl.String, strict=False).str.strip_chars()


def _file(path: Path) -> Path:
    """Return ``path``, or the one table in the folder ``path``."""
    if path.is_file():
        return path
    found = sorted(
        p for p in path.glob("*") if p.name.lower().endswith(TABLES) and ".json" not in p.name.lower()
    )
    if len(found) != 1:
        raise DatasetError(
            f"There are {len(found)} tables in {path}; name one CSV, TSV or Parquet file.",
            code="several-tables",
        )
    return found[0]


def _separator(path: Path) -> str:
    """Return the separator that cuts the first line into most cells."""
    with opened(path) as file:
        if not file.peek(1):
            raise DatasetError(
                f"{path} is empty; name a table with a line of column names and rows below.",
                code="empty-file",
            )
    line = " ".join(first_row(path, "\0", quoted=False))
    found = max(_SEPARATORS, key=line.count)
    if not line.count(found):
        raise DatasetError(
            f"The first line of {path} is cut by no tab, comma, semicolon or bar; "
            "separate user and item by one of these.",
            code="no-separator",
        )
    return found
