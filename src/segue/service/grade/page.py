"""The grade as one HTML file that needs nothing else."""

from __future__ import annotations

from segue.report.page import Table, render
from segue.report.recommenders import intervals_figure, measures_table
from segue.report.words import percent
from segue.service.grade.report import Grade
from segue.service.grade.words import MEASURE

MEASURES = (
    "recall@20",
    "ndcg@10",
    "coverage@20",
    "gini@20",
    "hub_share@20",
    "popularity_lift@20",
    "diversity@20",
    "artist_diversity@20",
)


def web_page(grade: Grade, *, with_figure: bool) -> str:
    """Return the page; the figure needs matplotlib."""
    return render(
        "grade.html",
        grade=grade,
        table=measures_table(grade.rows, MEASURES, (MEASURE, "ndcg@10")),
        hubs=_hubs(grade),
        figure=intervals_figure(grade.rows, MEASURE) if with_figure else None,
    )


def _hubs(grade: Grade) -> Table:
    """The most listed tracks of each model but chance, the first on the left."""
    found = {model: hubs for model, hubs in grade.hubs.items() if model != "random" and hubs}
    width = max(map(len, found.values()), default=0)
    rows = []
    for model, hubs in found.items():
        cells = [f"{hub.track} ({percent(hub.share_of_lists)})" for hub in hubs]
        rows.append((model, *cells, *[""] * (width - len(cells))))
    heading = ("in most lists of", *(f"{place}." for place in range(1, width + 1)))
    return Table(heading, tuple(rows), numeric=False)
