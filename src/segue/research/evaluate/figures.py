"""Figures of an evaluation: which genres are named for which, and how well each genre is found."""

from __future__ import annotations

from pathlib import Path

from segue.report import plots
from segue.report.classifiers import draw_class_scores, draw_confusion
from segue.report.words import percent
from segue.research.evaluate.report import Evaluation

_LEAKS = {True: "leak-free", False: "LEAKY", None: "leaks not ruled out"}


def write_figures(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Draw ``confusion`` and ``per-class`` into ``folder`` as PNG and SVG; return the files written.

    Raises MissingExtra, and SegueError (``output-not-written``).
    """
    figures = (_confusion(evaluation), _per_class(evaluation))
    return [path for figure in figures for path in plots.save(figure, folder)]


def _confusion(evaluation: Evaluation) -> plots.Figure:
    scores = evaluation.scores
    side = max(4.5, 0.62 * len(scores.classes) + 1.8)
    figure, (axes,) = plots.new(side + 1.0, side)
    image = draw_confusion(axes, scores.confusion, scores.classes, in_percent=False)
    axes.set_title(_title(evaluation), fontsize=10)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("share of the label's tracks, % (numbers: tracks)")
    return plots.finish(figure, "confusion", "Labels by row, what the model named by column.")


def _per_class(evaluation: Evaluation) -> plots.Figure:
    figure, (axes,) = plots.new(7.0, max(2.8, 0.42 * len(evaluation.scores.classes) + 1.6))
    draw_class_scores(axes, evaluation.scores.per_class)
    axes.set_title(_title(evaluation), fontsize=10)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False)
    return plots.finish(figure, "per-class", "Precision, recall and F1 of each genre.")


def _title(evaluation: Evaluation) -> str:
    scores = evaluation.scores
    low, high = scores.ci95
    return (
        f"{evaluation.model} on {evaluation.dataset}, {scores.protocol}, {evaluation.part} "
        f"({_LEAKS[evaluation.leaks.leak_free]})\n"
        f"{percent(scores.accuracy, 1)} of {scores.n} tracks right, 95 % interval {percent(low, 1)} to {percent(high, 1)}"
    )
