"""HetRec 2011 Last.fm (Cantador et al. 2011): who listens to which artists, and the tags they gave.

Tab-separated, lines end in CRLF, nothing is quoted (artists' names hold quotation marks).
``tags.dat`` is Latin-1, the rest UTF-8. Items are artists.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segue.errors import DatasetError
from segue.research.interactions.batches import first_row, polars, text_batches
from segue.research.interactions.content import content_of_names, standardised
from segue.research.interactions.pairs import Pairs
from segue.research.interactions.report import NOT_PARSED, ImportReport
from segue.types import Interactions, ItemContent

if TYPE_CHECKING:
    import polars as pl

FILE = "user_artists.dat"
_MIN_ARTISTS = 5  # a tag on fewer artists says little


def read_hetrec_lastfm(path: Path) -> tuple[Interactions, ItemContent | None, ImportReport]:
    """Return users, artists as items and listening counts; names and tags where their files are there.

    ``ItemContent.metadata`` says how many users gave each tag on 5 artists or more, by the
    logarithm, standardised; ``audio`` is None. Raises DatasetError when files or columns are missing.
    """
    pl = polars()
    folder = path if path.is_dir() else path.parent
    pairs = Pairs(counted=True)
    for frame, bad in _rows(folder / FILE, ("userID", "artistID", "weight")):
        pairs.drop(NOT_PARSED, bad)
        pairs.add(
            frame.select(
                pl.col("userID").alias("user"),
                pl.col("artistID").alias("item"),
                pl.col("weight").cast(pl.Float64, strict=False).alias("count"),
            )
        )
    interactions, report = pairs.finish(
        "hetrec-lastfm", "hetrec-lastfm", str(folder), "userID as user, artistID as item, weight as count"
    )
    if not (folder / "artists.dat").is_file():
        return interactions, None, report
    names = {
        artist: name
        for frame, _ in _rows(folder / "artists.dat", ("id", "name"))
        for artist, name in frame.select("id", "name").rows()
    }
    unknown = sum(item not in names for item in interactions.item_ids)
    if unknown:
        report.noted["artists without a name"] = unknown
    return (
        interactions,
        content_of_names(interactions.item_ids, names, {}, _tags(folder, interactions, report)),
        report,
    )


def read_tags(path: Path) -> dict[str, str]:
    """Return the tags by their id, from ``tags.dat``, which is Latin-1. Raises DatasetError."""
    try:
        lines = path.read_bytes().decode("latin-1").replace("\r\n", "\n").split("\n")
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}).", code="not-readable") from None
    rows = [line.split("\t", 1) for line in lines[1:] if "\t" in line]
    return dict(rows)  # type: ignore[arg-type]


def _tags(folder: Path, interactions: Interactions, report: ImportReport) -> np.ndarray | None:
    given = folder / "user_taggedartists.dat"
    if not (given.is_file() and (folder / "tags.dat").is_file()):
        return None
    pl = polars()
    tags = read_tags(folder / "tags.dat")
    place = {item: row for row, item in enumerate(interactions.item_ids)}
    batches = _rows(given, ("userID", "artistID", "tagID"))
    if not batches:
        return None
    frame = pl.concat([frame for frame, _ in batches])
    known = frame.filter(pl.col("artistID").is_in(list(place)) & pl.col("tagID").is_in(list(tags)))
    if known.height < frame.height:
        report.noted["tags given to artists nobody has, or unknown tags, left out"] = (
            frame.height - known.height
        )
    counts = known.group_by("artistID", "tagID").agg(pl.col("userID").n_unique().alias("n"))
    frequent = counts["tagID"].value_counts().filter(pl.col("count") >= _MIN_ARTISTS)["tagID"].to_list()
    column = {
        tag_id: k for k, tag_id in enumerate(sorted(frequent, key=lambda tag_id: (tags[tag_id], tag_id)))
    }
    if not column:
        return None
    given_by = np.zeros((len(place), len(column)))
    for artist, tag_id, n in counts.rows():
        if tag_id in column:
            given_by[place[artist], column[tag_id]] = np.log1p(n)
    return standardised(given_by)


def _rows(path: Path, needed: tuple[str, ...]) -> list[tuple[pl.DataFrame, int]]:
    if not path.is_file():
        raise DatasetError(
            f"{path} is missing; name the folder of hetrec2011-lastfm-2k.", code="nothing-there"
        )
    names = first_row(path, "\t", quoted=False)
    missing = [name for name in needed if name not in names]
    if missing:
        raise DatasetError(
            f"{path} has no column {missing[0]!r}; it has {', '.join(names) or 'none'}.",
            code="no-such-column",
        )
    return list(text_batches(path, names, "\t", header=True, quoted=False))
