"""One model asked about everybody: its measures, user by user, and what its lists are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse

from segue.grading.holdout import Stage
from segue.metrics import beyond_accuracy as lists_are
from segue.metrics import ranking
from segue.metrics.ranking import NO_ITEM, Hits, hits_in_scores, top_items

LIST_LENGTH = 20
KNOWN_ARTIST, NEW_ARTIST = " (known artist)", " (new artist)"
_BATCH_SCORES = 16_000_000  # 64 MB


class Scoring(Protocol):
    """All that is asked of a model here."""

    def score(self, histories: sparse.csr_matrix) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model did for the asked users: ``per_user`` float64 ``(n_asked,)`` by measure, nan: not asked.

    ``overall`` holds what only all lists together have. ``lists`` int32 ``(n_asked, LIST_LENGTH)``.
    """

    users: np.ndarray
    per_user: dict[str, np.ndarray]
    overall: dict[str, float]
    lists: np.ndarray


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What lists are held against: ``popularity`` (users of the whole set who have an item, float ``(n_items,)``),
    ``vectors`` and ``artists`` (a number each) where items have content, and whose artist learning knew."""

    popularity: np.ndarray
    n_users: int
    vectors: np.ndarray | None = None
    artists: np.ndarray | None = None
    known_artist: np.ndarray | None = None  # bool (n_items,): set where known and new artists are told apart


def find_hits(model: Scoring, stage: Stage) -> Hits:
    """Return where the model ranks what was hidden, among all candidates, without what users already have."""
    return _ask(model, stage, with_lists=False)[0]


def measure(model: Scoring, stage: Stage, yardstick: Yardstick) -> Measured:
    """Return every measure of the model on a stage; see segue.metrics.ranking and beyond_accuracy."""
    hits, lists = _ask(model, stage, with_lists=True)
    per_user = _accuracy(hits)
    if yardstick.known_artist is not None:
        known = yardstick.known_artist[stage.hidden_items]
        for suffix, pairs in ((KNOWN_ARTIST, known), (NEW_ARTIST, ~known)):
            of = hits.only(pairs)
            per_user["recall@20" + suffix] = ranking.recall(of, 20)
            per_user["ndcg@10" + suffix] = ranking.ndcg(of, 10)
    popularity = yardstick.popularity
    per_user["novelty@20"] = lists_are.novelty(lists, popularity, yardstick.n_users)
    per_user["popularity@20"] = lists_are.mean_popularity(lists, popularity)
    own = _history_popularity(stage.history, popularity)
    per_user["popularity_lift@20"] = lists_are.popularity_lift(lists, popularity, own)
    if yardstick.vectors is not None:
        per_user["diversity@20"] = lists_are.embedding_diversity(lists, yardstick.vectors)
    if yardstick.artists is not None:
        per_user["artist_diversity@20"] = lists_are.artist_diversity(lists, yardstick.artists)
    overall = {
        "coverage@20": lists_are.coverage(lists, int(stage.candidates.sum())),
        "gini@20": lists_are.gini(lists, stage.candidates),
        "hub_share@20": lists_are.hub_share(lists, stage.candidates),
    }
    return Measured(stage.users, per_user, overall, lists.astype(np.int32))


def _accuracy(hits: Hits) -> dict[str, np.ndarray]:
    return {
        "recall@10": ranking.recall(hits, 10),
        "recall@20": ranking.recall(hits, 20),
        "recall@50": ranking.recall(hits, 50),
        "ndcg@10": ranking.ndcg(hits, 10),
        "ndcg@20": ranking.ndcg(hits, 20),
        "hit@10": ranking.hit_rate(hits, 10),
        "mrr": ranking.reciprocal_rank(hits),
        "map": ranking.average_precision(hits),
    }


def _ask(model: Scoring, stage: Stage, *, with_lists: bool) -> tuple[Hits, np.ndarray]:
    n_asked, n_items = stage.history.shape
    candidates = np.flatnonzero(stage.candidates)
    column = np.cumsum(stage.candidates) - 1  # of each candidate among candidates
    step = max(1, _BATCH_SCORES // n_items)
    order = np.argsort(stage.hidden_users, kind="stable")
    starts = np.searchsorted(stage.hidden_users[order], np.arange(0, n_asked + step, step))
    ranks = np.empty(len(order), np.int64)
    lists = []
    for number, start in enumerate(range(0, n_asked, step)):
        history = stage.history[start : start + step]
        scores = np.array(model.score(history)[:, candidates], np.float32)
        scores[history[:, candidates].nonzero()] = -np.inf
        pairs = order[starts[number] : starts[number + 1]]
        found = hits_in_scores(scores, stage.hidden_users[pairs] - start, column[stage.hidden_items[pairs]])
        ranks[pairs] = found.ranks
        if with_lists:
            best = top_items(scores, LIST_LENGTH)
            lists.append(np.where(best == NO_ITEM, NO_ITEM, candidates[best]))
    shown = np.concatenate(lists) if lists else np.empty((0, LIST_LENGTH), np.int64)
    return Hits(stage.hidden_users, ranks, n_asked), shown


def _history_popularity(history: sparse.csr_matrix, popularity: np.ndarray) -> np.ndarray:
    n = history.getnnz(axis=1)
    total = (history > 0).astype(np.float64) @ popularity
    return np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
