"""What a scatter names, and where the names stand."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from segue.research.compare.figures import LABELS, Point, labelled, spread

FAMILIES = ("collaborative", "content", "hybrid", "control")


def test_at_most_twelve_points_are_named_and_the_best_of_each_family_is():
    points = [Point(0.0, y, FAMILIES[0] if y > 5 else FAMILIES[y % 4], f"model {y}") for y in range(30)]
    named = labelled(points)
    assert len(named) == LABELS == 12 and named == sorted(named, key=lambda point: point.y)
    assert {point.family for point in named} == set(FAMILIES)
    assert named[-1].model == "model 29" and "model 5" in {point.model for point in named}
    assert labelled(points[:3]) == points[:3] and labelled([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_names_do_not_lie_on_each_other_and_stay_within_the_axes(heights):
    heights = sorted(heights)
    places = spread(heights, 0.045)
    gap = min(0.045, 1 / max(len(heights) - 1, 1))
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(places))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
