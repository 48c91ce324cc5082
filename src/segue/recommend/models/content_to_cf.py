"""From content to the factors that collaborative filtering would have found: the cure for cold items.

ALS gives factors of known items; a ridge regression from content to factors is learned on them and
stands in wherever a score is wanted. The user is solved from the true factors of the history (predicted ones
for cold items in it). The idea: van den Oord, Dieleman and Schrauwen 2013, "Deep content-based music
recommendation". ``true-factors`` is its upper bound: the factors of ALS that saw everything.
"""

from __future__ import annotations

import numpy as np

from segue.recommend.models.als_bpr import SolvedUsers, als_factors, solved_users
from segue.recommend.models.content import described
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.regression import ridge

ALPHA, ALS_L2 = 10.0, 10.0  # what ALS itself is tuned to on playlists


def through_factors(data: Training, factors: np.ndarray, predicted: np.ndarray) -> SolvedUsers:
    """Users solved from factors, true where known; items scored by predicted ones."""
    stands_for = np.where(data.known[:, None], factors, predicted)
    return solved_users(stands_for, predicted, ALPHA, ALS_L2)


def _fit(data: Training, settings: Settings) -> SolvedUsers:
    factors = als_factors(data, int(settings["n_factors"]), ALPHA, ALS_L2)
    rows = described(data.content, float(settings.get("metadata_share", 0.0)))
    weights, intercept = ridge(rows[data.known], factors[data.known], float(settings["l2"]))
    return through_factors(data, factors, rows @ weights + intercept)


def _fit_true(data: Training, settings: Settings) -> SolvedUsers:
    factors = als_factors(data, 64, ALPHA, ALS_L2)
    return solved_users(factors, factors, ALPHA, ALS_L2)


_SEARCH = tuple({"n_factors": n, "l2": l2} for n in (128, 64) for l2 in (1.0, 0.3))

KINDS = (
    Kind(
        "content-to-cf",
        "factors of collaborative filtering, predicted from sound by ridge regression",
        "all",
        _fit,
        _SEARCH,
        needs=frozenset({"audio"}),
    ),
    Kind(
        "content-to-cf+genres",
        "factors of collaborative filtering, predicted from sound and genres by ridge regression",
        "all",
        _fit,
        tuple({**point, "metadata_share": 0.7} for point in _SEARCH),
        needs=frozenset({"audio", "metadata"}),
    ),
    Kind(
        "true-factors",
        "the factors that content can only guess, from everything including what is hidden: an upper bound",
        "all",
        _fit_true,
        control=True,
        sees_test=True,
    ),
)
