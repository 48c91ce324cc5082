"""Paired comparisons, worked by hand."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from segue.metrics.paired import accuracy_difference, mcnemar


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 1, 0], [1, 1, 0], (0, 0, 1.0)),
        ([1], [0], (1, 0, 1.0)),  # 2 * 1/2
        ([1, 1, 1, 1, 1], [0, 0, 0, 0, 0], (5, 0, 2 / 32)),
        ([1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1], (4, 1, 2 * (1 + 5) / 32)),
        ([0, 0, 1, 1], [1, 1, 0, 0], (2, 2, 1.0)),
        ([], [], (0, 0, 1.0)),
    ],
)
def test_mcnemar_by_hand(first, second, expected):
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second, found.p) == pytest.approx(expected)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_mcnemar_is_the_binomial_test_of_the_disagreements(pairs):
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = mcnemar(first, second)
    n = found.only_first + found.only_second
    assert found.p == pytest.approx(binomtest(found.only_first, n, 0.5).pvalue if n else 1.0)
    assert mcnemar(second, first).p == found.p


def test_thousands_of_disagreements_do_not_overflow():
    assert 0.0 < mcnemar([1] * 1500 + [0] * 1600, [0] * 1500 + [1] * 1600).p < 0.1


def test_the_difference_and_its_interval():
    rng = np.random.default_rng(0)
    # Two artists: the first model gains one track of two of the one, nothing of the other's two.
    # Draws give one artist twice or both: differences 0.5, 0 or 0.25.
    assert accuracy_difference([1, 1, 0, 1], [0, 1, 0, 1], "aabb", rng) == (0.25, 0.0, 0.5)
    assert accuracy_difference([1, 0], [1, 0], "ab", rng) == (0.0, 0.0, 0.0)
    assert all(map(isnan, accuracy_difference([], [], "", rng)))


def test_different_tracks_cannot_be_compared():
    with pytest.raises(ValueError):
        mcnemar([1, 0], [1])
    with pytest.raises(ValueError):
        accuracy_difference([1, 0], [1], "a", np.random.default_rng(0))
