"""Matrix factorisation through the ``implicit`` library (extra ``cf``): ALS and BPR.

ALS: Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit feedback datasets"; a user is
the closed-form solution given the items, so a new one is served exactly like an old one. BPR: Rendle,
Freudenthaler, Gantner and Schmidt-Thieme 2009; its users have no closed form, so a linear map from the
mean of a history's item factors to the user's factors is learned on the training users.

Both run on one thread: BPR's threads race for the same factors, and its results would be anyone's guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from segue.errors import MissingExtra
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.regression import ridge
from segue.recommend.models.scorers import TwoFactors, chosen, two_factors


@dataclass(frozen=True, slots=True)
class SolvedUsers:
    """The user who fits the history best, times the items: one least-squares problem a row.

    ``items`` float32 ``(n_items, n_factors)`` explain histories, ``targets``, of the same shape, are what is
    scored; ``alpha`` and ``l2`` float32 () as in fitting.
    """

    items: np.ndarray
    targets: np.ndarray
    alpha: np.ndarray
    l2: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        n_factors = self.items.shape[1]
        everybody = self.items.T @ self.items + self.l2 * np.eye(n_factors, dtype=np.float32)
        users = np.zeros((histories.shape[0], n_factors), np.float32)
        for row in range(len(users)):
            own = self.items[histories.indices[histories.indptr[row] : histories.indptr[row + 1]]]
            if len(own):
                left = everybody + (self.alpha - 1) * (own.T @ own)
                users[row] = np.linalg.solve(left, self.alpha * own.sum(axis=0))
        return users @ self.targets.T

    def arrays(self) -> dict[str, np.ndarray]:
        return {"items": self.items, "targets": self.targets, "alpha": self.alpha, "l2": self.l2}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> SolvedUsers:
        return cls(arrays["items"], arrays["targets"], arrays["alpha"], arrays["l2"])


def _implicit() -> Any:
    try:
        import implicit.als
        import implicit.bpr
    except ImportError as error:
        raise MissingExtra("ALS and BPR need the extra cf: pip install 'segue[cf]'.") from error
    return implicit


def solved_users(items: np.ndarray, targets: np.ndarray, alpha: float, l2: float) -> SolvedUsers:
    """SolvedUsers in contiguous float32."""
    items, targets = (np.ascontiguousarray(x, np.float32) for x in (items, targets))
    return SolvedUsers(items, targets, np.array(alpha, np.float32), np.array(l2, np.float32))


def als_factors(data: Training, n_factors: int, alpha: float, l2: float) -> np.ndarray:
    """Item factors float32 (n_items, n_factors) of ALS; a pair counts ``alpha`` times a missing one.

    Raises MissingExtra without ``implicit``.
    """
    model = _implicit().als.AlternatingLeastSquares(
        factors=n_factors,
        regularization=l2,
        alpha=alpha,
        iterations=15,
        use_gpu=False,
        num_threads=1,
        random_state=data.seed,
    )
    model.fit(chosen(data.pairs), show_progress=False)
    return model.item_factors


def _fit_als(data: Training, settings: Settings) -> SolvedUsers:
    alpha, l2 = float(settings["alpha"]), float(settings["l2"])
    factors = als_factors(data, int(settings["n_factors"]), alpha, l2)
    return solved_users(factors, factors, alpha, l2)


def _fit_bpr(data: Training, settings: Settings) -> TwoFactors:
    model = _implicit().bpr.BayesianPersonalizedRanking(
        factors=int(settings["n_factors"]),
        learning_rate=float(settings["learning_rate"]),
        regularization=float(settings["l2"]),
        iterations=int(settings["n_epochs"]),
        use_gpu=False,
        num_threads=1,
        random_state=data.seed,
    )
    pairs = chosen(data.pairs)
    model.fit(pairs, show_progress=False)
    # implicit keeps an item's bias as its last factor, against a user's constant 1.
    factors, bias = model.item_factors[:, :-1], model.item_factors[:, -1]
    active = np.diff(pairs.indptr) > 0
    middles = (pairs @ factors / np.maximum(np.diff(pairs.indptr), 1)[:, None])[active]
    weights, intercept = ridge(middles, model.user_factors[active, :-1], 1e-3 * active.sum() * middles.var())
    return two_factors(factors @ weights, factors, (bias + factors @ intercept).astype(np.float32))


KINDS = (
    Kind(
        "als",
        "matrix factorisation by alternating least squares",
        "warm",
        _fit_als,
        tuple({"n_factors": n, "alpha": alpha, "l2": 10.0} for n in (64, 128) for alpha in (10.0, 3.0)),
    ),
    Kind(
        "bpr",
        "matrix factorisation by pairwise ranking",
        "warm",
        _fit_bpr,
        tuple(
            {"n_factors": 64, "n_epochs": n, "learning_rate": 0.05, "l2": l2}
            for n in (100, 200)
            for l2 in (0.01, 0.003)
        ),
    ),
)
