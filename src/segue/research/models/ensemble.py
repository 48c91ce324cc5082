"""The best that choices alone give here: three views of the same lists, standardised for each user and added.

``z(EASE, long lists counting less) + als z(ALS) + rp3beta z(RP3beta)``: a full-rank regression, a factorisation and a
random walk err differently, so their sum beats each of them. It is what a hybrid has to beat for content to count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.als import SolvedUsers, als_factors, solved_users
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.ease import side_weights
from segue.recommend.models.scorers import ItemWeights, SparseItemWeights, standardised
from segue.research.models.rp3beta import walk_weights


@dataclass(frozen=True, slots=True)
class ThreeViews:
    """``shares`` float32 (2,) weigh the factors and the walk; ``known`` bool ``(n_items,)``: what all can score."""

    regression: ItemWeights
    factors: SolvedUsers
    walk: SparseItemWeights
    shares: np.ndarray
    known: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        scores = standardised(self.regression.score(histories), self.known)
        scores += self.shares[0] * standardised(self.factors.score(histories), self.known)
        scores += self.shares[1] * standardised(self.walk.score(histories), self.known)
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        parts = self.regression.arrays() | self.factors.arrays() | self.walk.arrays()
        return {**parts, "shares": self.shares, "known": self.known}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> ThreeViews:
        parts = (part.from_arrays(arrays) for part in (ItemWeights, SolvedUsers, SparseItemWeights))
        return cls(*parts, arrays["shares"], arrays["known"])


def _fit(data: Training, settings: Settings) -> ThreeViews:
    alpha, l2 = float(settings["alpha"]), float(settings["als_l2"])
    factors = als_factors(data, int(settings["n_factors"]), alpha, l2)
    walk = walk_weights(data.pairs, 200, float(settings["walk_alpha"]), float(settings["walk_beta"]))
    shares = np.array([settings["als"], settings["rp3beta"]], np.float32)
    regression = ItemWeights(side_weights(data, {"l2": settings["l2"]}))
    return ThreeViews(
        regression, solved_users(factors, factors, alpha, l2), SparseItemWeights(walk), shares, data.known
    )


_FIXED = {"n_factors": 128, "alpha": 20.0, "als_l2": 50.0, "walk_alpha": 0.5, "walk_beta": 0.5}
KINDS = (
    Kind(
        "ensemble",
        "EASE where long lists count less, ALS and RP3beta in one score: the best of choices alone",
        "warm",
        _fit,
        tuple(
            {**_FIXED, "l2": 200.0, "als": als, "rp3beta": rp3} for als in (0.7, 0.4) for rp3 in (0.3, 0.15)
        ),
        (
            Range("l2", 50.0, 500.0, log=True),
            Range("als", 0.1, 2.0, log=True),
            Range("rp3beta", 0.03, 1.0, log=True),
            Range("alpha", 5.0, 40.0, log=True),
            Range("als_l2", 10.0, 150.0, log=True),
            Range("walk_alpha", 0.5, 1.5),
            Range("walk_beta", 0.2, 0.8),
        ),
    ),
)
