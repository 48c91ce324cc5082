"""What `segue compare` does: read, compare, and leave table, page and figures in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from segue.errors import DatasetError
from segue.grading.run import Comparison, Step, compare
from segue.grading.store import write_whole
from segue.grading.table import document as document_of
from segue.grading.table import per_user_means
from segue.grading.variants import variants
from segue.research.compare.figures import (
    Drawing,
    accuracy_drawing,
    differences_drawing,
    warm_cold_drawing,
)
from segue.research.compare.page import file_stem, markdown, web_page
from segue.research.compare.told import Told, best_and_reference
from segue.research.compare.words import sentences
from segue.research.interactions.k_core import content_of, k_core
from segue.research.interactions.registry import READERS, read_interactions


def compare_dataset(
    dataset: str,
    data: Path,
    *,
    protocol: str = "warm",
    models: Sequence[str] | None = None,
    n_seeds: int = 5,
    core: int = 0,
    out: Path | None = None,
    command: str = "segue compare",
    step: Step = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Return the comparison as a document, which with page, table and figures is also in ``out``.

    ``dataset`` is a kind of interactions that segue reads, ``data`` where it lies; ``core`` keeps users and
    items with at least so many pairs. ``say`` is told what was read, a sentence at a time. Results in
    ``out`` are taken up where an earlier run stopped. Raises SegueError for data, models or a
    folder that will not do.
    """
    if dataset not in READERS:
        raise DatasetError(
            f"segue knows no interactions called {dataset!r}; choose one of {', '.join(READERS)}."
        )
    variants(models, protocol, None)  # a name there is none of is told before anything is read
    say(f"Reading {data}.")  # the largest take minutes
    interactions, content, report = read_interactions(dataset, data)
    for sentence in report.sentences():
        say(sentence)
    counted = []
    if core:
        everything = interactions.item_ids
        interactions, filtered = k_core(interactions, core)
        counted.append(filtered.sentence())
        say(filtered.sentence())
        content = content and content_of(content, everything, interactions.item_ids)
    if len(interactions.user_ids) == 1:
        raise DatasetError(
            f"{data} holds one user, so all that could be recommended is what is hidden, and every model would be right: "
            "compare the histories of several, or grade your own with `segue grade`."
        )
    out = out or Path("segue-compare") / dataset
    found = compare(
        interactions,
        content,
        protocol,
        models=models,
        seeds=range(n_seeds),
        out=out / "measured",
        step=step,
    )
    told = document_of(found) | {"dataset": dataset}
    told["words"] = sentences(told)
    told["import"] = [*report.sentences(), *counted]
    table = out / f"compare-{protocol}.json"
    write_whole(table, (json.dumps(told, indent=1) + "\n").encode())
    drawings = _drawings(found, told, out) if find_spec("matplotlib") else []
    if not drawings:
        say("No figures: they need matplotlib (pip install 'segue[plots]').")
    (out / "figures").mkdir(exist_ok=True)
    for drawing in drawings:
        stem = out / "figures" / file_stem(told, drawing)
        write_whole(stem.with_suffix(".png"), drawing.png)
        write_whole(stem.with_suffix(".svg"), drawing.svg.encode())
    write_whole(out / f"compare-{protocol}.md", markdown(told, drawings, command).encode())
    write_whole(out / f"compare-{protocol}.html", web_page(told, drawings, command).encode())
    return told | {"files": {"table": str(table), "page": str(out / f"compare-{protocol}.html")}}


def _drawings(found: Comparison, told: dict[str, Any], out: Path) -> list[Drawing]:
    drawings = [drawing] if (drawing := accuracy_drawing(told)) else []
    headline = told["headline"]
    if pair := best_and_reference(Told(told)):
        best, base = pair
        gaps = per_user_means(found, best, headline) - per_user_means(found, base, headline)
        drawings.append(differences_drawing(gaps, best, base, headline))
    other = {"warm": "cold", "cold": "warm"}.get(found.protocol)
    beside = out / f"compare-{other}.json"
    second = _document_of_same_data(beside, found.data) if other else None
    if second:
        warm, cold = (told, second) if found.protocol == "warm" else (second, told)
        both = warm_cold_drawing(warm, cold)
        drawings += [both] if both else []
    return drawings


def _document_of_same_data(path: Path, data: str) -> dict[str, Any] | None:
    """The comparison that an earlier run left at ``path``, None where there is none of the same data."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("data") == data else None
