"""What reports on recommenders show alike: columns of measures, colours of families, intervals as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segue.grading.report import Estimate, Row
from segue.report import plots
from segue.report.page import Table
from segue.report.words import interval, number

TITLES = {"ndcg@10": "NDCG@10", "recall@20": "Recall@20"}
# Colour and marker of each family of models: a shape besides, for eyes that do not tell colours apart.
LOOKS = {
    "collaborative": (plots.BLUE, "o"),
    "content": (plots.GREEN, "s"),
    "hybrid": (plots.VERMILION, "D"),
    "control": (plots.GREY, "x"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A measure in a table: its heading, decimals, and what it is."""

    measure: str
    heading: str
    decimals: int
    meaning: str


COLUMNS = (
    Column("recall@20", "Recall@20", 3, "share of a user's hidden items among the first 20"),
    Column("ndcg@10", "NDCG@10", 3, "the same among the first 10, higher places counting more"),
    Column("hit@10", "hit@10", 3, "share of users with at least one hidden item among the first 10"),
    Column("mrr", "MRR", 3, "1 / rank of the first hidden item, over the full ranking"),
    Column("map", "MAP", 3, "mean precision at the hidden items, over the full ranking"),
    Column("coverage@20", "coverage", 2, "share of candidates that are in at least one list of 20"),
    Column("gini@20", "Gini", 2, "how unequally places are shared among candidates; 0 is evenly"),
    Column("hub_share@20", "hubs", 2, "share of all places that the most listed 1 % of items take"),
    Column("novelty@20", "novelty", 1, "bits: -log2 of the share of users who have an item"),
    Column(
        "popularity_lift@20",
        "lift",
        2,
        "how much more popular than the user's own items; 0 is equally",
    ),
    Column("diversity@20", "diversity", 2, "mean cosine distance of audio within a list"),
    Column("artist_diversity@20", "artists", 2, "share of pairs within a list that are by different artists"),
    Column(
        "recall@20 (known artist)", "Recall@20, known artist", 3, "cold items whose artist has other items"
    ),
    Column("recall@20 (new artist)", "Recall@20, new artist", 3, "cold items whose artist has none"),
)


def columns_of(rows: Sequence[Row], measures: Sequence[str]) -> list[Column]:
    """Return the columns of ``measures`` that at least one row has a value of, in their usual order."""
    return [
        c for c in COLUMNS if c.measure in measures and any(row.value(c.measure) is not None for row in rows)
    ]


def measures_table(rows: Sequence[Row], measures: Sequence[str], intervals: Sequence[str]) -> Table:
    """Return a table of models by measures; after those of ``intervals`` stands a column with the 95 % interval.

    The table's notes say what each measure is.
    """
    columns = columns_of(rows, measures)
    heading = ["model"]
    for column in columns:
        heading += [column.heading, "95 %"] if column.measure in intervals else [column.heading]
    lines = []
    for row in rows:
        cells = [row.model]
        for column in columns:
            cells.append(number(row.value(column.measure), column.decimals))
            if column.measure in intervals:
                cells.append(ends(row.estimate(column.measure), column.decimals))
        lines.append(tuple(cells))
    return Table(tuple(heading), tuple(lines), tuple(f"{c.heading}: {c.meaning}." for c in columns))


def ends(estimate: Estimate, decimals: int = 3) -> str:
    """Return the interval of an estimate as text."""
    return interval(estimate.low, estimate.high, decimals)


def intervals_figure(rows: Sequence[Row], measure: str) -> plots.Figure:
    """Return one measure of every model with its interval, best on top. Raises MissingExtra."""
    figure, (axes,) = plots.new(7.0, 0.9 + 0.36 * len(rows))
    for place, row in enumerate(reversed(rows)):
        colour, marker = LOOKS[row.family]
        estimate = row.estimate(measure)
        if estimate.low is not None:
            axes.plot((estimate.low, estimate.high), (place, place), color=colour, lw=2)
        axes.plot(estimate.value, place, color=colour, marker=marker, ms=7)
    axes.set_yticks(range(len(rows)), [row.model for row in reversed(rows)])
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{TITLES[measure]}, with 95 % interval")
    axes.grid(axis="x", alpha=0.25)
    return plots.finish(figure, "intervals", f"{TITLES[measure]} of each model, with its 95 % interval.")
