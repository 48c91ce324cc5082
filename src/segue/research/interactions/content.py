"""Content of items as numbers: audio descriptors and genres, standardised; or names alone.

The descriptors are those Spotify publishes: seven in [0, 1], loudness in decibels, tempo in
beats per minute, duration in milliseconds, key as pitch class 0..11, mode 0 or 1 and beats a bar.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from segue.research.interactions.batches import polars
from segue.types import ItemContent

if TYPE_CHECKING:
    import polars as pl

_PLAIN = (
    "danceability",
    "energy",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "time_signature",
)
_LOGARITHMIC = ("tempo", "duration_ms")  # heard as ratios: twice as fast, half as long
DESCRIPTORS = (*_PLAIN, *_LOGARITHMIC, "key")
_MIN_TRACKS = 5  # a genre on fewer tracks says little beyond who the artist is
_MIN_TRACKS_OF_FEW, _FEW = 2, 1000  # in a small set, two tracks have to do


def encode_descriptors(items: pl.DataFrame) -> tuple[np.ndarray | None, dict[str, int]]:
    """Return float32 ``(n_items, 14)`` standardised, and how many items lack each descriptor.

    The first is None where no descriptor tells one item from another.

    ``items`` has the columns of `DESCRIPTORS`, as text or numbers. Tempo and duration enter by
    their logarithm; the key as a point on the circle, so that B is next to C. What is missing,
    no number or, for a logarithm, not positive, takes the column's mean.
    """
    pl = polars()
    numbers = {
        name: items[name].cast(pl.Float64, strict=False).fill_null(math.nan).to_numpy()
        for name in DESCRIPTORS
    }
    columns = [numbers[name] for name in _PLAIN]
    with np.errstate(divide="ignore", invalid="ignore"):
        columns += [np.log(numbers[name]) for name in _LOGARITHMIC]
    key = np.where((numbers["key"] >= 0) & (numbers["key"] < 12), numbers["key"], math.nan)
    columns += [np.cos(key * math.tau / 12), np.sin(key * math.tau / 12)]
    names = (*_PLAIN, *_LOGARITHMIC, "key", "key")
    lacking = {name: int((~np.isfinite(column)).sum()) for name, column in zip(names, columns, strict=True)}
    heard = standardised(np.stack(columns, axis=1))
    return heard if heard.any() else None, {name: n for name, n in lacking.items() if n}


def encode_genres(genres: pl.Series) -> np.ndarray | None:
    """Return float32 ``(n_items, n_genres)``, which genres each item has, standardised; None when there are none.

    ``genres`` is text with ``|`` between genres, null where unknown. Genres on fewer than 5 items
    (2 in a set of under 1,000) are left out; columns are in alphabetical order.
    """
    pl = polars()
    min_tracks = _MIN_TRACKS if genres.len() >= _FEW else _MIN_TRACKS_OF_FEW
    lists = genres.cast(pl.String).fill_null("").str.split("|").to_list()
    of_items = [{name for part in parts if (name := part.strip())} for parts in lists]
    counts: dict[str, int] = {}
    for names in of_items:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    column = {name: k for k, name in enumerate(sorted(n for n, c in counts.items() if c >= min_tracks))}
    if not column:
        return None
    has = np.zeros((len(of_items), len(column)))
    for row, names in enumerate(of_items):
        has[row, [column[name] for name in names if name in column]] = 1.0
    return standardised(has)


def standardised(columns: np.ndarray) -> np.ndarray:
    """Return float32, each column with mean 0 and variance 1 over what is finite; 0 elsewhere and where constant."""
    finite = np.isfinite(columns)
    filled = np.where(finite, columns, 0.0)
    n = np.maximum(finite.sum(axis=0), 1)
    centred = np.where(finite, filled - filled.sum(axis=0) / n, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=0) / n)
    constant = deviation <= 1e-9 * np.abs(filled).max(axis=0, initial=0.0)
    return np.where(constant, 0.0, centred / np.where(constant, 1.0, deviation)).astype(np.float32)


def content_of_names(
    item_ids: Sequence[str],
    artists: Mapping[str, str | None],
    titles: Mapping[str, str | None],
    metadata: np.ndarray | None = None,
) -> ItemContent:
    """Return content without ``audio``, with the names of the items that are known."""
    return ItemContent(
        audio=None,
        metadata=metadata,
        artists=tuple(artists.get(item) for item in item_ids),
        titles=tuple(titles.get(item) for item in item_ids),
    )
