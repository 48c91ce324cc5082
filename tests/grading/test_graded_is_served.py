"""What is graded is what is served: for every name, the same ranking of the same history."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from segue.grading.holdout import Stage
from segue.grading.measure import LIST_LENGTH, Yardstick, measure
from segue.grading.run import _fitted
from segue.grading.variants import named
from segue.metrics.ranking import NO_ITEM
from segue.recommend.lists import content_of
from segue.recommend.models.registry import MODELS
from segue.recommend.query import Query, Seed
from segue.recommend.rank import rank
from segue.recommend.registry import scorer
from tests.recommend.examples import varied

needs_als = pytest.mark.skipif(
    importlib.util.find_spec("implicit") is None, reason="extra cf: implicit is not installed"
)
GRADED = [
    pytest.param(name, marks=needs_als if name == "hybrid" else ())
    for name, kind in MODELS.items()
    if "metadata" not in kind.needs  # a library has none
]
SNAPSHOT = varied(60)
PAIRS = SNAPSHOT.lists().pairs
N_LISTS = PAIRS.shape[0]


def graded_lists(name: str, seed: int) -> np.ndarray:
    """int64 (n_lists, LIST_LENGTH): items by row, as `segue grade` lists them after each list; -1: no more."""
    stage = Stage(
        fit=PAIRS,
        known=PAIRS.getnnz(axis=0) > 0,
        users=np.arange(N_LISTS),
        history=PAIRS,
        candidates=np.ones(len(SNAPSHOT), bool),
        hidden_users=np.arange(N_LISTS),
        hidden_items=np.full(N_LISTS, len(SNAPSHOT) - 1),
    )
    variant = named(name)
    model = _fitted(variant, stage, content_of(SNAPSHOT), variant.kind.defaults, seed)
    return measure(model, stage, Yardstick(np.ones(len(SNAPSHOT)), N_LISTS)).lists


@pytest.mark.parametrize("given_as", ["history", "seeds"])
@pytest.mark.parametrize("name", GRADED)
def test_grade_and_like_rank_alike(name, given_as):
    chance = 0  # the first division of a grade, and the default of a query
    served = scorer(name, SNAPSHOT)
    for row, graded in enumerate(graded_lists(name, chance)):
        items = SNAPSHOT.items[PAIRS[row].indices].tolist()
        given = {"history": tuple(items)} if given_as == "history" else {"seeds": tuple(map(Seed, items))}
        query = Query(n=LIST_LENGTH, chance=chance, per_artist=0, **given)
        found = [pick.item for pick in rank(query, served, SNAPSHOT).picks]
        expected = SNAPSHOT.items[graded[graded != NO_ITEM]].tolist()
        if MODELS[name].zero_is_unknown:  # `like` does not list what no list connects with the history
            expected = expected[: len(found)]
        assert found == expected and len(found) > 5
