"""Playlists and tracks with audio descriptors: two CSV files in one folder, gzipped or not.

``interactions_strict_id_5core.csv.gz`` has ``pid,item_idx,pos`` and ``items_strict_id_5core.csv.gz``
one row a track, with Spotify's audio descriptors and the genres of its artist. Playlists play
the part of users; item ids are ``item_idx`` as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DatasetError
from segue.research.interactions.batches import column_names, polars, text_batches
from segue.research.interactions.content import DESCRIPTORS, encode_descriptors, encode_genres
from segue.research.interactions.pairs import Pairs
from segue.research.interactions.report import NO_AUDIO, NOT_PARSED, UNKNOWN_ITEM, UNUSED_ITEMS, ImportReport
from segue.types import Interactions, ItemContent

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

INTERACTIONS_FILE = "interactions_strict_id_5core.csv.gz"
ITEMS_FILE = "items_strict_id_5core.csv.gz"


def read_mpd_audio(folder: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return playlists as users, content of every item, and what was dropped.

    ``ItemContent.audio`` encodes the 13 descriptors (None where they are the same for all items),
    ``metadata`` the artist's genres (None where the file tells none). Raises DatasetError when a file or column is missing, an item
    is listed twice, or the two files have no item in common; MissingExtra without polars.
    """
    pl = polars()
    items_file, interactions_file = _file(folder, ITEMS_FILE), _file(folder, INTERACTIONS_FILE)
    listed, n_bad_items = _read(items_file, ("item_idx", *DESCRIPTORS))
    rows, n_bad = _read(interactions_file, ("pid", "item_idx"))
    items = listed.filter(pl.col("item_idx").is_not_null())
    twice = items["item_idx"].value_counts().filter(pl.col("count") > 1)
    if twice.height:
        raise DatasetError(
            f"{items_file} lists {twice.height} items twice (item_idx {twice['item_idx'].min()}); "
            "each item needs one row.",
            code="duplicate-item",
        )
    known = rows.filter(pl.col("item_idx").is_in(items["item_idx"].implode()) | pl.col("item_idx").is_null())
    if rows.height and not known["item_idx"].count():
        raise DatasetError(
            f"No item of {interactions_file} is in {items_file}: the files are of different sets.",
            code="different-sets",
        )
    pairs = Pairs()
    pairs.drop(NOT_PARSED, n_bad)
    pairs.drop(UNKNOWN_ITEM, rows.height - known.height)
    pairs.add(known.select(pl.col("pid").alias("user"), pl.col("item_idx").alias("item")))
    counted = {
        UNUSED_ITEMS: items.height - known["item_idx"].drop_nulls().n_unique(),
        "rows of the item file that do not parse": n_bad_items,
        "rows of the item file without item_idx": listed.height - items.height,
    }
    pairs.noted.update({what: count for what, count in counted.items() if count})
    interactions, report = pairs.finish(
        "mpd-audio", "mpd-audio", str(folder), "playlists (pid) as users, tracks (item_idx) as items"
    )
    ordered = pl.DataFrame({"item_idx": interactions.item_ids}).join(
        items, on="item_idx", how="left", maintain_order="left"
    )
    audio, filled = encode_descriptors(ordered)
    for name, count in filled.items():
        report.noted[f"items without {name}, taken as average"] = count
    if audio is None:
        report.noted[NO_AUDIO] = ordered.height
    if "artist_genres" in ordered.columns and (without := ordered["artist_genres"].null_count()):
        report.noted["items whose artist has no genres"] = without
    return interactions, _content(ordered, audio), report


def _content(items: pl.DataFrame, audio: np.ndarray | None) -> ItemContent:
    nothing = (None,) * items.height
    genres = items["artist_genres"] if "artist_genres" in items.columns else None
    return ItemContent(
        audio=audio,
        metadata=None if genres is None else encode_genres(genres),
        artists=tuple(items["artist_name"]) if "artist_name" in items.columns else nothing,
        titles=tuple(items["track_name"]) if "track_name" in items.columns else nothing,
    )


def _file(folder: Path, name: str) -> Path:
    """Return the file ``name`` of the folder, or the one unpacked and named so. Raises DatasetError when neither is there."""
    for path in (folder / name, folder / name.removesuffix(".gz")):
        if path.is_file():
            return path
    raise DatasetError(
        f"{folder / name} is missing; mpd-audio is a folder with {INTERACTIONS_FILE} and {ITEMS_FILE}.",
        code="nothing-there",
    )


def _read(path: Path, columns: tuple[str, ...]) -> tuple[pl.DataFrame, int]:
    """Return the whole file as text, and how many of its rows do not parse. Raises DatasetError when one of ``columns`` is missing."""
    pl = polars()
    names = column_names(path, ",")
    missing = [name for name in columns if name not in names]
    if missing:
        raise DatasetError(
            f"{path} has no column {missing[0]!r}; it needs {', '.join(columns)}.", code="no-such-column"
        )
    frames, n_bad = [pl.DataFrame(schema=dict.fromkeys(names, pl.String))], 0
    for frame, bad in text_batches(path, names, ",", header=True):
        frames.append(frame)
        n_bad += bad
    return pl.concat(frames), n_bad
