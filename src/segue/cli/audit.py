"""`segue audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from segue.cli.options import json_option
from segue.cli.show import columns, print_document, visible
from segue.errors import SegueError

_OUT = click.Path(path_type=Path, dir_okay=False)
_SHOWN = 50


@click.command()
@click.argument("target", metavar="DATASET|FOLDER|LIBRARY")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder a dataset lies in.",
)
@click.option(
    "--labelled", is_flag=True, help="A folder's first level of folders is its labels: check them too."
)
@click.option("--protocol", metavar="NAME", help="Also look for leaks across this split of a dataset.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of that split.")
@click.option(
    "--min-severity",
    type=click.Choice(["low", "medium", "high"]),
    default="low",
    show_default=True,
    help="Leave out findings that weigh less.",
)
@click.option("--csv", "table", type=_OUT, help="Also write the findings as a table to this file.")
@click.option("--page", type=_OUT, help="Also write them as a page (HTML) to this file.")
@click.option(
    "--exclusions",
    type=_OUT,
    help="Also write the tracks to leave out, each with its reason, for --exclude of train and evaluate.",
)
@click.option(
    "--cache",
    type=_OUT,
    help="Where to keep what was heard; default beside the library, or your cache folder.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; default one for each core.")
@json_option
def audit(
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
    as_json: bool,
) -> None:
    """Find faults, copies, suspicious labels and leaks, with evidence.

    Nothing is changed or deleted. What was heard is kept: a second audit listens to new files only.
    """
    from segue.audit.findings import to_leave_out
    from segue.cli.progress import ScanBar
    from segue.research.datasets.exclusions import write_exclusions
    from segue.service.audit.report import audit_document, filtered, write_csv, write_page
    from segue.service.audit.run import audit as run

    for out in (table, page, exclusions):
        # Said now, since by the end there may have been hours of listening.
        if out is not None and not out.parent.is_dir():
            raise SegueError(
                f"There is no folder {out.parent} for {out.name}; make it, or name another file."
            )
    with ScanBar() as bar:
        report = run(
            target,
            data=data,
            labelled=labelled,
            protocol=protocol,
            seed=seed,
            cache=cache,
            jobs=jobs,
            progress=bar,
        )
    report = filtered(report, min_severity)
    if table is not None:
        write_csv(table, report)
    if page is not None:
        write_page(page, report)
    if exclusions is not None:
        write_exclusions(exclusions, to_leave_out(report.findings))
    if as_json:
        print_document(audit_document(report))
        return
    click.echo(
        f"{report.n_tracks:,} tracks, {report.n_listened:,} listened to, {len(report.findings):,} findings"
    )
    for line in columns([(str(n), kind) for kind, n in report.counts.items()], right=frozenset({0})):
        click.echo(f"  {line}")
    for finding in report.findings[:_SHOWN]:
        click.echo(
            f"{finding.severity} {finding.kind} {visible(finding.tracks[0])}: {visible(finding.evidence)}"
        )
    if len(report.findings) > _SHOWN:
        click.echo(f"... and {len(report.findings) - _SHOWN:,} more: --csv, --page and --json give all.")
    for line in report.unchecked:
        click.echo(f"not looked at: {visible(line)}")


def _audit_dataset(name: str, folder: Path, **options: Any) -> None:
    """Find faults, copies, suspicious labels and leaks of the dataset in DIR, with evidence: `segue audit` by another name."""
    assert audit.callback is not None
    audit.callback(target=name, data=folder, labelled=False, **options)


dataset_audit = click.Command(
    "audit",
    callback=_audit_dataset,
    help=_audit_dataset.__doc__,
    params=[
        click.Argument(["name"]),
        click.Argument(["folder"], type=click.Path(path_type=Path), metavar="DIR"),
        *(p for p in audit.params if p.name not in ("target", "data", "labelled")),
    ],
)
