"""Figures of a comparison: accuracy beside what lists are like, differences by user, warm beside cold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segue.grading.report import ComparisonReport, Row
from segue.report import plots
from segue.report.recommenders import LOOKS, TITLES
from segue.report.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = 12  # of a scatter at most: more would hide each other, and the table has them all
_POINTS = 401
_AXES = {
    "popularity_lift@20": "popularity of lists beside the user's own items (times)",
    "diversity@20": "diversity of lists (mean cosine distance of audio)",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A model in a scatter."""

    x: float
    y: float
    family: str
    model: str


def accuracy_figure(report: ComparisonReport) -> plots.Figure | None:
    """Return accuracy against popularity bias and, where items have content, against diversity.

    None where no model lists anything. Raises MissingExtra.
    """
    measures = [name for name in _AXES if any(row.value(name) is not None for row in report.rows)]
    if not measures:
        return None
    figure, axes = plots.new(6.4 * len(measures), 5.4, columns=len(measures))
    for axis, measure in zip(axes, measures, strict=True):
        offset = 1.0 if measure == "popularity_lift@20" else 0.0
        _scatter(
            axis, [_point(row, row.value(measure), row.value(report.headline), offset) for row in report.rows]
        )
        axis.set_xlabel(_AXES[measure])
        axis.set_ylabel(TITLES[report.headline])
    caption = f"{TITLES[report.headline]} against how popular, and how varied, the lists of 20 are; one point for each model."
    return plots.finish(figure, "accuracy", caption)


def differences_figure(values: np.ndarray, a: str, b: str, headline: str) -> plots.Figure:
    """Return each user's mean difference between models ``a`` and ``b``, sorted; ``values`` float (n_users,).

    Raises MissingExtra.
    """
    gaps = np.sort(values[np.isfinite(values)])
    share = np.linspace(0.0, 100.0, _POINTS)
    shown = np.percentile(gaps, share)  # every user of thousands would make a file of half a megabyte
    figure, (axes,) = plots.new(8.0, 4.4)
    axes.fill_between(share, shown, 0, where=shown > 0, color=plots.VERMILION, alpha=0.6, lw=0)
    axes.fill_between(share, shown, 0, where=shown < 0, color=plots.BLUE, alpha=0.6, lw=0, hatch="//")
    axes.axhline(0, color="black", lw=0.8)
    axes.axhline(gaps.mean(), color="black", lw=1.2, ls="--")
    axes.annotate(f"mean {gaps.mean():+.4f}", (2, gaps.mean()), xytext=(0, 5), textcoords="offset points")
    axes.set_xlabel(
        f"users, sorted (%); {b} better for {percent((gaps < 0).mean())},\n"
        f"equal for {percent((gaps == 0).mean())}, {a} better for {percent((gaps > 0).mean())}"
    )
    axes.set_ylabel(f"{TITLES[headline]}:\n{a}\n- {b}")
    axes.set_xlim(0, 100)
    low, high = np.percentile(gaps, (0.3, 99.7))  # a handful of extremes would flatten everybody else
    axes.set_ylim(1.15 * min(low, -high / 4, -1e-3), 1.15 * max(high, -low / 4, 1e-3))
    caption = (
        f"For each user, averaged over seeds: what {a} gains on or loses to {b} in {TITLES[headline]}. Here every user "
        "counts once; in the table once for each seed that asked them."
    )
    return plots.finish(figure, "differences", caption)


def warm_cold_figure(warm: ComparisonReport, cold: ComparisonReport) -> plots.Figure | None:
    """Return Recall@20 on known items against Recall@20 on cold ones; None for fewer than two models that serve both.

    NDCG@10 where so few items are cold that a list of 20 holds them all. Raises MissingExtra.
    """
    measure = "recall@20" if cold.headline == "recall@20" else "ndcg@10"
    both = [(row, cold.by_model[row.model]) for row in warm.rows if row.model in cold.by_model]
    if len(both) < 2:
        return None
    figure, (axes,) = plots.new(7.4, 5.6)
    _scatter(axes, [_point(w, w.value(measure), c.value(measure)) for w, c in both])
    axes.set_xlabel(f"{TITLES[measure]}, warm: among all items")
    axes.set_ylabel(f"{TITLES[measure]}, cold: among items nobody was seen with")
    caption = (
        "Warm against cold, for every model that can score both. The two axes are different tasks: "
        f"{cold.n_candidates:,} candidates where items are cold, {warm.n_candidates:,} where they are not."
    )
    return plots.finish(figure, "warm-cold", caption)


def _point(row: Row, x: float | None, y: float | None, offset: float = 0.0) -> Point | None:
    return None if x is None or y is None else Point(x + offset, y, row.family, row.model)


def labelled(points: Sequence[Point]) -> list[Point]:
    """Return the points that are named, by height: the best of each family, then the highest, `LABELS` in all."""
    ordered = sorted(points, key=lambda point: -point.y)
    first_of_family = {point.family: point for point in reversed(ordered)}
    chosen = list(first_of_family.values())
    chosen += [point for point in ordered if point not in chosen]
    return sorted(chosen[:LABELS], key=lambda point: point.y)


def _scatter(axes: Axes, points: Sequence[Point | None]) -> None:
    """Points with names in the right margin, each near its height and none on another."""
    there = [point for point in points if point is not None]
    for family, (colour, marker) in LOOKS.items():
        of = [(point.x, point.y) for point in there if point.family == family]
        if of:
            axes.scatter(*zip(*of, strict=True), c=colour, marker=marker, s=42, label=family, zorder=3)
    named = labelled(there)
    low, high = axes.get_ylim()
    heights = [(point.y - low) / (high - low) for point in named]
    line = {"arrowstyle": "-", "lw": 0.4, "color": "#aaaaaa", "shrinkA": 0, "shrinkB": 3, "relpos": (0, 0.5)}
    for height, point in zip(spread(heights, 0.045), named, strict=True):
        axes.annotate(
            point.model,
            (point.x, point.y),
            xytext=(1.03, height),
            textcoords="axes fraction",
            fontsize=8,
            color=LOOKS[point.family][0],
            va="center",
            arrowprops=line,
        )
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 1.1), ncols=4, frameon=False)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Return ascending heights in [0, 1] moved as little as it takes to lie ``gap`` apart, as far as there is room."""
    gap = min(gap, 1 / max(len(heights) - 1, 1))
    places: list[float] = []
    for height in heights:
        places.append(max(height, places[-1] + gap) if places else height)
    ceiling = 1.0
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - gap
    return places
