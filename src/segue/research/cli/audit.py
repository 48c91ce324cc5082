"""`segue datasets audit`."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.audit import Outputs, audit_options


@click.command()
@click.argument("name", metavar="NAME|PATH")
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@audit_options
def audit(
    name: str,
    folder: Path | None,
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
    """Find damaged and duplicate files, suspicious labels and leaks of the dataset in DIR.

    A folder of label folders, a CSV of path,label or a library may stand in the place of the name. Nothing is changed
    or deleted. Measurements are kept: a second audit decodes new files only.
    """
    from segue.cli.progress import ScanBar
    from segue.research.audit.run import audit_labelled

    outputs = Outputs(min_severity, table, page, exclusions, force, as_json)
    outputs.check()
    with ScanBar() as bar:
        report = audit_labelled(
            name, data=folder, protocol=protocol, seed=seed, cache=cache, jobs=jobs, progress=bar
        )
    outputs.write(report)
