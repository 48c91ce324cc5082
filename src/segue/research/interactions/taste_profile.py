"""The Taste Profile of the Million Song Dataset (Bertin-Mahieux et al. 2011): user, song, count, by tabs, no header."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DatasetError
from segue.research.interactions.batches import polars, text_batches
from segue.research.interactions.pairs import Pairs
from segue.research.interactions.report import BLANK, NOT_PARSED, ImportReport
from segue.types import Interactions

if TYPE_CHECKING:
    import polars as pl

FILE = "train_triplets.txt"
_NAMES = ("user", "item", "count")
NOT_SONG = "songs whose id is not SO and 16 letters or digits"


def read_taste_profile(path: Path) -> tuple[Interactions, None, ImportReport]:
    """Return the interactions in ``path``, the file or its folder, packed or not.

    Raises DatasetError when it is not there or no row is of the form.
    """
    path = _file(path)
    pairs = Pairs(counted=True)
    for frame, bad in text_batches(path, _NAMES, "\t", header=False, quoted=False):
        pairs.drop(NOT_PARSED, bad)
        pairs.add(_songs(frame, pairs))
    interactions, report = pairs.finish(
        "taste-profile", "taste-profile", str(path), "user, song and count by tabs, no header"
    )
    return interactions, None, report


def _songs(frame: pl.DataFrame, pairs: Pairs) -> pl.DataFrame:
    pl = polars()
    filled = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    pairs.drop(BLANK, frame.height - filled.height)
    songs = filled.filter(pl.col("item").is_null() | pl.col("item").str.contains("^SO[0-9A-Z]{16}$"))
    pairs.drop(NOT_SONG, filled.height - songs.height)
    return songs.with_columns(pl.col("count").cast(pl.Float64, strict=False))


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    found = sorted(path.rglob(f"{FILE}*"))
    if not found:
        raise DatasetError(
            f"There is no {FILE} at {path}; name it, or the folder that holds it.", code="nothing-there"
        )
    return found[0]
