"""Selection: from scores to the list that is shown. The one place where picks are chosen.

Each recording is listed once (copies of seeds, of the history and of what is listed already are left out), and
artists and albums as often and as densely as the query allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from segue.copies.sketch import Sketch, SketchSet
from segue.recommend.query import Query, Seed
from segue.recommend.snapshot import Snapshot
from segue.text import artist_key, fold

_FIRST_LOOK = 64
_LOOK_FURTHER = 8
# Files of one recording differ in length by less (segue.copies.sketch), so only such tracks are compared.
COPY_LENGTH_TOLERANCE_S = 0.51


def select(scores: np.ndarray, query: Query, snapshot: Snapshot) -> Iterator[int]:
    """Yield up to ``query.n`` rows in the order of a list: by falling score, ties by row, -inf never.

    A pick that stands too close to another by its artist or album waits until there is room, and then comes before
    anything with a lower score.
    """
    given = set(query.given)
    chosen = _Chosen(query, snapshot)
    waiting: list[int] = []
    ranked = _by_falling_score(scores, _FIRST_LOOK + len(given) + query.n)
    while chosen.n < query.n:
        row = next((one for one in waiting if chosen.has_room_beside(one)), None)
        if row is not None:
            waiting.remove(row)
        else:
            row = next(ranked, None)
            if row is None:
                return
            item = int(snapshot.items[row])
            filters = query.filters
            if item in given or item in filters.without or not (filters.only is None or item in filters.only):
                continue
            if chosen.is_full_for(row) or chosen.holds_copy_of(row):
                continue
            if not chosen.has_room_beside(row):
                waiting.append(row)
                continue
        if chosen.is_full_for(row) or (waiting and chosen.holds_copy_of(row)):
            continue
        chosen.add(row)
        yield row


def _by_falling_score(scores: np.ndarray, k: int) -> Iterator[int]:
    """Yield the rows of finite scores, best first, ties in order; looks deeper only when asked for more."""
    done = 0
    while True:
        order = _best(scores, k)
        yield from order[done:].tolist()
        done = len(order)
        if done < k:
            return
        k *= _LOOK_FURTHER


def _best(scores: np.ndarray, k: int) -> np.ndarray:
    """The rows of the ``k`` best scores above -inf."""
    if k < len(scores):
        worst = np.partition(scores, len(scores) - k)[len(scores) - k]
        enough = np.flatnonzero((scores >= worst) & (scores > -np.inf))  # with all that tie at the border
    else:
        enough = np.flatnonzero(scores > -np.inf)
    return enough[np.argsort(-scores[enough], kind="stable")[:k]]


@dataclass
class _Chosen:
    """What is listed so far."""

    query: Query
    snapshot: Snapshot
    n: int = 0
    places: dict[str, list[int]] = field(default_factory=dict)  # of each artist and album in the list
    taken: list[tuple[float, int | Seed]] = field(default_factory=list)  # duration; item or seed

    def __post_init__(self) -> None:
        for seed in self.query.seeds:
            if seed.item is not None:
                self.taken.append((self._duration_s(seed.item), seed.item))
            elif seed.sketch is not None:
                self.taken.append((seed.sketch.duration_s, seed))
        self.taken += [(self._duration_s(item), item) for item in self.query.history]

    def is_full_for(self, row: int) -> bool:
        return any(limit and len(self.places.get(key, ())) >= limit for key, limit, _ in self._groups(row))

    def has_room_beside(self, row: int) -> bool:
        return all(
            key not in self.places or self.n - self.places[key][-1] > gap for key, _, gap in self._groups(row)
        )

    def holds_copy_of(self, row: int) -> bool:
        duration_s = float(self.snapshot.durations_s[row])
        near = [
            what for length_s, what in self.taken if abs(length_s - duration_s) <= COPY_LENGTH_TOLERANCE_S
        ]
        if not near:
            return False
        sketches = [self._sketch(what) for what in near]
        return SketchSet(sketches).holds_copy_of(self.snapshot.sketch_of(int(self.snapshot.items[row])))

    def add(self, row: int) -> None:
        for key, _, _ in self._groups(row):
            self.places.setdefault(key, []).append(self.n)
        self.taken.append((float(self.snapshot.durations_s[row]), int(self.snapshot.items[row])))
        self.n += 1

    def _groups(self, row: int) -> Iterator[tuple[str, int, int]]:
        """The artist and album of a track that the query limits, with limit and gap; none for one without a tag."""
        query = self.query
        if (query.per_artist or query.artist_gap) and (artist := artist_key(self.snapshot.artists[row])):
            yield f"artist {artist}", query.per_artist, query.artist_gap
        if (query.per_album or query.album_gap) and (album := fold(self.snapshot.albums[row])):
            yield f"album {album}", query.per_album, query.album_gap

    def _duration_s(self, item: int) -> float:
        return float(self.snapshot.durations_s[self.snapshot.row(item)])

    def _sketch(self, what: int | Seed) -> Sketch:
        if isinstance(what, Seed):
            assert what.sketch is not None
            return what.sketch
        return self.snapshot.sketch_of(what)
