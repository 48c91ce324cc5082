"""The hard majority of a track's chunks: which genre most of them name (the student report's rule)."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.encode import json_field
from segue.model.vote import hard_majority as majority_order
from segue.types import GenreProbability, TimelineEntry

_LEAST = 1e-30  # a stored probability may have been rounded to 0, which has no logarithm


@dataclass(frozen=True, slots=True)
class Vote:
    """How many chunks a genre won, and the mean probability, in [0, 1], that all chunks gave it, won or not.

    The mean is geometric, as in segue.model.vote: what the product calls a track's probability of a genre.
    """

    genre: str
    chunks: int
    mean_probability: float = json_field(digits=4)


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


def stored_votes(timeline: bytes, genres: bytes) -> tuple[Vote, ...]:
    """Return the same from the JSON that a library stores."""
    return hard_majority(
        (TimelineEntry(*entry) for entry in json.loads(timeline)),
        (GenreProbability(*pair) for pair in json.loads(genres)),
    )


def majority_genres(stored: Sequence[tuple[int, bytes, bytes]]) -> dict[int, str]:
    """Return the winner of the hard majority by track id, from ``(track_id, timeline, genres)`` in stored JSON.

    Tracks without chunks are left out. A genre's chunks are counted as occurrences of its quoted name, which is the
    only text in a timeline; no more than that is read where one genre has most chunks.
    """
    quoted: dict[str, bytes] = {}
    winners: dict[int, str] = {}
    for track_id, timeline, genres in stored:
        if timeline == b"[]":
            continue
        best, most, tied, n_left = "", 0, False, timeline.count(b'"') // 2
        for name, text in quoted.items():
            count = timeline.count(text)
            n_left -= count
            if count > most:
                best, most, tied = name, count, False
            elif count == most:
                tied = True
            if most > n_left and not tied:
                break
        if tied or n_left >= most:  # equally many, or genres that were not met before
            votes = stored_votes(timeline, genres)
            quoted |= {vote.genre: json.dumps(vote.genre).encode() for vote in votes}
            best = votes[0].genre
        winners[track_id] = best
    return winners


def pooled(ballots: Iterable[Sequence[Vote]]) -> tuple[Vote, ...]:
    """Return the votes of several tracks as those of one: all their chunks count alike."""
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
