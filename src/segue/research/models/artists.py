"""Baselines that know which artist made an item: the artists most chosen, and the history's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.baselines import artist_numbers, listeners
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.scorers import SameForAll, chosen


def _artist_popularity(data: Training, settings: Settings) -> SameForAll:
    artists = artist_numbers(data.content.artists)
    by_artist = np.bincount(artists, weights=listeners(data.pairs))
    return SameForAll(by_artist[artists].astype(np.float32))


@dataclass(frozen=True, slots=True)
class WithinArtist:
    """The artists that fill most of the history first, each one's most popular items first.

    ``artists`` int64 and ``popularity`` float32 in [0, 0.5], both ``(n_items,)``.
    """

    artists: np.ndarray
    popularity: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        n = len(self.artists)
        ones = np.ones(n, np.float32)
        item_to_artist = sparse.csr_matrix((ones, self.artists, np.arange(n + 1)))
        return (chosen(histories) @ item_to_artist).toarray()[:, self.artists] + self.popularity

    def arrays(self) -> dict[str, np.ndarray]:
        return {"artists": self.artists, "popularity": self.popularity}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> WithinArtist:
        return cls(arrays["artists"], arrays["popularity"])


def _within_artist(data: Training, settings: Settings) -> WithinArtist:
    artists = artist_numbers(data.content.artists)
    popularity = listeners(data.pairs)
    # A cold item has no listeners of its own: it stands where its artist's known items stand on average.
    total = np.bincount(artists, weights=popularity)
    n_known = np.bincount(artists, weights=data.known)
    average = (total / np.maximum(n_known, 1))[artists]
    popularity = np.where(data.known, popularity, average)
    return WithinArtist(artists, (0.5 * popularity / max(popularity.max(), 1)).astype(np.float32))


KINDS = (
    Kind(
        "artist-popularity",
        "what the artists that most users chose have made",
        "all",
        _artist_popularity,
        needs=frozenset({"artists"}),
        control=True,
        ignores_history=True,
    ),
    Kind(
        "popularity-within-artist",
        "the most popular items of the history's own artists",
        "all",
        _within_artist,
        needs=frozenset({"artists"}),
        control=True,
    ),
)
