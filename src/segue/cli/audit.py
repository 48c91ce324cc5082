"""`segue audit`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from segue.cli.options import force_option, json_option
from segue.cli.show import print_document, say, table

if TYPE_CHECKING:
    from segue.audit.findings import AuditReport
    from segue.files import OutputKind

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Outputs:
    """What becomes of a report: the least severity, and the files to write it to."""

    min_severity: str
    csv: Path | None
    page: Path | None
    exclusions: Path | None
    force: bool
    as_json: bool

    def check(self) -> None:
        """Raise SegueError where a file could not be written: now, not after hours of decoding."""
        from segue.files import check_output

        for path, kind, _ in self._files():
            check_output(path, kind, force=self.force)

    def write(self, report: AuditReport) -> None:
        """Write the files, and print the report as text or JSON."""
        from segue.files import write_output
        from segue.service.audit.report import summary

        report = report.at_least(self.min_severity)
        for path, kind, make in self._files():
            write_output(path, make(report), kind, force=self.force)
        if self.as_json:
            print_document(report)
            return
        say(summary(report))
        table([(str(n), kind) for kind, n in report.counts.items()], right=frozenset({0}), indent=2)
        for finding in report.findings[:_SHOWN]:
            say(f"{finding.severity} {finding.kind} {finding.tracks[0]}: {finding.evidence}")
        if len(report.findings) > _SHOWN:
            say(f"... and {len(report.findings) - _SHOWN:,} more: --csv, --page and --json give all.")
        for line in report.unchecked:
            say(f"not checked: {line}")

    def _files(self) -> list[tuple[Path, OutputKind, Callable[[AuditReport], bytes]]]:
        from segue.report.page import PAGE
        from segue.service.audit.report import EXCLUSIONS, TABLE, csv_table, exclusion_list, page

        files = (
            (self.csv, TABLE, csv_table),
            (self.page, PAGE, page),
            (self.exclusions, EXCLUSIONS, exclusion_list),
        )
        return [(path, kind, make) for path, kind, make in files if path is not None]


def audit_options(function: F) -> F:
    """Add the options that `segue audit` and `segue datasets audit` share."""
    options = (
        click.option(
            "--protocol", metavar="NAME", help="Also look for leaks across this split of a dataset."
        ),
        click.option(
            "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of that split."
        ),
        click.option(
            "--min-severity",
            type=click.Choice(["low", "medium", "high"]),
            default="low",
            show_default=True,
            help="Leave out findings of less severity.",
        ),
        click.option("--csv", "table", type=_FILE, help="Also write the findings as a table to this file."),
        click.option("--page", type=_FILE, help="Also write them as a page (HTML) to this file."),
        click.option(
            "--exclusions",
            type=_FILE,
            help="Also write the tracks to leave out, each with its reason, for --exclude of train and evaluate.",
        ),
        click.option(
            "--cache",
            type=_FILE,
            help="Where to keep measurements; default beside the library, or your cache folder.",
        ),
        click.option(
            "--jobs", type=click.IntRange(min=1), help="Worker processes; default one for each core."
        ),
        force_option,
        json_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command()
@click.argument("target", metavar="FOLDER|LIBRARY|DATASET")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder a dataset lies in.",
)
@click.option(
    "--labelled",
    is_flag=True,
    help="Also check labels: a folder's first level of folders, or a library's genre tags.",
)
@audit_options
@click.pass_context
def audit(
    ctx: click.Context,
    target: str,
    data: Path | None,
    labelled: bool,
    protocol: str | None,
    seed: int,
    min_severity: str,
    table: Path | None,
    page: Path | None,
    exclusions: Path | None,
    cache: Path | None,
    jobs: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Find damaged, clipped, humming and duplicate files; in datasets also wrong labels and leaks.

    Nothing is changed or deleted. Measurements are kept: a second audit decodes new files only.
    """
    from segue.cli.progress import ScanBar
    from segue.service.audit.collection import is_library
    from segue.service.audit.run import audit as run

    path = Path(target)
    if labelled or protocol is not None or data is not None or not (path.is_dir() or is_library(path)):
        from segue.cli.main import segue

        # By name through the table of commands: the product imports nothing of research.
        group = segue.get_command(ctx, "datasets")
        assert isinstance(group, click.Group)
        command = group.get_command(ctx, "audit")
        assert command is not None
        shared = {name: ctx.params[name] for name in ctx.params if name not in ("target", "data", "labelled")}
        ctx.invoke(command, name=target, folder=data, **shared)
        return
    outputs = Outputs(min_severity, table, page, exclusions, force, as_json)
    outputs.check()
    with ScanBar() as bar:
        report = run(target, cache=cache, jobs=jobs, progress=bar)
    outputs.write(report)
