"""Holm's correction on cases worked by hand."""

from __future__ import annotations

import pytest

from segue.metrics.correction import holm, p_of_interval


def test_the_smallest_p_is_multiplied_by_the_number_and_none_falls_below_a_smaller_one():
    # Sorted: 0.01, 0.02, 0.04, times 3, 2, 1: 0.03, 0.04, 0.04.
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    # 0.02 * 2 = 0.04 lies above 0.021 * 1, which may not come before it.
    assert holm([0.02, 0.021]) == pytest.approx([0.04, 0.04])
    assert holm([0.6, 0.7]) == [1.0, 1.0] and holm([]) == []


def test_an_interval_that_ends_at_zero_stands_for_five_percent():
    assert p_of_interval(2.0, 0.0, 4.0) == pytest.approx(0.05)
    assert p_of_interval(-2.0, -4.0, 0.0) == pytest.approx(0.05)
    assert p_of_interval(0.0, -1.0, 1.0) == pytest.approx(1.0)
    assert p_of_interval(2.0, 0.5, 2.1) == pytest.approx(p_of_interval(2.0, 0.5, 9.0)), (
        "the half towards 0 counts"
    )


def test_an_interval_of_no_width_is_certain():
    assert p_of_interval(0.0, 0.0, 0.0) == 1.0 and p_of_interval(0.1, 0.1, 0.1) == 0.0
