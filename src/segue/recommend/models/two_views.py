"""Two views of the same choices in one score: weights between items and factors of items, both aware of content.

``z(weights) + share z(factors)``, z standardising a user's scores over all items. The first view is EASE with
likeness of content as side information (ease_side.py), the second ALS (als_bpr.py). They err differently: a
full-rank regression knows pairs of items, a factorisation what pairs have in common.

An item that nobody chose yet stands in both views with what content lets expect: its column of weights
by kernel regression (content_to_ease.py), its factors by a small network (content_network.py). An expectation
is nearer to the mean than what is known, so new items compete with old ones and do not outvote them.
Nothing jumps in between: the fewer chose an item, the more of its weights comes from content.

ease-and-als is the same without content: what is left of a gain over it is the content's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.als_bpr import SolvedUsers, als_factors
from segue.recommend.models.content import described
from segue.recommend.models.content_network import predict_by_network
from segue.recommend.models.content_to_cf import ALPHA, ALS_L2, through_factors
from segue.recommend.models.content_to_ease import expected_weights, refuse_cold_if_too_big
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.ease_side import side_weights
from segue.recommend.models.scorers import ItemWeights, standardised

# Not searched: set on the validation items of the cold protocol (mpd-audio, seeds 0 and 1), where 40 to 80 epochs,
# 64 to 128 factors and l2 of 3 to 10 differ by less than .01 of recall@20.
_N_FACTORS, _N_EPOCHS = 64, 80
_COLD: Settings = {"l2": 5.0, "own": 0.3}


@dataclass(frozen=True, slots=True)
class TwoViews:
    """Both views of every item; ``share`` float32 () is the weight of the second."""

    weights: ItemWeights
    factors: SolvedUsers
    share: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        everything = np.ones(histories.shape[1], bool)
        scores = standardised(self.weights.score(histories), everything)
        scores += self.share * standardised(self.factors.score(histories), everything)
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        return {**self.weights.arrays(), **self.factors.arrays(), "share": self.share}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> TwoViews:
        return cls(ItemWeights.from_arrays(arrays), SolvedUsers.from_arrays(arrays), arrays["share"])


def _fit(data: Training, settings: Settings) -> TwoViews:
    cold = np.flatnonzero(~data.known)
    expects = "audio" in settings and len(cold) > 0
    if expects:
        refuse_cold_if_too_big("hybrid", len(data.known), data.memory_bytes)
    weights = side_weights(data, {k: v for k, v in settings.items() if k in _OF_WEIGHTS})
    factors = als_factors(data, _N_FACTORS, ALPHA, ALS_L2)
    predicted = factors
    if expects:
        weights[:, cold] = expected_weights(data, weights, {**_COLD, **_likeness_of_cold(settings)})
        rows = described(data.content, 0.7 if "genres" in settings else 0.0)
        predicted = predict_by_network(rows, factors, data.known, _N_EPOCHS, data.seed)
        predicted[data.known] = factors[data.known]
    share = np.array(settings["share"], np.float32)
    return TwoViews(ItemWeights(weights), through_factors(data, factors, predicted), share)


def _likeness_of_cold(settings: Settings) -> Settings:
    """What is alike counts in other proportions where likeness is all there is."""
    if "artists" in settings:
        return {"audio": 0.2, "genres": 0.5, "artists": 0.5}
    return {"audio": 0.3, "genres": 0.7} if "genres" in settings else {"audio": 1.0}


_OF_WEIGHTS = ("l2", "audio", "genres", "artists")
_SEARCH = tuple({"l2": l2, "share": share} for l2 in (200.0, 100.0) for share in (0.5, 1.0))

KINDS = (
    Kind(
        "ease-and-als",
        "EASE where long lists do not outvote short ones, and ALS, in one score",
        "warm",
        _fit,
        _SEARCH,
    ),
    Kind(
        "hybrid",
        "EASE with likeness of sound, and ALS, in one score; new items by what their sound lets expect",
        "all",
        _fit,
        tuple({**point, "audio": 3.0} for point in _SEARCH),
        needs=frozenset({"audio"}),
    ),
    Kind(
        "hybrid+genres",
        "EASE with likeness of sound and genres, and ALS, in one score; new items by what these let expect",
        "all",
        _fit,
        tuple({**point, "audio": 3.0, "genres": 5.0} for point in _SEARCH),
        needs=frozenset({"audio", "metadata"}),
    ),
    Kind(
        "hybrid+genres+artists",
        "EASE with likeness of sound and genres and the artist, and ALS, in one score; new items by what these let expect",
        "all",
        _fit,
        tuple({**point, "audio": 3.0, "genres": 5.0, "artists": 5.0} for point in _SEARCH),
        needs=frozenset({"audio", "metadata", "artists"}),
    ),
)
