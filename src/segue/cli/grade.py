"""`segue grade`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from segue.cli.options import json_option, library_option
from segue.cli.show import columns, print_document

KINDS = ("playlist", "session", "album")


@click.command()
@click.option(
    "--lists",
    type=click.Choice(KINDS),
    multiple=True,
    help="What to hide part of; may be given again. Default: playlists and sessions, else albums.",
)
@click.option("--dataset", metavar="NAME", help="Grade on a set of interactions instead of the library.")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="With --dataset: where it lies.")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="How often to hide anew."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    default=Path("segue-grade"),
    show_default=True,
    help="Folder for the page, the table and what is measured.",
)
@library_option
@json_option
def grade(
    lists: tuple[str, ...],
    dataset: str | None,
    data: Path | None,
    seeds: int,
    out: Path,
    library: str | None,
    as_json: bool,
) -> None:
    """Grade recommenders on your own lists: hide a fifth of each, and see who puts it back.

    Content, the choices of others, popularity and chance are asked for the same tracks, with
    intervals and sample sizes, and the grade says where there is too little data to tell.
    """
    from segue.cli.progress import StepBar
    from segue.service.grade.grade import chosen_kinds, columns_of
    from segue.service.grade.grade import grade as graded
    from segue.service.grade.lists import lists_in_dataset, lists_in_library

    if (dataset is None) != (data is None):
        raise click.UsageError("--dataset and --data go together.")
    if dataset is not None and lists:
        raise click.UsageError("--lists chooses from a library, not with --dataset.")
    if dataset is not None and data is not None:
        what = lists_in_dataset(dataset, data)
    else:
        what = lists_in_library(library, chosen_kinds(lists))
    for note in what.notes:
        click.echo(note, file=sys.stderr)
    with StepBar() as bar:
        found = graded(what, n_seeds=seeds, out=out, step=bar.step)
    if as_json:
        print_document(found)
        return
    for line in columns(columns_of(found)):
        click.echo(line)
    click.echo()
    for sentence in found.words:
        click.echo(sentence)
    if found.files is not None:
        click.echo(f"Page: {found.files.page}")
