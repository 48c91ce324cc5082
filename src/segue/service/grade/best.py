"""Which graded model wins, and what the library keeps of a grade for `like --by best`."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import LibraryError
from segue.grading.report import Verdict
from segue.library.grades import GradedModel, KeptGrade
from segue.library.store import Library
from segue.recommend.models.contract import Setting, Settings
from segue.service.grade.report import Grade

_MEASURE = "recall@20"


def kept_grade(grade: Grade) -> KeptGrade:
    """Return what is kept: the model that puts back most, where enough lists were asked and it beats all controls.

    A control (chance, popularity) is beaten where the 95 % interval of the paired difference lies above zero.
    """
    models = tuple(
        GradedModel(row.model, row.value(_MEASURE) or 0.0, _settings(row.settings)) for row in grade.rows
    )
    kinds = tuple(grade.lists)
    best = next((row for row in grade.rows if not row.is_control and not row.sees_test), None)
    if best is None:
        return KeptGrade(None, "nothing but controls could be graded.", kinds, models)
    if not grade.enough:
        reason = (
            f"{grade.n_lists_asked} lists are too few to tell; bring in more with `segue history import`."
        )
        return KeptGrade(None, reason, kinds, models)
    for row in grade.rows:
        if row.is_control:
            if grade.comparison.verdict(best.model, row.model, _MEASURE) is not Verdict.BETTER:
                reason = f"the first, {best.model}, cannot be told apart from {row.model}."
                return KeptGrade(None, reason, kinds, models)
    return KeptGrade(best.model, f"{best.model} puts back most hidden tracks.", kinds, models)


def keep(grade: Grade, library: str) -> str:
    """Store a grade in the library it was made of; return in one sentence what `like --by best` now does."""
    found = kept_grade(grade)
    try:
        with Library.open(library, create=False) as opened:
            opened.put_grade(found)
    except LibraryError as error:  # read-only, or a scan beside us: the grade itself is whole
        return f"The best scorer could not be kept in the library: {error}"
    if found.best is None:
        return f"There is no best scorer: {found.reason}"
    return f"`segue like --by best` now asks {found.best}."


def _settings(by_seed: Sequence[Settings]) -> dict[str, Setting]:
    """The settings chosen under most seeds, the first of equals."""
    return dict(max(by_seed, key=lambda one: sum(dict(one) == dict(other) for other in by_seed)))
