"""The one road from a question to a list: score every track, select, rank."""

from __future__ import annotations

from dataclasses import dataclass

from segue.recommend.query import Query
from segue.recommend.scorer import Scorer
from segue.recommend.select import select
from segue.recommend.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Pick:
    """One listed track: its id, its score, its place from 1, and reasons that a person can read."""

    item: int
    score: float
    rank: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to a query: ``picks``, best first, by the scorer named ``by``."""

    by: str
    picks: tuple[Pick, ...]


def rank(query: Query, scorer: Scorer, snapshot: Snapshot) -> Ranking:
    """Return up to ``query.n`` picks; fewer where there are no more to give.

    Raises NotInLibrary when a seed or the history is not in ``snapshot``, and what the scorer raises.
    """
    snapshot.rows(query.given)
    scores = scorer.score(query)
    rows = list(select(scores, query, snapshot))
    return Ranking(
        scorer.name,
        tuple(Pick(int(snapshot.items[row]), float(scores[row]), place) for place, row in enumerate(rows, 1)),
    )
