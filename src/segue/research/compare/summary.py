"""A comparison in at most three sentences without figures, for the top of its page."""

from __future__ import annotations

from segue.grading.report import ComparisonReport, Verdict
from segue.report.words import count
from segue.research.compare.baselines import best_and_reference
from segue.research.compare.evidence import Evidence, evidence
from segue.research.compare.words import statements

_IN_SHORT = {
    Evidence.COUNTS: "What content says counts: {} does worse with the content of other items or artists.",
    Evidence.NAMES_ARTISTS: "The content of {} only tells who made an item: with other artists' content it does as well.",
    Evidence.HARMS: "Content adds nothing to {} that shows on the same model without it.",
    Evidence.NONE: "Content adds nothing to {}: with the content of other items it does as well.",
}


def summary(report: ComparisonReport) -> tuple[str, ...]:
    """Return at most three sentences without figures: the best model, the baseline, and what content is worth."""
    found = statements(report)
    if len(found) == 1:
        return (found[0].text,)
    best = report.best("collaborative", "content", "hybrid") or report.rows[0]
    said = [f"Of {count(len(report.rows), 'model')}, {best.model} ranks hidden items of {report.name} best."]
    if any(statement.code == "control-as-good" for statement in found):
        said.append("But a control does as well or better.")
    elif pair := best_and_reference(report):
        verdict = report.verdict(*pair)
        does = "cannot be told apart from" if verdict is Verdict.UNDECIDED else f"does {verdict} than"
        said.append(f"{pair[0]} {does} {pair[1]}, the baseline.")
    user = report.best("hybrid", "content")
    shown = None if user is None else evidence(report, user.model)
    if user is not None and shown is not None:
        said.append(_IN_SHORT[shown].format(user.model))
    return tuple(said)
