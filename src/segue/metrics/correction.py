"""Holm's correction: what remains of several differences when they are looked at together.

Range [0, 1]; an empty family has no values. Holm 1979, "A simple sequentially rejective multiple test procedure": with
p sorted ascending, the i-th of m is ``max over j <= i of (m - j + 1) p_j``, at most 1. Whoever calls all below 0.05
differences errs in one of them, or more, in at most 5 % of such families, however they depend on each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

_Z95 = NormalDist().inv_cdf(0.975)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the adjusted p of each, in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for place, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def p_of_interval(value: float, low: float, high: float) -> float:
    """Return the two-sided p of "no difference" that a mean and its 95 % interval stand for, as if normal.

    The half of the interval that points to 0 gives the standard error; an interval of no width gives 1 for a value of 0
    and else 0. Altman and Bland 2011, "How to obtain the P value from a confidence interval".
    """
    half = value - low if value > 0 else high - value
    if half <= 0:
        return 1.0 if value == 0 else 0.0
    return 2 * NormalDist().cdf(-abs(value) * _Z95 / half)
