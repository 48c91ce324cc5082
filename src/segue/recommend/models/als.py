"""Matrix factorisation by alternating least squares, through the ``implicit`` library (extra ``cf``).

Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit feedback datasets". A user is the closed-form
solution given the items, so a new one is served exactly like an old one. It runs on one thread, so that its results
are equal everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from segue.errors import MissingExtra
from segue.recommend.models.contract import Training
from segue.recommend.models.scorers import chosen

ALPHA, ALS_L2 = 10.0, 10.0  # what ALS itself is tuned to on playlists


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


def implicit_library() -> Any:
    """Return the package ``implicit``. Raises MissingExtra."""
    try:
        import implicit.als
        import implicit.bpr
    except ImportError as error:
        raise MissingExtra("ALS and BPR need the extra cf: pip install 'segue[cf]'.") from error
    return implicit


def solved_users(items: np.ndarray, targets: np.ndarray, alpha: float, l2: float) -> SolvedUsers:
    """Return SolvedUsers in contiguous float32."""
    items, targets = (np.ascontiguousarray(x, np.float32) for x in (items, targets))
    return SolvedUsers(items, targets, np.array(alpha, np.float32), np.array(l2, np.float32))


def als_factors(data: Training, n_factors: int, alpha: float, l2: float) -> np.ndarray:
    """Item factors float32 (n_items, n_factors) of ALS; a pair counts ``alpha`` times a missing one.

    Raises MissingExtra without ``implicit``.
    """
    return data.once(("als", n_factors, alpha, l2), lambda: _als_factors(data, n_factors, alpha, l2)).copy()


def _als_factors(data: Training, n_factors: int, alpha: float, l2: float) -> np.ndarray:
    model = implicit_library().als.AlternatingLeastSquares(
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


def through_factors(data: Training, factors: np.ndarray, predicted: np.ndarray) -> SolvedUsers:
    """Users solved from factors, true where known; items scored by predicted ones."""
    stands_for = np.where(data.known[:, None], factors, predicted)
    return solved_users(stands_for, predicted, ALPHA, ALS_L2)
