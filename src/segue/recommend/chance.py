"""Recommending by chance: the floor every other recommender has to clear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.recommend.catalogue import Catalogue, check_length
from segue.types import RankedItem


class RandomRecommender:
    """Ranks the items by chance; see segue.recommend.contract.

    The draw depends on ``seed`` and the history alone, so asking about users in another order,
    or in parallel, changes nothing.
    """

    needs_history = False

    def __init__(self, items: np.ndarray, seed: int) -> None:
        self._catalogue = Catalogue(items)
        self._seed = seed

    @property
    def items(self) -> np.ndarray:
        return self._catalogue.items

    def recommend(self, history: Sequence[int], n: int) -> list[RankedItem]:
        check_length(n)
        heard = np.unique(self._catalogue.rows(history))
        rng = np.random.default_rng([self._seed, *self.items[heard].tolist()])
        scores = rng.random(len(self.items))
        scores[heard] = -1.0
        best = np.argsort(-scores, kind="stable")[: min(n, len(scores) - len(heard))]
        return [RankedItem(int(self.items[row]), float(scores[row])) for row in best]
