"""What lists say and what tracks sound like, in one score: a blend by how well an item is known, and two views at once.

hybrid-trust: ``t_i z(EASE) + (1 - t_i) z(content)``, z standardising a user's scores over the items that can be
scored, and ``t_i = n_i / (n_i + doubt)`` for an item that n_i users chose: a new item is judged by content,
a well-known one by its listeners, and nothing jumps in between.

hybrid: ``z(weights) + share z(factors)``. The first view is EASE with similarity of content as side information
(ease.py), the second ALS (als.py). They err differently: a full-rank regression knows pairs of items, a
factorisation what pairs have in common. An item that nobody chose yet stands in both views with what content lets
expect: its column of weights by kernel regression (cold_items.py), its factors by a small network (network.py). An
expectation is nearer to the mean than what is known, so new items compete with old ones and do not outvote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.als import ALPHA, ALS_L2, SolvedUsers, als_factors, through_factors
from segue.recommend.models.baselines import listeners
from segue.recommend.models.cold_items import expected_weights, refuse_cold_if_too_big
from segue.recommend.models.content import Cosines, described
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.ease import item_weights, side_weights
from segue.recommend.models.network import predict_by_network
from segue.recommend.models.scorers import ItemWeights, standardised

_EASE_L2 = 200.0
# Not searched: set on the validation items of the cold protocol (mpd-audio, seeds 0 and 1), where 40 to 80 epochs,
# 64 to 128 factors and l2 of 3 to 10 differ by less than .01 of recall@20.
_N_FACTORS, _N_EPOCHS = 64, 80
_COLD: Settings = {"l2": 5.0, "own": 0.3}


def trust(n_listeners: np.ndarray, doubt: float) -> np.ndarray:
    """float32 in [0, 1): the weight of collaborative scores of items that so many users chose."""
    n = np.asarray(n_listeners, np.float32)
    return n / (n + np.float32(doubt))


@dataclass(frozen=True, slots=True)
class Blend:
    """``trust`` float32 ``(n_items,)``: the weight of the collaborative score; an item of trust 0 has none."""

    collaborative: ItemWeights
    content: Cosines
    trust: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        chosen_by_others = standardised(self.collaborative.score(histories), self.trust > 0)
        alike = standardised(self.content.score(histories), np.ones(len(self.trust), bool))
        return self.trust * chosen_by_others + (1 - self.trust) * alike

    def arrays(self) -> dict[str, np.ndarray]:
        return {**self.collaborative.arrays(), **self.content.arrays(), "trust": self.trust}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Blend:
        return cls(ItemWeights.from_arrays(arrays), Cosines.from_arrays(arrays), arrays["trust"])


def ease_and_content(data: Training, settings: Settings) -> tuple[ItemWeights, Cosines]:
    rows = described(data.described, float(settings.get("metadata_share", 0.0)))
    return ItemWeights(item_weights(data, _EASE_L2)), Cosines(rows)


def fit_blend(data: Training, settings: Settings) -> Blend:
    return Blend(*ease_and_content(data, settings), trust(listeners(data.pairs), float(settings["doubt"])))


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


def fit_two_views(data: Training, settings: Settings) -> TwoViews:
    cold = np.flatnonzero(~data.known)
    expects = "audio" in settings and len(cold) > 0
    if expects:
        refuse_cold_if_too_big("hybrid", len(data.known), data.memory_bytes)
    weights = side_weights(data, {k: v for k, v in settings.items() if k in _OF_WEIGHTS})
    factors = als_factors(data, _N_FACTORS, ALPHA, ALS_L2)
    predicted = factors
    if expects:
        weights[:, cold] = expected_weights(data, weights, {**_COLD, **_likeness_of_cold(settings)})
        rows = described(data.described, 0.7 if "genres" in settings else 0.0)
        predicted = data.once(
            ("network", "genres" in settings),
            lambda: predict_by_network(rows, factors, data.known, _N_EPOCHS, data.seed),
        )
        predicted = np.where(data.known[:, None], factors, predicted)
    share = np.array(settings["share"], np.float32)
    return TwoViews(ItemWeights(weights), through_factors(data, factors, predicted), share)


def _likeness_of_cold(settings: Settings) -> Settings:
    """What is alike counts in other proportions where likeness is all there is."""
    if "artists" in settings:
        return {"audio": 0.2, "genres": 0.5, "artists": 0.5}
    return {"audio": 0.3, "genres": 0.7} if "genres" in settings else {"audio": 1.0}


_OF_WEIGHTS = ("l2", "audio", "genres", "artists")
SEARCH = tuple({"l2": l2, "share": share} for l2 in (200.0, 100.0) for share in (0.5, 1.0))
RANGES = (Range("l2", 50.0, 500.0, log=True), Range("share", 0.1, 4.0, log=True))
DOUBTS = tuple({"doubt": doubt} for doubt in (1.0, 0.3, 3.0, 10.0))

KINDS = (
    Kind(
        "hybrid-trust",
        "EASE for items with listeners, sound for new ones, smoothly in between",
        "all",
        fit_blend,
        DOUBTS,
        needs=frozenset({"audio"}),
        ranges=(Range("doubt", 0.1, 30.0, log=True),),
    ),
    Kind(
        "hybrid",
        "EASE with likeness of sound, and ALS, in one score; new items by what their sound lets expect",
        "all",
        fit_two_views,
        tuple({**point, "audio": 3.0} for point in SEARCH),
        needs=frozenset({"audio"}),
        ranges=(*RANGES, Range("audio", 0.3, 30.0, log=True)),
    ),
)
