"""The question a recommender is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from segue.copies.sketch import Sketch
from segue.recommend.votes import Vote

PER_ARTIST = 2


@dataclass(frozen=True, slots=True)
class Seed:
    """A track to find others for: one of the snapshot's by its id, or one from outside by what was heard in it.

    ``weight`` is above 0 for "more like this", below 0 for "less like this". ``vector`` float32 ``(dim,)`` of unit
    length, ``sketch``, ``votes``, ``identity`` (of the audio) and ``values`` (of facets, by name) are those of a track from
    outside; a track with an ``item`` needs none of them.
    """

    item: int | None = None
    weight: float = 1.0
    vector: np.ndarray | None = None
    sketch: Sketch | None = None
    votes: tuple[Vote, ...] = ()
    identity: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if not np.isfinite(self.weight) or self.weight == 0:
            raise ValueError(f"a seed's weight is finite and not 0, not {self.weight}")
        if self.item is None and self.vector is None:
            raise ValueError("a seed is an item or has a vector")


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be listed: track ids never listed, and, unless None, the only ones that may be."""

    without: frozenset[int] = frozenset()
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Seeds and history, and the list that is wanted.

    ``history`` are track ids chosen before: scorers of lists take them for part of the list, content takes them for
    seeds where there are none; neither seeds nor history are listed. ``n`` is the number of picks, ``chance`` the
    seed of whatever is drawn. Of one artist at most ``per_artist`` are listed and of one album ``per_album`` (0: no
    limit); between two picks by one artist stand at least ``artist_gap`` others, likewise ``album_gap``.
    ``combine`` names how several seeds are combined (segue.recommend.seeds), None for the default. ``feel`` gives
    weights of 0 or more to facets beside timbre, whose weight is 1 unless it is named, too.
    """

    seeds: tuple[Seed, ...] = ()
    history: tuple[int, ...] = ()
    n: int = 10
    chance: int = 0
    filters: Filters = Filters()
    per_artist: int = PER_ARTIST
    per_album: int = 0
    artist_gap: int = 0
    album_gap: int = 0
    combine: str | None = None
    feel: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"a ranking has at least one place, not {self.n}")
        if min(self.chance, self.per_artist, self.per_album, self.artist_gap, self.album_gap) < 0:
            raise ValueError("limits, gaps and the seed of chance are 0 or more")
        if not all(0 <= weight < np.inf for _, weight in self.feel):
            raise ValueError("weights of facets are finite and 0 or more")

    @property
    def given(self) -> tuple[int, ...]:
        """Track ids of all seeds and the history, ascending, each once."""
        return tuple(sorted({s.item for s in self.seeds if s.item is not None} | set(self.history)))
