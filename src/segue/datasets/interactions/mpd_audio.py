"""Playlists and tracks with audio descriptors: two gzipped CSV files in one folder.

``interactions_strict_id_5core.csv.gz`` has ``pid,item_idx,pos`` and ``items_strict_id_5core.csv.gz``
one row a track, with Spotify's audio descriptors and the genres of its artist. Playlists play
the part of users; item ids are ``item_idx`` as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segue.datasets.interactions.descriptors import DESCRIPTORS, encode_descriptors, encode_genres
from segue.datasets.interactions.frames import polars
from segue.datasets.interactions.pairs import Pairs
from segue.datasets.interactions.report import UNKNOWN_ITEM, UNUSED_ITEMS, ImportReport
from segue.errors import DatasetError
from segue.types import Interactions, ItemContent

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

INTERACTIONS_FILE = "interactions_strict_id_5core.csv.gz"
ITEMS_FILE = "items_strict_id_5core.csv.gz"


def read_mpd_audio(folder: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return playlists as users, content of every item, and what was dropped.

    ``ItemContent.audio`` encodes the 13 descriptors, ``metadata`` the artist's genres (None where
    the file tells none). Raises DatasetError when a file or column is missing, an item
    is listed twice, or the two files have no item in common; MissingExtra without polars.
    """
    pl = polars()
    items = _read(folder / ITEMS_FILE, ("item_idx", *DESCRIPTORS))
    rows = _read(folder / INTERACTIONS_FILE, ("pid", "item_idx"))
    items = items.filter(pl.col("item_idx").is_not_null())
    twice = items["item_idx"].value_counts().filter(pl.col("count") > 1)
    if twice.height:
        raise DatasetError(
            f"{folder / ITEMS_FILE} lists {twice.height} items twice (item_idx {twice['item_idx'].min()}); "
            "each item needs one row."
        )
    known = rows.filter(pl.col("item_idx").is_in(items["item_idx"].implode()) | pl.col("item_idx").is_null())
    if rows.height and not known["item_idx"].count():
        raise DatasetError(
            f"No item of {folder / INTERACTIONS_FILE} is in {folder / ITEMS_FILE}: the files are of different sets."
        )
    pairs = Pairs()
    pairs.drop(UNKNOWN_ITEM, rows.height - known.height)
    pairs.add(known.select(pl.col("pid").alias("user"), pl.col("item_idx").alias("item")))
    unused = items.height - known["item_idx"].drop_nulls().n_unique()
    if unused:
        pairs.noted[UNUSED_ITEMS] = unused
    interactions, report = pairs.finish(
        "mpd-audio", "mpd-audio", str(folder), "playlists (pid) as users, tracks (item_idx) as items"
    )
    ordered = pl.DataFrame({"item_idx": interactions.item_ids}).join(
        items, on="item_idx", how="left", maintain_order="left"
    )
    audio, filled = encode_descriptors(ordered)
    for name, count in filled.items():
        report.noted[f"items without {name}, taken as average"] = count
    if "artist_genres" in ordered.columns and (without := ordered["artist_genres"].null_count()):
        report.noted["items whose artist has no genres"] = without
    return interactions, _content(ordered, audio), report


def _content(items: pl.DataFrame, audio: np.ndarray) -> ItemContent:
    nothing = (None,) * items.height
    genres = items["artist_genres"] if "artist_genres" in items.columns else None
    return ItemContent(
        audio=audio,
        metadata=None if genres is None else encode_genres(genres),
        artists=tuple(items["artist_name"]) if "artist_name" in items.columns else nothing,
        titles=tuple(items["track_name"]) if "track_name" in items.columns else nothing,
    )


def _read(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return the whole file as text. Raises DatasetError when it or one of ``columns`` is missing."""
    pl = polars()
    if not path.is_file():
        raise DatasetError(
            f"{path} is missing; mpd-audio is a folder with {INTERACTIONS_FILE} and {ITEMS_FILE}."
        )
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        raise DatasetError(f"{path} cannot be read as CSV ({' '.join(str(error).split())[:120]}).") from None
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise DatasetError(f"{path} has no column {missing[0]!r}; it needs {', '.join(columns)}.")
    return frame
