"""The cluster bootstrap against cases whose interval is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.metrics.intervals import cluster_bootstrap, cluster_bootstrap_columns, repetition_interval


def test_one_track_a_cluster_agrees_with_the_binomial():
    values = [1.0] * 60 + [0.0] * 40
    low, high = cluster_bootstrap(values, range(100), np.random.default_rng(0))
    half = 1.96 * math.sqrt(0.6 * 0.4 / 100)
    assert low == pytest.approx(0.6 - half, abs=0.015)
    assert high == pytest.approx(0.6 + half, abs=0.015)


def test_clusters_that_agree_inside_widen_the_interval():
    values = [1.0] * 60 + [0.0] * 40
    tens = [i // 10 for i in range(100)]
    alone = cluster_bootstrap(values, range(100), np.random.default_rng(0))
    together = cluster_bootstrap(values, tens, np.random.default_rng(0))
    # Ten clusters of ten equal values: the standard error is that of ten observations.
    assert (together[1] - together[0]) / (alone[1] - alone[0]) == pytest.approx(math.sqrt(10), rel=0.15)


def test_big_clusters_weigh_as_in_the_mean():
    values = [1.0] * 9 + [0.0]
    low, high = cluster_bootstrap(values, ["a"] * 9 + ["b"], np.random.default_rng(1), n_draws=4000)
    assert (low, high) == (0.0, 1.0)  # draws are aa (mean 1), ab (0.9) and bb (0)


def test_the_same_generator_gives_the_same_interval():
    values, clusters = [0.0, 1.0, 1.0, 0.0, 1.0], [0, 0, 1, 2, 3]
    first = cluster_bootstrap(values, clusters, np.random.default_rng(0))
    assert first == cluster_bootstrap(values, clusters, np.random.default_rng(0))


def test_empty_and_single_cluster():
    assert all(math.isnan(x) for x in cluster_bootstrap([], [], np.random.default_rng(0)))
    assert cluster_bootstrap([0.0, 1.0], ["a", "a"], np.random.default_rng(0)) == (0.5, 0.5)


@pytest.mark.parametrize("kwargs", [{"clusters": [1]}, {"confidence": 1.0}, {"confidence": 0.0}])
def test_impossible_requests_are_refused(kwargs):
    arguments = {"values": [1.0, 0.0], "clusters": [1, 2]} | kwargs
    with pytest.raises(ValueError):
        cluster_bootstrap(rng=np.random.default_rng(0), **arguments)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5)), min_size=1, max_size=40),
    st.integers(0, 2**32 - 1),
)
def test_the_interval_lies_within_the_range_of_values(items, seed):
    values, clusters = zip(*items, strict=True)
    low, high = cluster_bootstrap(values, clusters, np.random.default_rng(seed), n_draws=200)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


def test_columns_share_their_draws_and_leave_out_what_was_not_observed():
    rng = np.random.default_rng(3)
    first = rng.random(60)
    columns = np.stack(
        [first, first + 0.25, np.full(60, np.nan), np.where(np.arange(60) < 30, 1.0, np.nan)], 1
    )
    low, high = cluster_bootstrap_columns(columns, range(60), np.random.default_rng(0), n_draws=700)
    assert low[1] - low[0] == pytest.approx(0.25) and high[1] - high[0] == pytest.approx(0.25)
    assert math.isnan(low[2]) and math.isnan(high[2])
    assert (low[3], high[3]) == (1.0, 1.0)  # the unseen half neither adds to the mean nor pulls it down
    alone = cluster_bootstrap(first.tolist(), range(60), np.random.default_rng(0), n_draws=700)
    assert (low[0], high[0]) == pytest.approx(alone)


def test_an_interval_over_repetitions_by_hand():
    # Means 1, 2, 3: deviation 1, t(2 degrees, 97.5 %) = 4.30265.
    low, high = repetition_interval(np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_allclose(low, [2 - 4.30265 / np.sqrt(3), 5.0], rtol=1e-5)
    np.testing.assert_allclose(high, [2 + 4.30265 / np.sqrt(3), 5.0], rtol=1e-5)


def test_one_repetition_says_nothing_about_the_next():
    low, high = repetition_interval(np.array([[0.5]]))
    assert low[0] == -np.inf and high[0] == np.inf
    with pytest.raises(ValueError):
        repetition_interval(np.zeros((2, 1)), 1.0)


def test_intervals_over_repetitions_hold_what_they_promise():
    """Of 400 true means 95 % lie within, give or take what chance allows."""
    rng = np.random.default_rng(0)
    low, high = repetition_interval(rng.normal(3.0, 2.0, (5, 400)))
    assert 0.91 < np.mean((low < 3.0) & (high > 3.0)) < 0.99
