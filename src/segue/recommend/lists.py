"""Fitted models as scorers: what the library's lists say, alone or with what tracks sound like.

The models are those that `grade` measures (segue.recommend.models), fitted to the same lists by the same function.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segue.errors import NotInLibrary
from segue.recommend.content import ContentScorer
from segue.recommend.models.contract import Settings
from segue.recommend.models.registry import MODELS, Fitted, fit
from segue.recommend.models.scorers import Chance
from segue.recommend.query import Query
from segue.recommend.snapshot import LIST_KINDS, Snapshot
from segue.types import ItemContent

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True, slots=True)
class FittedScorer:
    """Scores with a fitted model: the seeds and the history are the list that is to go on.

    Unwanted seeds make a list of their own, whose scores are subtracted; seeds of other weights count by their
    weight. Seeds in no list say nothing to a model of lists alone. Where the model also hears and no seed is in the
    library, content answers in its place.
    """

    model: Fitted
    snapshot: Snapshot

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def needs(self) -> frozenset[str]:
        kind = MODELS[self.name]
        return kind.needs | {"lists"} | (frozenset() if kind.ignores_history else {"seeds"})

    def score(self, query: Query) -> np.ndarray:
        kind = MODELS[self.name]
        snapshot, model = self.snapshot, self.model
        if kind.ignores_history:
            return self._of(snapshot.rows(query.given))
        weights = dict.fromkeys(query.history, 1.0) | {
            seed.item: seed.weight for seed in query.seeds if seed.item is not None
        }
        rows: defaultdict[float, list[int]] = defaultdict(list)
        for item, weight in weights.items():
            row = snapshot.row(item)
            if kind.scores != "warm" or model.scorable[row]:
                rows[weight].append(row)
        if not rows:
            if "audio" in kind.needs and query.seeds:
                return ContentScorer(snapshot).score(query)
            return np.full(len(snapshot), -np.inf, np.float32)
        if list(rows) == [1.0]:
            scores = self._of(np.array(rows[1.0]))
        else:
            scores = np.zeros(len(snapshot), np.float32)
            for weight, some in sorted(rows.items()):
                scores[model.scorable] += np.float32(weight) * self._of(np.array(some))[model.scorable]
            scores[~model.scorable] = -np.inf
        if kind.zero_is_unknown:
            scores = np.where(scores == 0, np.float32(-np.inf), scores)
        return scores

    def _of(self, rows: np.ndarray) -> np.ndarray:
        return self.model.score(_history(rows, len(self.snapshot)))[0]


@dataclass(frozen=True, slots=True)
class RandomScorer:
    """Ranks by chance: a draw from ``Query.chance`` and what was given, the same that `grade` measures."""

    snapshot: Snapshot
    name: str = "random"
    needs: frozenset[str] = frozenset()

    def score(self, query: Query) -> np.ndarray:
        given = self.snapshot.rows(query.given)
        return Chance(np.array(query.chance)).score(_history(given, len(self.snapshot)))[0]


def fitted(
    name: str, snapshot: Snapshot, settings: Settings | None = None, kinds: Sequence[str] = LIST_KINDS
) -> Fitted:
    """Return the model ``name`` fitted to the snapshot's lists of ``kinds``, once for each settings.

    Raises NotInLibrary (code ``no-lists``) where there is none, MissingExtra, and what segue.recommend.models.registry.fit does.
    """
    key = (name, tuple(sorted((settings or {}).items())), tuple(kinds))

    def make() -> Fitted:
        pairs = snapshot.lists(kinds).pairs
        if not pairs.nnz:
            raise NotInLibrary(
                f"{name} ranks by playlists and listening history, and this library holds none; "
                "bring some in with `segue history import PATH`, or use --by content.",
                code="no-lists",
            )
        return fit(name, pairs, content_of(snapshot), settings)

    return snapshot.keep(key, make)


def content_of(snapshot: Snapshot, titles: Sequence[str | None] | None = None) -> ItemContent:
    """Return what a snapshot knows of its tracks, as models are fitted to it."""
    nothing = (None,) * len(snapshot)
    return ItemContent(snapshot.vectors, None, snapshot.artists, tuple(titles) if titles else nothing)


def _history(rows: np.ndarray, n_items: int) -> csr_matrix:
    from scipy import sparse

    entries = (np.ones(len(rows), np.float32), (np.zeros(len(rows), int), np.sort(rows)))
    return sparse.csr_matrix(entries, shape=(1, n_items))
