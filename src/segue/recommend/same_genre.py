"""The student report's recommender: name the seeds' genre by hard majority, then draw tracks of that genre by chance.

It is the baseline every other scorer has to beat: what naming a genre is worth without hearing anything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from segue.recommend.content import sorted_seeds
from segue.recommend.query import Query
from segue.recommend.snapshot import Snapshot
from segue.recommend.votes import Vote, pooled


def pooled_votes(query: Query, snapshot: Snapshot) -> tuple[Vote, ...]:
    """Return the votes of all chunks of the wanted seeds (or the history), the winner first; of genres with a chunk."""
    votes = pooled(snapshot.votes(seed) for seed in sorted_seeds(query) if seed.weight > 0)
    return tuple(vote for vote in votes if vote.chunks)


@dataclass(frozen=True, slots=True)
class SameGenreScorer:
    """Ranks the tracks of the seeds' genre by chance, and says nothing about others.

    The score is the draw, uniform in [0, 1); it depends on ``Query.chance`` and on the seeds' audio alone, not on
    where files lie or in which order they are named. Unwanted seeds do not vote.
    """

    snapshot: Snapshot
    name: str = "same-genre"
    needs: frozenset[str] = frozenset({"genres", "seeds"})

    def score(self, query: Query) -> np.ndarray:
        votes = pooled_votes(query, self.snapshot)
        seeds = [seed for seed in sorted_seeds(query) if seed.weight > 0]
        draw = audio_numbers(self.snapshot.identity(seed) for seed in seeds)
        return draw_within(self.snapshot.genres, votes[0].genre if votes else "", [query.chance, *draw])


def draw_within(genres: np.ndarray, genre: str, seed: list[int]) -> np.ndarray:
    """Return float32 ``(n_items,)``: a draw from [0, 1) by ``seed`` for each item of ``genre``, -inf for others."""
    scores = np.random.default_rng(seed).random(len(genres)).astype(np.float32)
    scores[(genres != genre) | (genres == "")] = -np.inf
    return scores


def audio_numbers(identities: Iterable[str]) -> list[int]:
    """Return numbers that stand for tracks' audio, whatever their files are called and in any order."""
    digests = {hashlib.sha256(identity.encode()).digest() for identity in identities}
    return [int.from_bytes(digest[:8], "big") for digest in sorted(digests)]
