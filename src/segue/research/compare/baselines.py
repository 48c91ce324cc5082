"""Which models of a comparison are held against each other."""

from __future__ import annotations

from segue.grading.holdout import COLD
from segue.grading.report import ComparisonReport

_RIDGE = ("content-to-cf+genres", "content-to-cf")
# What a model that uses content would be without: the first of these whose prefix it has and that was measured.
ARTIST_ALONE = {
    "warm": "ease-and-als+artists",
    "cold": "artist-to-ease",
}  # told who made what, and nothing else
_WITHOUT_CONTENT = (
    (ARTIST_ALONE["warm"], ("ease-and-als",)),
    ("hybrid-trust", ("ease",)),
    ("hybrid-ranks", ("ease",)),
    ("hybrid", ("ease-and-als", "ease")),
    ("ease", ("ease-normalised", "ease")),
)


def without_content(report: ComparisonReport, model: str) -> str | None:
    """Return the same model without content; None where that was not measured or is the model itself.

    A hybrid that is told who made what is held against one that is told that alone.
    """
    if model.startswith("hybrid") and model.endswith("+artists") and ARTIST_ALONE["warm"] in report.by_model:
        return ARTIST_ALONE["warm"]
    for prefix, names in _WITHOUT_CONTENT:
        if model.startswith(prefix):
            return next((name for name in names if name in report.by_model and name != model), None)
    return None


def reference(report: ComparisonReport) -> str | None:
    """Return the baseline of the protocol: EASE, or where items are cold the ridge regression from content."""
    wanted = _RIDGE if report.protocol in COLD else ("ease",)
    return next((name for name in wanted if name in report.by_model), None)


def best_and_reference(report: ComparisonReport) -> tuple[str, str] | None:
    """Return the best hybrid (cold: the best model) and the baseline; None where one of the two is missing."""
    if report.protocol in COLD:
        best = report.best("content", "hybrid")
    else:
        best = report.best("hybrid") or report.best("content", "collaborative")
    base = reference(report)
    return None if base is None or best is None or best.model == base else (best.model, base)
