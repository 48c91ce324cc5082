"""Figures of a classifier: which classes are named for which, and how well each class is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from segue.metrics.classification import ClassScores
from segue.report import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DARK_BELOW = 55.0  # percent: below it a cell is dark, and its number white


def draw_confusion(axes: Axes, confusion: np.ndarray, classes: Sequence[str], *, in_percent: bool) -> Any:
    """Draw shares of each true class, row by row, and return the image for a colour bar.

    ``confusion`` is ``(n_classes, n_classes)``, row true class, column named class. Cells hold percentages, or
    numbers of tracks.
    """
    table = np.asarray(confusion)
    share = 100.0 * table / table.sum(axis=1, keepdims=True).clip(1)
    image = axes.imshow(share, cmap="cividis", vmin=0, vmax=100)
    for i, j in np.argwhere(table > 0):
        text = f"{share[i, j]:.0f}" if in_percent else str(table[i, j])
        colour = "white" if share[i, j] < DARK_BELOW else "black"
        axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("named by the model")
    axes.set_ylabel("label")
    return image


def draw_class_scores(axes: Axes, per_class: Mapping[str, ClassScores]) -> None:
    """Draw precision and recall of each class as bars, F1 as a diamond, in percent; the number of tracks is beside."""
    places = np.arange(len(per_class))
    for shift, measure, colour in ((-0.2, "precision", plots.ORANGE), (0.2, "recall", plots.BLUE)):
        widths = [100.0 * getattr(scores, measure) for scores in per_class.values()]
        axes.barh(places + shift, widths, height=0.38, color=colour, label=measure)
    f1 = [100.0 * scores.f1 for scores in per_class.values()]
    axes.plot(f1, places, "D", color="white", markeredgecolor="black", markersize=5, label="F1")
    axes.set_yticks(places, [f"{name} ({scores.support})" for name, scores in per_class.items()])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("%")
    axes.set_ylabel("label (tracks)")
