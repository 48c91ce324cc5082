"""`segue scan`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.cli.options import facets_option, json_option, library_option, model_option, windows_option
from segue.cli.show import print_document, say, warn

if TYPE_CHECKING:
    from segue.service.scan import ScanReport


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; default one for each core.")
@windows_option
@click.option("--no-loudness", is_flag=True, help="Leave loudness out; saves about a quarter of the time.")
@click.option("--retry", is_flag=True, help="Try files again that failed before and have not changed.")
@click.option(
    "--forget-missing",
    is_flag=True,
    help="Forget files that are not there even where an unmounted disk may be why.",
)
@model_option
@facets_option
@library_option
@json_option
def scan(
    paths: tuple[str, ...],
    jobs: int | None,
    windows: int,
    no_loudness: bool,
    retry: bool,
    forget_missing: bool,
    model: Path | None,
    facets: tuple[str, ...],
    library: str | None,
    as_json: bool,
) -> None:
    """Read music folders into the library.

    Only what is new or changed is analysed; stopping at any moment, even by force, loses no more
    than the songs being analysed then. Exit status 3 when some files failed or some paths are not there.
    """
    from segue.analysis.settings import AnalysisSettings
    from segue.cli.progress import ScanBar
    from segue.encode import document
    from segue.service.scan import ScanSettings, scan_folders

    settings = ScanSettings(
        jobs=jobs,
        analysis=AnalysisSettings(n_windows=windows, loudness=not no_loudness),
        retry=retry,
        forget_missing=forget_missing,
        model=model,
        facets=facets,
    )
    with ScanBar() as bar:
        report = scan_folders(paths, library=library, settings=settings, progress=bar)
    counts = report.counts
    for note in report.notes:
        warn(note)
    if as_json:
        print_document(document(counts, digits=3))
    else:
        say(
            f"{counts.analysed} analysed, {counts.unchanged} unchanged, {counts.moved} moved, "
            f"{counts.failed} failed, {counts.removed} removed in {counts.seconds:.1f} s"
        )
        for failure in report.failures:
            say(f"  {failure.path}: {failure.cause}")
        if counts.failed > len(report.failures):
            say("  `segue failures` lists all that failed.")
    _show_damage(report, err=as_json)
    sys.exit(3 if counts.failed or report.missing else 0)


def _show_damage(report: ScanReport, *, err: bool) -> None:
    """Name the tracks that were analysed although some of their audio was lost, the first few of them."""
    if report.n_damaged:
        n = report.n_damaged
        subject = "1 analysed track is" if n == 1 else f"{n} analysed tracks are"
        say(f"{subject} damaged:", err=err)
    for damage in report.damaged:
        say(f"  {damage.path}: {damage.sentence}", err=err)
    if more := report.n_damaged - len(report.damaged):
        say(f"  and {more} more; `segue info FILE` tells of each.", err=err)
