"""`segue datasets fetch`."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from segue.cli.options import json_option
from segue.cli.show import print_document, visible

if TYPE_CHECKING:
    from tqdm import tqdm

    from segue.research.datasets.transport import Step


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

    What is there already is left alone, what an earlier run began is continued. Where a login is
    needed, the steps are printed instead and nothing is fetched.
    """
    from segue.research.fetch import fetch_dataset, fetch_document

    with FetchBar() as bar:
        result = fetch_dataset(name, to, progress=bar.step)
    document = fetch_document(result)
    if as_json:
        print_document(document)
        return
    if result.steps:
        click.echo(f"segue cannot fetch {result.dataset}. {result.reason} By hand:")
    for number, step in enumerate(result.steps, 1):
        click.echo(f"  {number}. {step}")
    for file in document["files"]:
        digest = file["published_digest"]
        held = (
            f"{digest['algorithm'].upper()} as published at {digest['published_at']}"
            if digest
            else "no digest published"
        )
        click.echo(
            f"{visible(file['name'])}: {file['status']}, {held}, in {visible(file['folder'] or str(result.to))}"
        )
    if result.files:
        click.echo(f"Licence: {document['licence']}")


class FetchBar:
    """Shows how far a fetch is, file by file; quiet when standard error is not a terminal."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None
        self._showing: tuple[str, str] | None = None

    def __enter__(self) -> FetchBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def step(self, step: Step) -> None:
        """Show one step."""
        from tqdm import tqdm

        if self._bar is None or self._showing != (step.name, step.doing):
            self._close()
            self._showing = (step.name, step.doing)
            # From what is there already, so that the rate and the time left are those of this run.
            self._bar = tqdm(
                desc=f"{step.doing} {step.name}",
                total=step.total,
                initial=step.done,
                unit="B",
                unit_scale=True,
                file=sys.stderr,
                disable=None,
                dynamic_ncols=True,
            )
        self._bar.total = step.total
        self._bar.update(step.done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
