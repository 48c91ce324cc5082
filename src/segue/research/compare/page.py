"""The comparison for people: as Markdown, as one HTML file that needs nothing else, and as lines of a terminal."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from segue.grading.report import ComparisonReport, Row
from segue.grading.trials import TUNING_SEED
from segue.report import words as say
from segue.report.page import Table, render
from segue.report.plots import Figure
from segue.report.recommenders import columns_of, ends, measures_table
from segue.research.compare.baselines import reference
from segue.research.compare.family import declared, tested
from segue.research.compare.summary import summary

MEASURES = (
    "recall@20",
    "ndcg@10",
    "hit@10",
    "mrr",
    "map",
    "coverage@20",
    "gini@20",
    "novelty@20",
    "popularity_lift@20",
    "diversity@20",
    "artist_diversity@20",
    "recall@20 (known artist)",
    "recall@20 (new artist)",
)
ON_TERMINAL = ("recall@20", "ndcg@10", "coverage@20", "popularity_lift@20", "diversity@20")
PROTOCOLS: Mapping[str, str] = {
    "warm": "20 % of each user's items are hidden for the test and 10 % for tuning; tuned on 70/10, fitted again on 80",
    "cold": "15 % of all items are hidden with every pair they have, and only they are candidates; 15 % of the rest for tuning",
    "cold-artists": "15 % of all artists are hidden with every item and pair they have, and only their items are candidates; "
    "15 % of the rest for tuning",
    "temporal": "the latest 20 % of all pairs are hidden for the test, the 10 % before for tuning, the same ones for every seed",
    "user-cold": "20 % of users are never learned from; 20 % of each one's items are hidden, the rest is given as history",
}


@dataclass(frozen=True, slots=True)
class Page:
    """All that the templates ``comparison.html`` and ``comparison.md`` show."""

    title: str
    command: str
    summary: tuple[str, ...]
    details: tuple[str, ...]
    how: tuple[str, ...]
    data: tuple[str, ...]
    table: Table
    differences: Table
    settings: Table
    versions: str


def page_of(report: ComparisonReport, command: str) -> Page:
    """Return the page of a report; ``command`` is what makes it again."""
    return Page(
        title=f"Recommenders compared: {report.name}, {report.protocol}",
        command=command,
        summary=summary(report),
        details=report.words,
        how=tuple(_how(report)),
        data=report.imported,
        table=_measures(report),
        differences=_differences(report),
        settings=_settings(report),
        versions=f"Python {platform.python_version()}, numpy {version('numpy')}, scipy {version('scipy')}",
    )


def markdown(page: Page, figures: Sequence[Figure], stems: Sequence[str]) -> str:
    """Return the page as Markdown; figure i is linked as ``figures/STEM.png`` with ``stems[i]``."""
    return render("comparison.md", page=page, figures=list(zip(figures, stems, strict=True)))


def web_page(page: Page, figures: Sequence[Figure]) -> str:
    """Return the page as one HTML file with its figures inside."""
    return render("comparison.html", page=page, figures=figures)


def lines(report: ComparisonReport) -> list[tuple[str, ...]]:
    """Return heading and rows for a terminal: the main measures with the headline's interval."""
    shown = columns_of(report.rows, ON_TERMINAL)
    heading = ("model", *(column.heading for column in shown), f"95 % of {report.headline}")
    rows = [
        (
            row.model,
            *(say.number(row.value(c.measure), c.decimals) for c in shown),
            ends(row.estimate(report.headline)),
        )
        for row in report.rows
    ]
    return [heading, *rows]


def file_stem(report: ComparisonReport, figure: Figure) -> str:
    """Return what a figure's files are called, without their ending."""
    return f"compare-{report.protocol}-{figure.name}"


def _how(report: ComparisonReport) -> list[str]:
    seeds = ", ".join(map(str, report.seeds))
    said = [
        f"Protocol: {PROTOCOLS[report.protocol]}.",
        f"Every model gets the same candidates ({report.n_candidates:,}), users and exclusions (what a user already has), "
        "and ranks all candidates.",
        _settings_in_words(report),
        f"Seeds: {seeds}.",
        f"Intervals: {report.interval}.",
    ]
    said += [f"Not asked about: {n:,} {what}." for what, n in report.notes.items()]
    said += [f"Left out: {one.model}, because {say.sentence(one.reason)}" for one in report.skipped]
    unable = [row.model for row in report.rows if not row.value("coverage@20")]
    if unable:
        said.append(f"Cannot score any of these items, hence 0: {', '.join(unable)}.")
    return said


def _settings_in_words(report: ComparisonReport) -> str:
    if report.trials is None:
        return (
            f"Settings are chosen by {report.tuned_by} on validation data of at most {report.tuning_users:,} users, the same "
            f"for all, from {report.budget} for each model that has any to choose, for each seed."
        )
    return (
        f"Settings are chosen once for all seeds, by {report.tuned_by} on validation data of a division of its own "
        f"(seed {TUNING_SEED}) and of {report.tuning_users:,} users at most, the same for all, from {report.trials} for each "
        "model that has ranges: its own few and random draws. These users are a fifth of all and are asked nothing else, "
        "so that no answer that chose a setting is asked again."
    )


def _measures(report: ComparisonReport) -> Table:
    table = measures_table(report.rows, MEASURES, (report.headline,))
    costs = [f"{row.fit_cpu_s:.1f}" for row in report.rows]
    rows = tuple((*cells, cost) for cells, cost in zip(table.rows, costs, strict=True))
    return Table((*table.heading, "fit, CPU s"), rows, table.notes)


def _differences(report: ComparisonReport) -> Table:
    heading = (f"difference, {report.headline}", "mean", "95 % interval", "p, Holm")
    base, found = reference(report), tested(report)
    rows = []
    for a, b in sorted(declared(report), key=lambda pair: pair[1] != base):  # the baseline's first
        gap = report.difference(a, b)
        mean = say.NOTHING if gap.value is None else f"{gap.value:+.4f}"
        p = _p(found[a, b].adjusted) if (a, b) in found else say.NOTHING
        rows.append((f"{a} - {b}", mean, say.signed_interval(gap.low, gap.high, 4), p))
    return Table(heading, tuple(rows))


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _settings(report: ComparisonReport) -> Table:
    rows = tuple((row.model, str(row.tried), _chosen(row)) for row in report.rows if any(row.settings))
    return Table(("model", "tried", "chosen, with the number of seeds"), rows, numeric=False)


def _chosen(row: Row) -> str:
    """``l2=200, share=1 (3); l2=100, share=1 (2)``."""
    texts = [
        ", ".join(
            f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in one.items()
        )
        for one in row.settings
    ]
    return "; ".join(f"{text} ({texts.count(text)})" for text in dict.fromkeys(texts))
