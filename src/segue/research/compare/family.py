"""The differences that a comparison is made for, declared before it is run, and what is left of them together (Holm).

In the headline measure: every model minus the baseline, every model minus its own controls, every model with content minus
the same without. All other differences of a report are looked at for curiosity and say so by an interval alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from segue.grading.report import ComparisonReport
from segue.metrics.correction import holm, p_of_interval
from segue.research.compare.baselines import reference, without_content


@dataclass(frozen=True, slots=True)
class Tested:
    """A declared difference ``a`` - ``b``: ``p`` as its interval gives it, ``adjusted`` for the whole family."""

    a: str
    b: str
    p: float
    adjusted: float


def declared(report: ComparisonReport) -> list[tuple[str, str]]:
    """Return the pairs of the family, each once."""
    pairs: list[tuple[str, str]] = []
    base = reference(report)
    for model in report.by_model:
        name, _, control = model.partition(":")
        if base is not None and model != base:
            pairs.append((model, base))
        if control and name in report.by_model:
            pairs.append((name, model))
        elif (
            report.by_model[model].family == "hybrid"
            and (without := without_content(report, model)) is not None
        ):
            pairs.append((model, without))
    return list(dict.fromkeys(pairs))


def tested(report: ComparisonReport) -> dict[tuple[str, str], Tested]:
    """Return the family's differences by their pair; those that were not measured are no part of it."""
    pairs, values = [], []
    for a, b in declared(report):
        found = report.difference(a, b)
        if found.value is not None and found.low is not None and found.high is not None:
            pairs.append((a, b))
            values.append(p_of_interval(found.value, found.low, found.high))
    return {
        pair: Tested(*pair, p, adjusted)
        for pair, p, adjusted in zip(pairs, values, holm(values), strict=True)
    }
