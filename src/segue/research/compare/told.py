"""A comparison's document, asked for what can be said: rows, differences, verdicts, and what is held against what."""

from __future__ import annotations

from typing import Any

_TITLES = {"ndcg@10": "NDCG@10", "recall@20": "Recall@20"}
_RIDGE = ("content-to-cf+genres", "content-to-cf")
# What a model that uses content would be without: the first of these whose prefix it has and that was measured.
_TWINS = (
    ("hybrid-trust", ("ease",)),
    ("hybrid-ranks", ("ease",)),
    ("hybrid", ("ease-and-als", "ease")),
    ("ease", ("ease-normalised", "ease")),
)


class Told:
    """A document, asked for rows and differences."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.measure: str = document["headline"]
        self.title = _TITLES[self.measure]
        self.rows = {row["model"]: row for row in document["rows"]}
        self._gaps = {(d["a"], d["b"], d["measure"]): d for d in document["differences"]}

    def best(self, *families: str) -> str | None:
        """The best model of these families, None where there is none."""
        return next((m for m, row in self.rows.items() if row["family"] in families), None)

    def gap(self, a: str, b: str, measure: str | None = None) -> tuple[float, float, float]:
        """Difference a - b and the ends of its interval."""
        measure = measure or self.measure
        if (a, b, measure) in self._gaps:
            found = self._gaps[a, b, measure]
            return found["difference"], found["ci95"][0], found["ci95"][1]
        found = self._gaps[b, a, measure]
        return -found["difference"], -found["ci95"][1], -found["ci95"][0]

    def gap_in_words(self, a: str, b: str, measure: str | None = None) -> str:
        """``+0.010 (+0.008 to +0.012)``."""
        gap, low, high = self.gap(a, b, measure)
        return f"{signed(gap)} ({signed(low)} to {signed(high)})"

    def verdict(self, a: str, b: str) -> str:
        """``better``, ``worse`` or ``not told apart``."""
        _, low, high = self.gap(a, b)
        return "better" if low > 0 else "worse" if high < 0 else "not told apart"


def twin(told: Told, model: str) -> str | None:
    """What ``model`` would be without content, None where that was not measured or is the model itself."""
    for prefix, names in _TWINS:
        if model.startswith(prefix):
            return next((name for name in names if name in told.rows and name != model), None)
    return None


def reference(document: dict[str, Any]) -> str | None:
    """The model that the protocol's best is held against: EASE, or where items are cold the ridge map from content."""
    models = {row["model"] for row in document["rows"]}
    wanted = _RIDGE if document["protocol"] == "cold" else ("ease",)
    return next((name for name in wanted if name in models), None)


def best_and_reference(told: Told) -> tuple[str, str] | None:
    """The model that matters most and what it is held against: the best hybrid and EASE, or the best on cold items
    and the ridge map; None where one of the two is missing."""
    base = reference(told.document)
    if told.document["protocol"] == "cold":
        best = told.best("content", "hybrid")
    else:
        best = told.best("hybrid") or told.best("content", "collaborative")
    return None if base is None or best is None or best == base else (best, base)


def signed(value: float) -> str:
    """Three decimals and a sign; nothing is ``0.000``."""
    shown = f"{value:+.3f}"
    return "0.000" if float(shown) == 0 else shown
