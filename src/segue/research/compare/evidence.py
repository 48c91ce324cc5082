"""What controls show of a model's content: that it counts, that it only names artists, or nothing.

Content counts only where a model beats every control it has: itself with another item's content (``:shuffled``), itself
with another artist's (``:artists-exchanged``, where content is the same for all items of an artist), and, where items are
known, itself without content.
"""

from __future__ import annotations

from enum import StrEnum

from segue.grading.holdout import COLD
from segue.grading.report import ComparisonReport, Verdict
from segue.grading.variants import EXCHANGED, SHUFFLED
from segue.research.compare.baselines import without_content


class Evidence(StrEnum):
    """What a model's controls show of its content; the values are codes of statements."""

    COUNTS = "content-counts"
    NAMES_ARTISTS = "content-names-artists"
    HARMS = "wrong-content-harms"
    NONE = "no-content-effect"


def evidence(report: ComparisonReport, model: str) -> Evidence | None:
    """Return what the controls of ``model`` show of its content; None where it has no shuffled control."""
    shuffled, exchanged = model + SHUFFLED, model + EXCHANGED
    without = same_without_content(report, model)
    if shuffled not in report.by_model:
        return None
    if report.verdict(model, shuffled) is not Verdict.BETTER:
        return Evidence.NONE
    if without is not None and report.verdict(model, without) is not Verdict.BETTER:
        return Evidence.HARMS
    if exchanged in report.by_model and report.verdict(model, exchanged) is not Verdict.BETTER:
        return Evidence.NAMES_ARTISTS
    return Evidence.COUNTS


def same_without_content(report: ComparisonReport, model: str) -> str | None:
    """Return the same model without content; None where it was not measured or could not score the items."""
    return without_content(report, model) if report.protocol not in COLD else None
