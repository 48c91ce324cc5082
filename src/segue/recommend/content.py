"""What sounds like the seeds: cosine of embeddings, copies left out, no artist too often."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from segue.library.records import Sketch
from segue.recommend.catalogue import Catalogue, check_length
from segue.recommend.pick import pick
from segue.recommend.search import Index
from segue.types import RankedItem

PER_ARTIST = 2
_FIRST_LOOK = 64
_LOOK_FURTHER = 8


@dataclass(frozen=True, slots=True)
class Seed:
    """Something to find company for: its embedding (float32, unit length) and its sketch.

    ``item`` is set when it is one of the catalogue's.
    """

    vector: np.ndarray
    sketch: Sketch
    item: int | None = None


class ContentRecommender:
    """Ranks items by their mean cosine with the seeds; see segue.recommend.contract.

    The mean, because it asks for what fits all seeds together, costs one search however many
    seeds there are, and leaves nothing to special-case where seeds contradict each other. A copy
    of a seed, or of an item ranked higher, is left out (the same recording, also in another
    format or bitrate; see segue.copies.sketch). Of one artist at most ``per_artist``
    items are ranked, the seeds' own artists like any other; 0 sets no limit, and an item that
    names no artist is never held back. Where that leaves gaps, lower ranks move up.

    ``items`` int64 (n,) ascending, row i of ``index.matrix`` and ``artists[i]`` belonging to
    ``items[i]``; ``sketch`` gives an item's sketch and is asked only about items that are
    about to be ranked.
    """

    needs_history = True

    def __init__(
        self,
        items: np.ndarray,
        index: Index,
        artists: Sequence[str | None],
        sketch: Callable[[int], Sketch],
        *,
        per_artist: int = PER_ARTIST,
    ) -> None:
        self._catalogue = Catalogue(items)
        if not len(self._catalogue) == len(index.matrix) == len(artists):
            raise ValueError("items, index and artists must be of one length")
        if per_artist < 0:
            raise ValueError(f"per_artist is a number of items or 0 for no limit, not {per_artist}")
        self._index = index
        self._artists = artists
        self._sketch = sketch
        self._per_artist = per_artist

    @property
    def items(self) -> np.ndarray:
        return self._catalogue.items

    def recommend(self, history: Sequence[int], n: int) -> list[RankedItem]:
        rows = self._catalogue.rows(history)
        return self.like([self._seed(row) for row in np.unique(rows).tolist()], n)

    def like(self, seeds: Sequence[Seed], n: int) -> list[RankedItem]:
        """Up to ``n`` items for seeds inside or outside the catalogue; scores in [-1, 1].

        Raises as ``recommend`` does, and ValueError when a seed's vector is of another dimension.
        """
        check_length(n)
        self._catalogue.rows([seed.item for seed in seeds if seed.item is not None])
        if not seeds or not len(self._catalogue):
            return []
        query = np.mean([seed.vector for seed in seeds], axis=0, dtype=np.float32)
        if query.shape != self._index.matrix.shape[1:]:
            raise ValueError("seeds and items have embeddings of different dimensions")
        found = self._by_falling_score(query, _FIRST_LOOK + len(seeds) + n)
        return pick(
            ((row, min(1.0, max(-1.0, score))) for row, score in found),
            self.items,
            self._artists,
            self._sketch,
            n,
            per_artist=self._per_artist,
            seeds={seed.item for seed in seeds},
            seed_sketches=[seed.sketch for seed in seeds],
        )

    def _seed(self, row: int) -> Seed:
        item = int(self.items[row])
        return Seed(self._index.matrix[row], self._sketch(item), item)

    def _by_falling_score(self, query: np.ndarray, k: int) -> Iterator[tuple[int, float]]:
        """Rows and scores, best first; looks deeper only when asked for more."""
        offered: set[int] = set()
        lowest = float("inf")
        while len(offered) < len(self.items):
            rows, scores = self._index.search(query, k)
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
                # A deeper look into an approximate index may find what belonged further up.
                if row not in offered:
                    offered.add(row)
                    lowest = min(lowest, score)
                    yield row, lowest
            k *= _LOOK_FURTHER
