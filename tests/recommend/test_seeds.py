"""Combinations of several seeds: worked by hand, and what all of them promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segue.recommend import seeds

# Two seeds, three items: the first item is near one seed, the second is between both, the third far from both.
X = np.array([[0.9, 0.5, -0.2], [0.1, 0.6, -0.4]], np.float32)
ONE_EACH = np.ones(2)
UNLIKE_SECOND = np.array([1.0, -1.0])
LESS_OF_SECOND = np.array([2.0, 1.0])

every = pytest.mark.parametrize("combine", seeds.COMBINATIONS.values(), ids=seeds.COMBINATIONS)


def worked(values: list[float]) -> object:
    return pytest.approx(values, abs=1e-6)


def test_mean_by_hand():
    assert seeds.mean(X, ONE_EACH) == worked([0.5, 0.55, -0.3])
    assert seeds.mean(X, LESS_OF_SECOND) == worked([1.9 / 3, 1.6 / 3, -0.8 / 3])
    assert seeds.mean(X, UNLIKE_SECOND) == worked([0.4, -0.05, 0.1])


def test_maximum_by_hand():
    assert seeds.maximum(X, ONE_EACH) == worked([0.9, 0.6, -0.2])
    # Half of 1.1, 1.6 and 0.6, less 1, is below the first seed's own similarity for all three.
    assert seeds.maximum(X, LESS_OF_SECOND) == worked([0.9, 0.5, -0.2])
    assert seeds.maximum(X, UNLIKE_SECOND) == worked([0.8, -0.1, -0.2])


def test_minimum_by_hand():
    assert seeds.minimum(X, ONE_EACH) == worked([0.1, 0.5, -0.4])
    assert seeds.minimum(X, LESS_OF_SECOND) == worked([0.55, 0.5, -0.2])
    assert seeds.minimum(X, UNLIKE_SECOND) == worked([0.8, -0.1, -0.2])


def test_rank_sum_by_hand():
    assert seeds.rank_sum(X, ONE_EACH) == worked([1 / 61 + 1 / 62, 1 / 62 + 1 / 61, 2 / 63])
    assert seeds.rank_sum(X, UNLIKE_SECOND) == worked([1 / 61 - 1 / 62, 1 / 62 - 1 / 61, 0])


def test_top_count_by_hand():
    assert seeds.top_count(X, ONE_EACH, k=1) == worked([1 + 0.5 / 4, 1 + 0.55 / 4, -0.3 / 4])
    assert seeds.top_count(X, UNLIKE_SECOND, k=1) == worked([1 + 0.4 / 4, -1 - 0.05 / 4, 0.1 / 4])


@every
def test_only_unwanted_seeds_leave_what_is_least_like_them(combine):
    scores = combine(X, np.array([-1.0, -1.0]))
    assert scores[2] == scores.max() and np.isfinite(scores).all()


@every
def test_what_cannot_be_said_stays_unsaid(combine):
    x = X.copy()
    x[0, 1] = -np.inf
    assert np.isneginf(combine(x, ONE_EACH)).tolist() == [False, True, False]
    assert np.isneginf(combine(x, UNLIKE_SECOND)).tolist() == [False, True, False]


@every
@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, np.nan], [np.inf, 1.0]])
def test_weights_are_one_each_and_not_0(combine, weights):
    with pytest.raises(ValueError):
        combine(X, np.array(weights))
    with pytest.raises(ValueError):
        combine(X[:0], np.array([]))


similarities = arrays(np.float32, (3, 8), elements=st.floats(-1, 1, width=32), unique=True)


@every
@given(x=similarities)
def test_one_seed_orders_items_as_it_does_alone(combine, x):
    scores = combine(x[:1], np.array([0.3]))
    assert scores.dtype == np.float32
    assert (np.diff(scores[np.argsort(-x[0], kind="stable")]) <= 1e-6).all()


@every
@given(x=similarities)
def test_neither_the_order_of_seeds_nor_the_scale_of_weights_counts(combine, x):
    weights = np.array([1.0, 0.5, -0.25])
    expected = combine(x, weights)
    assert combine(x[::-1], weights[::-1]) == pytest.approx(expected, abs=1e-5)
    assert combine(x, 8 * weights) == pytest.approx(expected, abs=1e-5)


@every
@given(x=similarities)
def test_coming_nearer_to_a_seed_never_lowers_a_score(combine, x):
    nearer = x.copy()
    nearer[1, 4] = 1.0
    assert combine(nearer, np.ones(3))[4] >= combine(x, np.ones(3))[4] - 1e-6
    assert combine(nearer, np.array([1.0, -1.0, 1.0]))[4] <= combine(x, np.array([1.0, -1.0, 1.0]))[4] + 1e-6
