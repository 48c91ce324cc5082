"""Accuracy1 and Accuracy2 by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.metrics.tempo import accuracy1, accuracy2, agrees, agrees_at_some_level


def test_by_hand():
    # Right; right at the edge of 4 %; double; a third; two thirds, which is no level; nothing heard.
    estimates = [120.0, 104.0, 180.0, 50.0, 80.0, None]
    annotated = [120.0, 100.0, 90.0, 150.0, 120.0, 100.0]
    assert accuracy1(estimates, annotated) == pytest.approx(2 / 6)
    assert accuracy2(estimates, annotated) == pytest.approx(4 / 6)


@pytest.mark.parametrize(("estimate", "right"), [(96.0, True), (95.9, False), (104.0, True), (104.1, False)])
def test_the_tolerance_is_four_percent_of_the_annotation(estimate, right):
    assert agrees(estimate, 100.0) is right


@pytest.mark.parametrize("level", [1, 2, 3, 1 / 2, 1 / 3])
def test_levels(level):
    assert agrees_at_some_level(120.0 * level, 120.0)
    assert not agrees_at_some_level(120.0 * level * 1.05, 120.0)


@given(st.lists(st.tuples(st.floats(30, 300), st.floats(30, 300)), min_size=1))
def test_the_second_is_never_below_the_first(pairs):
    estimates, annotated = zip(*pairs, strict=True)
    assert 0.0 <= accuracy1(estimates, annotated) <= accuracy2(estimates, annotated) <= 1.0


def test_misuse_is_said():
    with pytest.raises(ValueError):
        accuracy1([], [])
    with pytest.raises(ValueError):
        accuracy1([100.0], [100.0, 120.0])
    with pytest.raises(ValueError):
        accuracy2([100.0], [0.0])
