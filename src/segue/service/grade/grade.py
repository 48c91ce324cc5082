"""The grade: part of every list is hidden, and each way of recommending is asked to put it back.

The measuring is that of `segue compare` (segue.research.compare): same candidates, exclusions and
measures for all, full rankings, paired intervals over lists.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from segue.grading.holdout import Stage, hold_out
from segue.grading.run import Comparison, Step, compare
from segue.grading.store import write_whole
from segue.grading.table import document as comparison_document
from segue.service.grade.lists import Graded
from segue.types import Interactions

ALWAYS = ("random", "popularity", "content")
WITH_GENRES = "content+genres"
MIN_LISTS = 20  # fewer lists than this say nothing about the next one, whatever their interval
MIN_REACHABLE = 0.1  # share of hidden tracks that somebody else's list holds, for CF to be worth asking
HUBS_SHOWN = 5


def grade(
    graded: Graded,
    *,
    n_seeds: int = 5,
    out: Path,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Return the grade as one document, which with its page is also in ``out``.

    Raises SegueError where lists are too few or too short to hide anything.
    """
    from segue.service.grade.page import web_page
    from segue.service.grade.words import sentences

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
    told = comparison_document(found)
    told["rows"].sort(key=lambda row: -row["recall@20"])
    told |= {
        "source": graded.source,
        "lists": graded.kinds,
        "n_lists": told.pop("n_users"),
        "n_tracks": told.pop("n_items"),
        "n_lists_asked": n_asked,
        "n_hidden": len(held.test.hidden_items),
        "enough": n_asked >= MIN_LISTS,
        "collaborative": {"asked": others is None, "reachable": round(reachable, 4), "why_not": others},
        "import": list(graded.notes),
        "hubs": {variant.name: _hubs(found, variant.name, graded) for variant in found.models},
    }
    told["words"] = sentences(told)
    page = out / "grade.html"
    told["files"] = {"table": str(out / "grade.json"), "page": str(page)}
    write_whole(out / "grade.json", (json.dumps(told, indent=1) + "\n").encode())
    write_whole(page, web_page(told, with_figure=find_spec("matplotlib") is not None).encode())
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


def _hubs(found: Comparison, model: str, graded: Graded) -> list[dict[str, Any]]:
    """The tracks that come up in most lists of a model, with the share of lists they are in."""
    n_lists = sum(len(measured.lists) for measured in found.measured[model])
    times: Counter[int] = Counter()
    for measured in found.measured[model]:
        items, counts = np.unique(measured.lists[measured.lists >= 0], return_counts=True)
        times.update(dict(zip(items.tolist(), counts.tolist(), strict=True)))
    most = sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))[:HUBS_SHOWN]
    return [{"track": graded.names[item], "share_of_lists": round(n / n_lists, 4)} for item, n in most]


def columns_of(told: dict[str, Any]) -> list[tuple[str, ...]]:
    """Heading and rows for a terminal."""
    return [_HEADING, *(_cells(row, told) for row in told["rows"])]


_HEADING = ("model", "Recall@20", "95 %", "NDCG@10", "diversity", "coverage", "hubs", "lists")


def _cells(row: dict[str, Any], told: dict[str, Any]) -> tuple[str, ...]:
    low, high = row["ci95"]["recall@20"]
    diversity = row.get("diversity@20")
    return (
        row["model"],
        f"{row['recall@20']:.3f}",
        "-" if low is None else f"{low:.3f} to {high:.3f}",
        f"{row['ndcg@10']:.3f}",
        "-" if diversity is None else f"{diversity:.2f}",
        "-" if row["coverage@20"] is None else f"{row['coverage@20']:.2f}",
        "-" if row["hub_share@20"] is None else f"{row['hub_share@20']:.2f}",
        str(told["n_lists_asked"]),
    )


def chosen_kinds(names: Sequence[str]) -> tuple[str, ...] | None:
    """The kinds of lists named on a command line, each once; None for none."""
    return tuple(dict.fromkeys(names)) or None
