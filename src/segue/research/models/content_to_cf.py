"""From content to the factors that collaborative filtering would have found: the cure for cold items.

ALS gives factors of known items; a ridge regression, or a small network (segue.recommend.models.network), from
content to factors is learned on them and stands in wherever a score is wanted. The user is solved from the true factors of the history (predicted ones
for cold items in it). The idea: van den Oord, Dieleman and Schrauwen 2013, "Deep content-based music
recommendation". ``true-factors`` is its upper bound: the factors of ALS that saw everything.
"""

from __future__ import annotations

from segue.recommend.models.als import ALPHA, ALS_L2, SolvedUsers, als_factors, solved_users, through_factors
from segue.recommend.models.content import described
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.network import predict_by_network
from segue.research.models.regression import ridge


def _fit(data: Training, settings: Settings) -> SolvedUsers:
    factors = als_factors(data, int(settings["n_factors"]), ALPHA, ALS_L2)
    rows = described(data.content, float(settings.get("metadata_share", 0.0)))
    weights, intercept = ridge(rows[data.known], factors[data.known], float(settings["l2"]))
    return through_factors(data, factors, rows @ weights + intercept)


def _fit_true(data: Training, settings: Settings) -> SolvedUsers:
    factors = als_factors(data, 64, ALPHA, ALS_L2)
    return solved_users(factors, factors, ALPHA, ALS_L2)


_SEARCH = tuple({"n_factors": n, "l2": l2} for n in (128, 64) for l2 in (1.0, 0.3))

_FACTORS = Range("n_factors", values=(64, 128))
_RIDGE_RANGES = (_FACTORS, Range("l2", 0.03, 10.0, log=True))

_RIDGE_KINDS = (
    Kind(
        "content-to-cf",
        "factors of collaborative filtering, predicted from sound by ridge regression",
        "all",
        _fit,
        _SEARCH,
        needs=frozenset({"audio"}),
        ranges=_RIDGE_RANGES,
    ),
    Kind(
        "content-to-cf+genres",
        "factors of collaborative filtering, predicted from sound and genres by ridge regression",
        "all",
        _fit,
        tuple({**point, "metadata_share": 0.7} for point in _SEARCH),
        needs=frozenset({"audio", "metadata"}),
        ranges=(*_RIDGE_RANGES, Range("metadata_share", 0.3, 0.95)),
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


def _fit_network(data: Training, settings: Settings) -> SolvedUsers:
    factors = als_factors(data, int(settings["n_factors"]), ALPHA, ALS_L2)
    rows = described(data.content, float(settings.get("metadata_share", 0.0)))
    predicted = predict_by_network(rows, factors, data.known, int(settings["n_epochs"]), data.seed)
    return through_factors(data, factors, predicted)


_NETWORK_SEARCH = tuple({"n_factors": n, "n_epochs": epochs} for n in (64, 128) for epochs in (20, 40))

_NETWORK_RANGES = (_FACTORS, Range("n_epochs", 10, 100, log=True))

_NETWORK_KINDS = (
    Kind(
        "content-to-cf-network",
        "factors of collaborative filtering, predicted from sound by a small network",
        "all",
        _fit_network,
        _NETWORK_SEARCH,
        needs=frozenset({"audio"}),
        ranges=_NETWORK_RANGES,
    ),
    Kind(
        "content-to-cf-network+genres",
        "factors of collaborative filtering, predicted from sound and genres by a small network",
        "all",
        _fit_network,
        tuple({**point, "metadata_share": 0.7} for point in _NETWORK_SEARCH),
        needs=frozenset({"audio", "metadata"}),
        ranges=(*_NETWORK_RANGES, Range("metadata_share", 0.3, 0.95)),
    ),
)

KINDS = (*_RIDGE_KINDS, *_NETWORK_KINDS)
