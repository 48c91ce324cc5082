"""`segue datasets fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.cli.options import json_option
from segue.cli.progress import ProgressBar
from segue.cli.show import print_document, say

if TYPE_CHECKING:
    from segue.research.datasets.archive import Step


@click.command()
@click.argument("name")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder to fetch into; default a folder of datasets in your data folder.",
)
@json_option
def fetch(name: str, to: Path | None, as_json: bool) -> None:
    """Fetch a dataset from its publishers (needs the extra 'datasets').

    What is there already is left alone. Where a login is needed, the steps are printed instead; for an
    archive beyond 20 GB, the line of curl that can resume its download.
    """
    from segue.research.datasets.fetch import fetch_dataset

    with FetchBar() as bar:
        result = fetch_dataset(name, to, progress=bar.file)
    if as_json:
        print_document(result)
        return
    for file in result.files:
        digest = file.digest
        say(
            f"{file.name}: {file.status}, {digest.algorithm.upper()} as published at {digest.published_at}, "
            f"in {file.folder or result.to}"
        )
    if result.steps:
        say(f"segue does not fetch all of {result.dataset}. {result.reason} By hand:")
    for number, step in enumerate(result.steps, 1):
        say(f"  {number}. {step}")
    if result.files:
        say(f"Licence: {result.licence}")


class FetchBar(ProgressBar):
    """Progress of a fetch, file by file, in megabytes."""

    def __init__(self) -> None:
        super().__init__("MB", label="fetch")

    def file(self, step: Step) -> None:
        """Show how far the work on one file is."""
        done_mb = step.done // 1_000_000
        self.at(f"{step.doing} {step.name}", done_mb, step.total // 1_000_000 if step.total else done_mb)
