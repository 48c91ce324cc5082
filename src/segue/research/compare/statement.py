"""A sentence on a comparison under a code that stays, and how the difference of two models is put into one."""

from __future__ import annotations

from dataclasses import dataclass

from segue.grading.report import ComparisonReport, Verdict
from segue.report.recommenders import TITLES
from segue.report.words import difference


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or two; ``code`` names what is stated and stays when the wording changes."""

    code: str
    text: str


def gap(report: ComparisonReport, a: str, b: str, measure: str | None = None) -> str:
    """``+0.010 (+0.008 to +0.012)``."""
    found = report.difference(a, b, measure)
    return difference(found.value or 0.0, found.low or 0.0, found.high or 0.0)


def compared(
    report: ComparisonReport, a: str, b: str, a_is: str | None = None, b_is: str | None = None
) -> str:
    first = f"{a} ({a_is})" if a_is else a
    second = f"{b} ({b_is})" if b_is else b
    verdict, by, title = report.verdict(a, b), gap(report, a, b), TITLES[report.headline]
    if verdict is Verdict.UNDECIDED:
        return f"{first} and {second} cannot be told apart in {title}: {by}."
    return f"{first} does {verdict} than {second} in {title}: {by}."
