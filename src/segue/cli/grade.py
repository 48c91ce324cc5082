"""`segue grade`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.cli.options import force_option, json_option, library_option, research_command
from segue.cli.show import columns, print_document, say

if TYPE_CHECKING:
    from segue.service.grade.lists import Graded
    from segue.service.grade.report import Grade

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
@force_option
@library_option
@json_option
@click.pass_context
def grade(
    ctx: click.Context,
    lists: tuple[str, ...],
    dataset: str | None,
    data: Path | None,
    seeds: int,
    out: Path,
    force: bool,
    library: str | None,
    as_json: bool,
) -> None:
    """Measure recommenders on your own lists: hide a fifth of each, and see which puts most of it back.

    Content, models of your other lists, popularity and chance are asked for the same tracks, with
    intervals and sample sizes. The grade says where there is too little data to tell; the winner is kept for
    `segue like --by best`.
    """
    if (dataset is None) != (data is None):
        raise click.UsageError("--dataset and --data go together.")
    if dataset is not None:
        if lists:
            raise click.UsageError("--lists chooses from a library, not with --dataset.")
        # A research set is read by research, which the product does not import: its own command answers.
        command = research_command(ctx, "datasets", "grade")
        ctx.invoke(command, name=dataset, folder=data, seeds=seeds, out=out, force=force, as_json=as_json)
        return
    from segue.service.grade.best import keep
    from segue.service.grade.grade import chosen_kinds
    from segue.service.grade.lists import lists_in_library

    what = lists_in_library(library, chosen_kinds(lists))
    show_grade(what, seeds, out, force, as_json, lambda found: keep(found, what.source))


def show_grade(
    what: Graded,
    seeds: int,
    out: Path,
    force: bool,
    as_json: bool,
    keep: Callable[[Grade], str] | None = None,
) -> None:
    """Grade ``what`` and print what was found; ``keep`` stores it and returns a sentence."""
    from segue.cli.progress import ProgressBar
    from segue.service.grade.grade import columns_of
    from segue.service.grade.grade import grade as graded

    for note in what.notes:
        say(note, err=True)
    with ProgressBar("models") as bar:
        found = graded(what, n_seeds=seeds, out=out, force=force, step=bar.at)
    kept = keep(found) if keep else None
    if as_json:
        print_document(found)
        return
    for line in columns(columns_of(found)):
        say(line)
    say()
    for sentence in [*found.words, *([kept] if kept else [])]:
        say(sentence)
    if found.files is not None:
        say(f"Page: {found.files.page}")
