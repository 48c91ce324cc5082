"""The report of a comparison: a row for each model, and the difference of every two, with intervals.

Its JSON document is what `segue compare --json` prints; `read_report` reads one back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from segue.encode import json_field
from segue.files import OutputKind
from segue.grading.variants import Skipped
from segue.recommend.models.contract import Settings

# Every document of a comparison, a grade or a reproduction begins so.
TABLE = OutputKind("table", rb'\{\s+"dataset": ')
_BY_SEED = " by seed"
# The fields of a row that are no measure.
_ABOUT = ("model", "family", "scores", "sees_test", "settings", "tried", "ci95")
_COSTS = ("tuning_cpu_s", "fit_cpu_s", "measure_cpu_s")


class Verdict(StrEnum):
    """What the interval of a difference allows to be said."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "not told apart"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and the ends of its 95 % interval; None where nothing was asked."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> Verdict:
        """Of a difference: which side of zero the whole interval lies on."""
        if self.low is not None and self.low > 0:
            return Verdict.BETTER
        if self.high is not None and self.high < 0:
            return Verdict.WORSE
        return Verdict.UNDECIDED

    def __neg__(self) -> Estimate:
        return Estimate(*(None if one is None else -one for one in (self.value, self.high, self.low)))


_NO_ESTIMATE = Estimate(None, None, None)


@dataclass(frozen=True, slots=True)
class Row:
    """One model: its measures, and how it was made.

    ``measures`` are means over users with an interval, ``overall`` what only all lists together have, ``by_seed`` the
    headline measures' means for each seed. ``settings`` are the chosen ones for each seed, ``tried`` how many there
    were to choose from; costs are the median over seeds. ``sees_test``: fitted with the test's answers, as a bound.
    """

    model: str
    family: str
    scores: str
    sees_test: bool
    measures: Mapping[str, Estimate]
    overall: Mapping[str, float | None]
    by_seed: Mapping[str, tuple[float | None, ...]]
    settings: tuple[Settings, ...]
    tried: int
    tuning_cpu_s: float
    fit_cpu_s: float
    measure_cpu_s: float

    @property
    def is_control(self) -> bool:
        """Whether the model is no candidate, but something to hold candidates against."""
        return self.family == "control"

    def estimate(self, measure: str) -> Estimate:
        """Return the mean of a measure with its interval; an empty one where it was not measured."""
        return self.measures.get(measure, _NO_ESTIMATE)

    def value(self, measure: str) -> float | None:
        """Return a measure's value, None where it was not measured or nothing was asked."""
        found = self.measures.get(measure)
        return self.overall.get(measure) if found is None else found.value

    def __document__(self) -> Mapping[str, object]:
        return {
            "model": self.model,
            "family": self.family,
            "scores": self.scores,
            "sees_test": self.sees_test,
            **{name: one.value for name, one in self.measures.items()},
            **self.overall,
            **{name + _BY_SEED: values for name, values in self.by_seed.items()},
            "settings": self.settings,
            "tried": self.tried,
            "tuning_cpu_s": self.tuning_cpu_s,
            "fit_cpu_s": self.fit_cpu_s,
            "measure_cpu_s": self.measure_cpu_s,
            "ci95": {name: (one.low, one.high) for name, one in self.measures.items()},
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Model ``a`` minus model ``b`` in one measure, paired by user."""

    a: str
    b: str
    measure: str
    estimate: Estimate

    def __document__(self) -> Mapping[str, object]:
        return {
            "a": self.a,
            "b": self.b,
            "measure": self.measure,
            "difference": self.estimate.value,
            "ci95": (self.estimate.low, self.estimate.high),
        }


@dataclass(frozen=True, slots=True)
class Files:
    """Where a report was written: its JSON document and its page."""

    table: Path
    page: Path


@dataclass(frozen=True)
class ComparisonReport:
    """A comparison's results, models best first by ``headline``; see `segue.grading.table.report_of`.

    ``n_users_asked`` is by seed, ``n_askers`` counts the users asked under any seed. ``notes`` counts what was not
    asked about, by what it is; ``imported`` says in sentences what was read and left out;
    ``trials``: settings tried for each model once for all seeds, None where each has a few of its own for each seed.
    """

    dataset: str
    name: str
    protocol: str
    data: str
    seeds: tuple[int, ...]
    n_users: int
    n_items: int
    n_pairs: int
    n_candidates: int
    n_users_asked: tuple[int, ...]
    n_askers: int
    headline: str
    tuned_by: str
    budget: int
    tuning_users: int
    interval: str
    notes: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    words: tuple[str, ...] = ()
    trials: int | None = json_field(omit_empty=True, default=None)
    imported: tuple[str, ...] = json_field(name="import", default=())
    files: Files | None = json_field(omit_empty=True, default=None)

    @cached_property
    def by_model(self) -> Mapping[str, Row]:
        """The rows by the name of their model, in their order."""
        return {row.model: row for row in self.rows}

    @cached_property
    def _differences(self) -> Mapping[tuple[str, str, str], Estimate]:
        return {(one.a, one.b, one.measure): one.estimate for one in self.differences}

    def best(self, *families: str) -> Row | None:
        """Return the best row of these families, None where there is none."""
        return next((row for row in self.rows if row.family in families), None)

    def difference(self, a: str, b: str, measure: str | None = None) -> Estimate:
        """Return ``a`` - ``b`` in ``measure``, by default the headline. Raises KeyError where it was not measured."""
        measure = measure or self.headline
        found = self._differences.get((a, b, measure))
        return found if found is not None else -self._differences[b, a, measure]

    def verdict(self, a: str, b: str, measure: str | None = None) -> Verdict:
        """Return how ``a`` does beside ``b``, as far as the interval of their difference says."""
        return self.difference(a, b, measure).verdict


def read_report(document: Mapping[str, Any]) -> ComparisonReport:
    """Return the report of a JSON document that an earlier run wrote.

    Raises KeyError, TypeError or ValueError for what is no such document.
    """
    fields = dict(document)
    fields.pop("files", None)
    rows = tuple(_read_row(row) for row in fields.pop("rows"))
    gaps = tuple(
        Difference(one["a"], one["b"], one["measure"], Estimate(one["difference"], *one["ci95"]))
        for one in fields.pop("differences")
    )
    skipped = tuple(Skipped(one["model"], one["reason"]) for one in fields.pop("skipped"))
    imported = tuple(fields.pop("import", ()))
    lists = {key: tuple(value) for key, value in fields.items() if isinstance(value, list)}
    return ComparisonReport(**fields | lists, rows=rows, differences=gaps, skipped=skipped, imported=imported)


def _read_row(row: Mapping[str, Any]) -> Row:
    measures = {name: Estimate(row[name], *ends) for name, ends in row["ci95"].items()}
    by_seed = {name.removesuffix(_BY_SEED): tuple(row[name]) for name in row if name.endswith(_BY_SEED)}
    known = {*_ABOUT, *_COSTS, *measures, *(name + _BY_SEED for name in by_seed)}
    return Row(
        model=row["model"],
        family=row["family"],
        scores=row["scores"],
        sees_test=row["sees_test"],
        measures=measures,
        overall={name: row[name] for name in row if name not in known},
        by_seed=by_seed,
        settings=tuple(row["settings"]),
        tried=row["tried"],
        **{cost: row[cost] for cost in _COSTS},
    )
