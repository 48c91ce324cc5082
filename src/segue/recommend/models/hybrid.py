"""What others chose and what content says, in one score: a blend by how well an item is known, and a fusion of ranks.

Blend: ``t_i z(EASE) + (1 - t_i) z(content)``, z standardising a user's scores over the items that can be
scored, and ``t_i = n_i / (n_i + doubt)`` for an item that n_i users chose: a new item is judged by content,
a well-known one by its listeners, and nothing jumps in between.
Fusion: ``1 / (60 + rank by EASE) + share / (60 + rank by content)``, ranks among what is not in the
history: Cormack, Clarke and Buettcher 2009, "Reciprocal rank fusion".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.baselines import listeners
from segue.recommend.models.content import described
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.ease import item_weights
from segue.recommend.models.scorers import ItemWeights, TwoFactors, standardised, two_factors

_EASE_L2 = 200.0
_RRF_K = 60.0  # Cormack et al.'s constant


def trust(n_listeners: np.ndarray, doubt: float) -> np.ndarray:
    """float32 in [0, 1): the weight of collaborative scores of items that so many users chose."""
    n = np.asarray(n_listeners, np.float32)
    return n / (n + np.float32(doubt))


@dataclass(frozen=True, slots=True)
class Blend:
    """``trust`` float32 ``(n_items,)``: the weight of the collaborative score; an item of trust 0 has none."""

    collaborative: ItemWeights
    content: TwoFactors
    trust: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        chosen_by_others = standardised(self.collaborative.score(histories), self.trust > 0)
        alike = standardised(self.content.score(histories), np.ones(len(self.trust), bool))
        return self.trust * chosen_by_others + (1 - self.trust) * alike

    def arrays(self) -> dict[str, np.ndarray]:
        return {**self.collaborative.arrays(), **self.content.arrays(), "trust": self.trust}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Blend:
        return cls(ItemWeights.from_arrays(arrays), TwoFactors.from_arrays(arrays), arrays["trust"])


@dataclass(frozen=True, slots=True)
class RankFusion:
    """``known`` bool ``(n_items,)``: what EASE ranks; ``share`` float32 (): the weight of content's ranks."""

    collaborative: ItemWeights
    content: TwoFactors
    known: np.ndarray
    share: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        fused = self.share * _reciprocal_ranks(self.content.score(histories), histories)
        ranked = self.collaborative.score(histories)[:, self.known]
        fused[:, self.known] += _reciprocal_ranks(ranked, histories[:, self.known])
        return fused

    def arrays(self) -> dict[str, np.ndarray]:
        parts = {**self.collaborative.arrays(), **self.content.arrays()}
        return {**parts, "known": self.known, "share": self.share}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> RankFusion:
        parts = ItemWeights.from_arrays(arrays), TwoFactors.from_arrays(arrays)
        return cls(*parts, arrays["known"], arrays["share"])


def _reciprocal_ranks(scores: np.ndarray, histories: sparse.csr_matrix) -> np.ndarray:
    scores = scores.copy()
    scores[histories.nonzero()] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty(scores.shape, np.float32)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1, dtype=np.float32)[None, :], axis=1)
    return 1 / (np.float32(_RRF_K) + ranks)


def _parts(data: Training, settings: Settings) -> tuple[ItemWeights, TwoFactors]:
    rows = described(data.content, float(settings.get("metadata_share", 0.0)))
    return ItemWeights(item_weights(data, _EASE_L2)), two_factors(rows, rows)


def _fit_blend(data: Training, settings: Settings) -> Blend:
    return Blend(*_parts(data, settings), trust(listeners(data.pairs), float(settings["doubt"])))


def _fit_ranks(data: Training, settings: Settings) -> RankFusion:
    known = listeners(data.pairs) > 0
    return RankFusion(*_parts(data, settings), known, np.array(settings["share"], np.float32))


_DOUBTS = tuple({"doubt": doubt} for doubt in (1.0, 0.3, 3.0, 10.0))

KINDS = (
    Kind(
        "hybrid-trust",
        "EASE for items with listeners, sound for new ones, smoothly in between",
        "all",
        _fit_blend,
        _DOUBTS,
        needs=frozenset({"audio"}),
    ),
    Kind(
        "hybrid-trust+genres",
        "EASE for items with listeners, sound and genres for new ones, smoothly in between",
        "all",
        _fit_blend,
        tuple({**point, "metadata_share": 0.7} for point in _DOUBTS),
        needs=frozenset({"audio", "metadata"}),
    ),
    Kind(
        "hybrid-ranks+genres",
        "the ranks by EASE and by sound and genres, fused",
        "all",
        _fit_ranks,
        tuple({"share": share, "metadata_share": 0.7} for share in (0.2, 0.05, 0.5, 1.0)),
        needs=frozenset({"audio", "metadata"}),
    ),
)
