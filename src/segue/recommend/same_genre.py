"""The student report's recommender: name a song's genre by hard majority, then draw songs of that genre by chance.

It is the baseline every other recommender has to beat: what naming a genre is worth without hearing anything else.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.copies.taken import Taken
from segue.library.records import Sketch
from segue.model.vote import hard_majority as majority_order
from segue.recommend.catalogue import Catalogue, check_length
from segue.types import GenreProbability, RankedItem, TimelineEntry

# What is stored of a probability may have become nought, whose logarithm is none.
_LEAST = 1e-30


@dataclass(frozen=True, slots=True)
class Vote:
    """How many chunks a genre won, and the mean probability, in [0, 1], that all chunks gave it, won or not.

    The mean is geometric, as in segue.model.vote: what the product calls a track's probability of a genre.
    """

    genre: str
    chunks: int
    mean_probability: float


def hard_majority(timeline: Iterable[TimelineEntry], genres: Iterable[GenreProbability]) -> tuple[Vote, ...]:
    """Return a vote for each of a track's ``genres``, the winner of all first; empty for no chunks.

    Every chunk counts once for its likeliest genre, however sure it is. Of genres with equally many chunks the one
    that all chunks together hold likelier comes first (segue.model.vote.hard_majority).
    """
    won = Counter(chunk.genre for chunk in timeline)
    if not won:
        return ()
    mean = dict.fromkeys(won, 0.0) | {genre.genre: genre.probability for genre in genres}
    return _ranked([Vote(genre, won[genre], probability) for genre, probability in mean.items()])


def pooled(ballots: Iterable[Sequence[Vote]]) -> tuple[Vote, ...]:
    """Return the votes of several songs as those of one: all their chunks count alike."""
    chunks: defaultdict[str, int] = defaultdict(int)
    weight: defaultdict[str, float] = defaultdict(float)
    heard = [(votes, sum(vote.chunks for vote in votes)) for votes in ballots]
    names = sorted({vote.genre for votes, _ in heard for vote in votes})
    total = sum(n for _, n in heard)
    for votes, n in heard:
        mean = {vote.genre: vote.mean_probability for vote in votes}
        for vote in votes:
            chunks[vote.genre] += vote.chunks
        for name in names:
            weight[name] += n / total * math.log(max(mean.get(name, 0.0), _LEAST))
    together = {name: math.exp(weight[name]) for name in names}
    whole = sum(together.values())
    return _ranked([Vote(name, chunks[name], p / whole) for name, p in together.items()])


def _ranked(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    # In order of name, so that not even a tie in everything depends on the order of arrival.
    votes = sorted(votes, key=lambda vote: vote.genre)
    order = majority_order(
        np.array([vote.chunks for vote in votes]), np.array([vote.mean_probability for vote in votes])
    )
    return tuple(votes[number] for number in order.tolist())


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
