"""`segue compare`: read, compare, and leave table, page and figures in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from segue.encode import document
from segue.errors import DatasetError
from segue.files import OutputKind, check_output, write_output
from segue.grading.report import TABLE, ComparisonReport, Files, read_report
from segue.grading.run import Comparison, Step, compare
from segue.grading.table import per_user_means, report_of
from segue.grading.variants import variants
from segue.report import plots
from segue.report.page import PAGE
from segue.research.compare.baselines import best_and_reference
from segue.research.compare.export import export
from segue.research.compare.figures import accuracy_figure, differences_figure, warm_cold_figure
from segue.research.compare.page import file_stem, markdown, page_of, web_page
from segue.research.compare.words import sentences
from segue.research.interactions.k_core import content_of, k_core
from segue.research.interactions.registry import READERS, read_interactions
from segue.research.models.registry import MODELS

_MARKDOWN = OutputKind("comparison", rb"# Recommenders compared: ")


def compare_dataset(
    dataset: str,
    data: Path,
    *,
    protocol: str = "warm",
    models: Sequence[str] | None = None,
    n_seeds: int = 5,
    core: int = 0,
    trials: int = 0,
    exported: Path | None = None,
    out: Path | None = None,
    force: bool = False,
    command: str = "segue compare",
    step: Step = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
) -> ComparisonReport:
    """Return the comparison's report, which with page, table and figures is also in ``out``.

    ``dataset`` is a kind of interactions that segue reads, ``data`` where it lies; ``core`` keeps users and
    items with at least so many pairs. with ``trials`` so many
    settings are tried for each model, and ``exported`` is a folder for divisions, lists and answers in TREC form
    (segue.research.compare.export). ``say`` is given what was read, a sentence at a time. Results in
    ``out`` are taken up where an earlier run stopped; ``force`` replaces files there that segue did not write. Raises DatasetError (``unknown-interactions``,
    ``one-user`` or what reading raises) and SegueError for models or a folder that cannot be used.
    """
    if dataset not in READERS:
        raise DatasetError(
            f"Unknown kind of interactions {dataset!r}; choose one of {', '.join(READERS)}.",
            code="unknown-interactions",
        )
    variants(models, protocol, None, MODELS)  # an unknown name is reported before anything is read
    out = out or Path("segue-compare") / dataset
    if out.is_dir():
        for path, kind in _outputs(out, protocol).items():
            check_output(path, kind, force=force)
    say(f"Reading {data}.")  # the largest take minutes
    interactions, content, read = read_interactions(dataset, data)
    imported = list(read.sentences())
    for sentence in imported:
        say(sentence)
    if core:
        everything = interactions.item_ids
        interactions, filtered = k_core(interactions, core)
        imported.append(filtered.sentence())
        say(filtered.sentence())
        content = content and content_of(content, everything, interactions.item_ids)
    if len(interactions.user_ids) == 1:
        raise DatasetError(
            f"{data} holds one user, so every item that is not in the history is one that was hidden, and every model "
            "would be right: compare the histories of several, or grade your own with `segue grade`.",
            code="one-user",
        )
    found = compare(
        interactions,
        content,
        protocol,
        models=models,
        kinds=MODELS,
        seeds=range(n_seeds),
        trials=trials,
        out=out / "measured",
        step=step,
    )
    if exported is not None:
        export(found, interactions, content, exported)
    report = replace(report_of(found), dataset=dataset, imported=tuple(imported))
    report = replace(report, words=sentences(report))
    if not plots.available():
        say("No figures: they need matplotlib (pip install 'segue[plots]').")
    return replace(report, files=_write(found, report, out, command, force))


def _write(found: Comparison, report: ComparisonReport, out: Path, command: str, force: bool) -> Files:
    table, _, html = _outputs(out, report.protocol)
    figures = _figures(found, report, out) if plots.available() else []
    stems = [file_stem(report, figure) for figure in figures]
    for figure, stem in zip(figures, stems, strict=True):
        plots.save(figure, out / "figures", stem)
    page = page_of(report, command)
    contents = (
        (json.dumps(document(report), indent=1) + "\n").encode(),
        markdown(page, figures, stems).encode(),
        web_page(page, figures).encode(),
    )
    for (path, kind), content in zip(_outputs(out, report.protocol).items(), contents, strict=True):
        write_output(path, content, kind, force=force)
    return Files(table, html)


def _outputs(out: Path, protocol: str) -> dict[Path, OutputKind]:
    """The table, the page as Markdown and the page as HTML."""
    kinds = {"json": TABLE, "md": _MARKDOWN, "html": PAGE}
    return {out / f"compare-{protocol}.{form}": kind for form, kind in kinds.items()}


def _figures(found: Comparison, report: ComparisonReport, out: Path) -> list[plots.Figure]:
    figures = [accuracy_figure(report)]
    if pair := best_and_reference(report):
        best, base = pair
        headline = report.headline
        gaps = per_user_means(found, best, headline) - per_user_means(found, base, headline)
        figures.append(differences_figure(gaps, best, base, headline))
    other = {"warm": "cold", "cold": "warm"}.get(report.protocol)
    if other and (second := _report_of_same_data(out / f"compare-{other}.json", report.data)):
        warm, cold = (report, second) if report.protocol == "warm" else (second, report)
        figures.append(warm_cold_figure(warm, cold))
    return [figure for figure in figures if figure is not None]


def _report_of_same_data(path: Path, data: str) -> ComparisonReport | None:
    """The report that an earlier run left at ``path``, None where there is none of the same data."""
    try:
        found = read_report(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if found.data == data else None
