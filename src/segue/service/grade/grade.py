"""The grade: part of every list is hidden, and each way of recommending is asked to put it back.

The measuring is that of `segue compare` (segue.grading): same candidates, exclusions and
measures for all, full rankings, paired intervals over lists.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from segue.encode import document
from segue.files import check_output, write_output
from segue.grading.holdout import Stage, hold_out
from segue.grading.report import TABLE, Files, Row
from segue.grading.run import Comparison, Step, compare
from segue.grading.table import report_of
from segue.report import plots
from segue.report.page import PAGE
from segue.report.recommenders import ends
from segue.report.words import number
from segue.service.grade.lists import Graded
from segue.service.grade.page import web_page
from segue.service.grade.report import Grade, Hub, OtherLists
from segue.service.grade.words import MIN_LISTS, sentences
from segue.types import Interactions

ALWAYS = ("random", "popularity", "content")
WITH_GENRES = "content+genres"
MIN_REACHABLE = 0.1  # share of hidden tracks that somebody else's list holds, for CF to be worth asking
HUBS_SHOWN = 5


def grade(
    graded: Graded,
    *,
    n_seeds: int = 5,
    out: Path,
    force: bool = False,
    step: Step = lambda *_: None,
) -> Grade:
    """Return the grade, which as a document and as a page is also in ``out``.

    ``force`` replaces files there that segue did not write. Raises SegueError where lists are too few or too short to
    hide anything.
    """
    outputs = {out / "grade.json": TABLE, out / "grade.html": PAGE}
    if out.is_dir():
        for path, kind in outputs.items():
            check_output(path, kind, force=force)
    held = hold_out(graded.interactions, "warm", 0)
    reachable = _reachable(held.test)
    n_asked = len(held.test.users)
    others = _why_not_others(n_asked, reachable, _in_one_list_each(graded.interactions))
    models = [*ALWAYS, *([WITH_GENRES] if graded.content and graded.content.metadata is not None else [])]
    models += [] if others else from_others(with_als=find_spec("implicit") is not None)
    found = compare(
        graded.interactions,
        graded.content,
        "warm",
        models=models,
        seeds=range(n_seeds),
        out=out / "measured",
        step=step,
    )
    report = report_of(found)
    rows = sorted(report.rows, key=lambda row: -(row.value("recall@20") or 0.0))
    told = Grade(
        comparison=replace(report, rows=tuple(rows)),
        source=graded.source,
        lists=graded.kinds,
        n_lists_asked=n_asked,
        n_hidden=len(held.test.hidden_items),
        enough=n_asked >= MIN_LISTS,
        collaborative=OtherLists(others is None, round(reachable, 4), others),
        imported=graded.notes,
        hubs={variant.name: _hubs(found, variant.name, graded) for variant in found.models},
        files=Files(out / "grade.json", out / "grade.html"),
    )
    told = replace(told, words=sentences(told))
    contents = (
        (json.dumps(document(told), indent=1) + "\n").encode(),
        web_page(told, with_figure=plots.available()).encode(),
    )
    for (path, kind), content in zip(outputs.items(), contents, strict=True):
        write_output(path, content, kind, force=force)
    return told


def from_others(*, with_als: bool) -> tuple[str, ...]:
    """The models that ask what other lists hold; the better hybrid needs ALS, which is in the extra ``cf``."""
    return "itemknn", "ease", "hybrid" if with_als else "hybrid-trust"


def _reachable(stage: Stage) -> float:
    """The share of hidden tracks that another list still holds."""
    elsewhere = stage.fit.getnnz(axis=0) > 0
    return float(elsewhere[stage.hidden_items].mean())


def _in_one_list_each(interactions: Interactions) -> bool:
    return bool(np.bincount(interactions.items).max() <= 1)


def _why_not_others(n_asked: int, reachable: float, alone: bool) -> str | None:
    if alone:
        return (
            "each track stands in only one list, and what no other list holds cannot be scored by other lists"
        )
    if n_asked < MIN_LISTS or reachable < MIN_REACHABLE:
        return (
            f"there is too little history: {n_asked:,} lists to ask, and {100 * reachable:.0f} % of the hidden tracks "
            "are in another list"
        )
    return None


def _hubs(found: Comparison, model: str, graded: Graded) -> tuple[Hub, ...]:
    """The tracks that come up in most lists of a model, with the share of lists they are in."""
    n_lists = sum(len(measured.lists) for measured in found.measured[model])
    times: Counter[int] = Counter()
    for measured in found.measured[model]:
        items, counts = np.unique(measured.lists[measured.lists >= 0], return_counts=True)
        times.update(dict(zip(items.tolist(), counts.tolist(), strict=True)))
    most = sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))[:HUBS_SHOWN]
    return tuple(Hub(graded.names[item], round(n / n_lists, 4)) for item, n in most)


def columns_of(told: Grade) -> list[tuple[str, ...]]:
    """Return heading and rows for a terminal."""
    return [_HEADING, *(_cells(row, told.n_lists_asked) for row in told.rows)]


_HEADING = ("model", "Recall@20", "95 %", "NDCG@10", "diversity", "coverage", "hubs", "lists")


def _cells(row: Row, n_lists_asked: int) -> tuple[str, ...]:
    return (
        row.model,
        number(row.value("recall@20")),
        ends(row.estimate("recall@20")),
        number(row.value("ndcg@10")),
        number(row.value("diversity@20"), 2),
        number(row.value("coverage@20"), 2),
        number(row.value("hub_share@20"), 2),
        str(n_lists_asked),
    )


def chosen_kinds(names: Sequence[str]) -> tuple[str, ...] | None:
    """The kinds of lists named on a command line, each once; None for none."""
    return tuple(dict.fromkeys(names)) or None
