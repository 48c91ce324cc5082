"""The student report's recommender: name a song's genre by hard majority, then draw songs of that genre by chance.

It is the baseline every other recommender has to beat: what naming a genre is worth without hearing anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.library.records import Sketch
from segue.recommend.catalogue import Catalogue, check_length
from segue.recommend.copies import Taken
from segue.types import RankedItem, TimelineEntry


@dataclass(frozen=True, slots=True)
class Vote:
    """How many chunks a genre won, and the mean of the probabilities it won them with, in [0, 1]."""

    genre: str
    chunks: int
    mean_probability: float


def hard_majority(timeline: Iterable[TimelineEntry]) -> tuple[Vote, ...]:
    """Return a vote for each genre that won a chunk, the winner of all first; empty for no chunks.

    Every chunk counts once for its likeliest genre, however sure it is. Of genres with equally many
    chunks the one that won them with the higher mean probability comes first.
    """
    won = defaultdict(list)
    for chunk in timeline:
        won[chunk.genre].append(chunk.probability)
    return _ranked(Vote(genre, len(p), sum(p) / len(p)) for genre, p in won.items())


def pooled(ballots: Iterable[Sequence[Vote]]) -> tuple[Vote, ...]:
    """Return the votes of several songs as those of one: all their chunks count alike."""
    chunks: defaultdict[str, int] = defaultdict(int)
    weight: defaultdict[str, float] = defaultdict(float)
    for votes in ballots:
        for vote in votes:
            chunks[vote.genre] += vote.chunks
            weight[vote.genre] += vote.chunks * vote.mean_probability
    return _ranked(Vote(genre, n, weight[genre] / n) for genre, n in chunks.items())


def _ranked(votes: Iterable[Vote]) -> tuple[Vote, ...]:
    # The name comes last, so that not even a tie in everything depends on the order of arrival.
    return tuple(sorted(votes, key=lambda vote: (-vote.chunks, -vote.mean_probability, vote.genre)))


class SameGenreRecommender:
    """Ranks the items of the history's genre by chance; see segue.recommend.contract.

    ``items`` int64 (n,) ascending; ``ballots[i]`` are the votes of ``items[i]``, whose first names its
    genre; an item without votes is never drawn. ``sketch`` tells copies apart and is asked only about
    items that are about to be ranked: a copy of the history, or of an item ranked higher, is left out.
    The score is the draw, uniform in [0, 1); it depends on ``seed`` and the history alone.
    """

    needs_history = True

    def __init__(
        self,
        items: np.ndarray,
        ballots: Sequence[Sequence[Vote]],
        sketch: Callable[[int], Sketch],
        *,
        seed: int,
    ) -> None:
        self._catalogue = Catalogue(items)
        if len(self._catalogue) != len(ballots):
            raise ValueError("items and ballots must be of one length")
        self._ballots = ballots
        self._genres = np.array([votes[0].genre if votes else "" for votes in ballots], dtype=object)
        self._sketch = sketch
        self._seed = seed

    @property
    def items(self) -> np.ndarray:
        return self._catalogue.items

    def recommend(self, history: Sequence[int], n: int) -> list[RankedItem]:
        rows = np.unique(self._catalogue.rows(history))
        heard = self.items[rows].tolist()
        votes = pooled(self._ballots[row] for row in rows.tolist())
        return self.of_genre(
            votes[0].genre if votes else "", n, heard, heard, [self._sketch(item) for item in heard]
        )

    def of_genre(
        self,
        genre: str,
        n: int,
        draw: Sequence[int],
        leave_out: Sequence[int] = (),
        copies_of: Sequence[Sketch] = (),
    ) -> list[RankedItem]:
        """Up to ``n`` items of ``genre`` for songs inside or outside the catalogue.

        ``draw`` are non-negative numbers that stand for those songs: other songs are another draw.
        Neither the items ``leave_out`` are listed nor a copy of one of ``copies_of``. Raises as
        ``recommend`` does.
        """
        check_length(n)
        scores = np.random.default_rng([self._seed, *draw]).random(len(self._catalogue))
        offered = (self._genres == genre) & (genre != "")
        offered[self._catalogue.rows(leave_out)] = False
        rows = np.flatnonzero(offered)
        taken = Taken(copies_of)
        chosen: list[RankedItem] = []
        for row in rows[np.argsort(-scores[rows], kind="stable")].tolist():
            item = int(self.items[row])
            sketch = self._sketch(item)
            if taken.holds_copy_of(sketch):
                continue
            taken.add(sketch)
            chosen.append(RankedItem(item, float(scores[row])))
            if len(chosen) == n:
                break
        return chosen
