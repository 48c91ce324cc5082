"""Music4All-Onion (Moscati et al. 2022): ``userid_trackid_timestamp.tsv``, or ``userid_trackid_count.tsv``.

Tab-separated, packed with bz2 or not, with ``user_id track_id timestamp`` (or ``count``) as its
header; track ids have 16 characters, times are dates written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DatasetError
from segue.research.interactions.batches import first_row, polars, text_batches
from segue.research.interactions.columns import Columns
from segue.research.interactions.report import ImportReport
from segue.research.interactions.table import collect
from segue.types import Interactions

if TYPE_CHECKING:
    import polars as pl

FILES = ("userid_trackid_timestamp.tsv", "userid_trackid_count.tsv")
NOT_TRACK = "tracks whose id has not 16 characters"
_ID_LENGTH = 16


def read_music4all_onion(path: Path) -> tuple[Interactions, None, ImportReport]:
    """Return the interactions in ``path``, one of `FILES` or the folder that holds one; with times where it can.

    Raises DatasetError when none is there, or no row is of the form.
    """
    path = _file(path)
    names = first_row(path, "\t", quoted=False)
    if len(names) != 3:
        raise DatasetError(
            f"{path} has {len(names)} columns by tabs where user, track and timestamp are three.",
            code="wrong-columns",
        )
    header = names[:2] == ["user_id", "track_id"]
    third = "count" if (names[2] == "count" if header else "count" in path.name) else "timestamp"
    columns = Columns("user_id", "track_id", *(("count", None) if third == "count" else (None, "timestamp")))
    batches = text_batches(path, ("user_id", "track_id", third), "\t", header=header, quoted=False)
    odd: list[int] = []
    kind = "music4all-onion"
    interactions, _, report = collect(_well_named(batches, odd), columns, kind, path, name=kind)
    return interactions, None, report.with_dropped(NOT_TRACK, sum(odd))


def _well_named(
    batches: Iterator[tuple[pl.DataFrame, int]], odd: list[int]
) -> Iterator[tuple[pl.DataFrame, int]]:
    pl = polars()
    for frame, bad in batches:
        good = frame.filter(pl.col("track_id").is_null() | (pl.col("track_id").str.len_chars() == _ID_LENGTH))
        odd.append(frame.height - good.height)
        yield good, bad


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    for name in FILES:
        for suffix in ("", ".bz2", ".gz"):
            if (path / f"{name}{suffix}").is_file():
                return path / f"{name}{suffix}"
    raise DatasetError(
        f"There is no {FILES[0]} (or .bz2) at {path}; name it, or the folder that holds it.",
        code="nothing-there",
    )
