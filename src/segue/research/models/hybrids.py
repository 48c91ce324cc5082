"""Hybrids that only comparisons measure: with genres and artists, without content, and a fusion of ranks.

hybrid-ranks+genres: ``1 / (60 + rank by EASE) + share / (60 + rank by content)``, ranks among what is not in the
history: Cormack, Clarke and Buettcher 2009, "Reciprocal rank fusion". ease-and-als is hybrid without content: what
is left of a gain over it is the content's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.baselines import listeners
from segue.recommend.models.content import Cosines
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.hybrid import DOUBTS, RANGES, SEARCH, ease_and_content, fit_blend, fit_two_views
from segue.recommend.models.scorers import ItemWeights

_RRF_K = 60.0  # Cormack et al.'s constant


@dataclass(frozen=True, slots=True)
class RankFusion:
    """``known`` bool ``(n_items,)``: what EASE ranks; ``share`` float32 (): the weight of content's ranks."""

    collaborative: ItemWeights
    content: Cosines
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
        parts = ItemWeights.from_arrays(arrays), Cosines.from_arrays(arrays)
        return cls(*parts, arrays["known"], arrays["share"])


def _reciprocal_ranks(scores: np.ndarray, histories: sparse.csr_matrix) -> np.ndarray:
    scores = scores.copy()
    scores[histories.nonzero()] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty(scores.shape, np.float32)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1, dtype=np.float32)[None, :], axis=1)
    return 1 / (np.float32(_RRF_K) + ranks)


def _fit_ranks(data: Training, settings: Settings) -> RankFusion:
    known = listeners(data.pairs) > 0
    return RankFusion(*ease_and_content(data, settings), known, np.array(settings["share"], np.float32))


_AUDIO = Range("audio", 0.3, 30.0, log=True)
_GENRES = Range("genres", 0.5, 50.0, log=True)

KINDS = (
    Kind(
        "hybrid-trust+genres",
        "EASE for items with listeners, sound and genres for new ones, smoothly in between",
        "all",
        fit_blend,
        tuple({**point, "metadata_share": 0.7} for point in DOUBTS),
        needs=frozenset({"audio", "metadata"}),
        ranges=(Range("doubt", 0.1, 30.0, log=True), Range("metadata_share", 0.1, 0.95)),
    ),
    Kind(
        "hybrid-ranks+genres",
        "the ranks by EASE and by sound and genres, fused",
        "all",
        _fit_ranks,
        tuple({"share": share, "metadata_share": 0.7} for share in (0.2, 0.05, 0.5, 1.0)),
        needs=frozenset({"audio", "metadata"}),
        ranges=(Range("share", 0.02, 2.0, log=True), Range("metadata_share", 0.1, 0.95)),
    ),
    Kind(
        "ease-and-als",
        "EASE where long lists do not outvote short ones, and ALS, in one score",
        "warm",
        fit_two_views,
        SEARCH,
        ranges=RANGES,
    ),
    Kind(
        "hybrid+genres",
        "EASE with likeness of sound and genres, and ALS, in one score; new items by what these let expect",
        "all",
        fit_two_views,
        tuple({**point, "audio": 3.0, "genres": 5.0} for point in SEARCH),
        needs=frozenset({"audio", "metadata"}),
        ranges=(*RANGES, _AUDIO, _GENRES),
    ),
    Kind(
        "hybrid+genres+artists",
        "EASE with likeness of sound and genres and the artist, and ALS, in one score; new items by what these let expect",
        "all",
        fit_two_views,
        tuple({**point, "audio": 3.0, "genres": 5.0, "artists": 15.0} for point in SEARCH),
        needs=frozenset({"audio", "metadata", "artists"}),
        ranges=(*RANGES, _AUDIO, _GENRES, Range("artists", 1.0, 60.0, log=True)),
    ),
)
