"""What sounds like the seeds: cosines of embeddings, combined over several seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.recommend.models.content import Cosines
from segue.recommend.query import Query, Seed
from segue.recommend.seeds import DEFAULT
from segue.recommend.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ContentScorer:
    """Ranks by the cosine with the seeds, or with the history where there are none; scores of one seed in [-1, 1]."""

    snapshot: Snapshot
    name: str = "content"
    needs: frozenset[str] = frozenset({"audio", "seeds"})

    def score(self, query: Query) -> np.ndarray:
        seeds = sorted_seeds(query)
        if not seeds:
            return np.full(len(self.snapshot), -np.inf, np.float32)
        vectors = np.stack([self.snapshot.vector(seed) for seed in seeds])
        weights = np.array([seed.weight for seed in seeds], np.float32)
        scores = Cosines(self.snapshot.vectors, query.combine or DEFAULT).of(vectors, weights)
        return self._with_facets(scores, seeds, dict(query.feel)) if query.feel else scores

    def _with_facets(self, timbre: np.ndarray, seeds: list[Seed], weights: dict[str, float]) -> np.ndarray:
        """The weighted mean of timbre's scores and of 1 - 2 distance by each facet, over what does not abstain."""
        share = weights.pop("timbre", 1.0)
        total = np.float32(share) * timbre
        norm = np.full(len(timbre), share, np.float32)
        for name, weight in sorted(weights.items()):
            if weight:
                near = self._nearness(name, seeds)
                known = np.isfinite(near)
                total[known] += np.float32(weight) * near[known]
                norm[known] += np.float32(weight)
        return np.divide(total, norm, out=np.full(len(timbre), -np.inf, np.float32), where=norm > 0)

    def _nearness(self, name: str, seeds: list[Seed]) -> np.ndarray:
        """float32 ``(n_items,)`` in [-1, 1]: the weighted mean over seeds of 1 - 2 distance, NaN where all abstain."""
        total, norm = np.zeros((2, len(self.snapshot)), np.float32)
        for seed in seeds:
            near = 1 - 2 * self.snapshot.distances(name, seed)
            known = np.isfinite(near)
            total[known] += np.float32(seed.weight) * near[known]
            norm[known] += np.float32(abs(seed.weight))
        return np.divide(total, norm, out=np.full(len(norm), np.nan, np.float32), where=norm > 0)


def sorted_seeds(query: Query) -> list[Seed]:
    """Return the seeds, or the history's tracks as seeds where there are none, in an order of their own.

    Sums of floating-point numbers depend on the order of their parts; scores must not.
    """
    seeds = query.seeds or tuple(Seed(item) for item in sorted(set(query.history)))
    return sorted(seeds, key=_order)


def _order(seed: Seed) -> tuple[bool, int, float, str, bytes]:
    outside = b"" if seed.vector is None or seed.item is not None else seed.vector.tobytes()
    return seed.item is None, seed.item or 0, seed.weight, seed.identity, outside
