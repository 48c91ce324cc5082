"""`segue datasets grade`: the grade of one's own lists, on a research set instead; `segue grade --dataset` calls it."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.grade import show_grade
from segue.cli.options import force_option, json_option


@click.command("grade")
@click.argument("name", metavar="NAME")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
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
@json_option
def grade_dataset(name: str, folder: Path, seeds: int, out: Path, force: bool, as_json: bool) -> None:
    """Measure recommenders on a research set of users or playlists as `segue grade` does on your own lists."""
    from segue.research.grade import lists_in_dataset

    show_grade(lists_in_dataset(name, folder), seeds, out, force, as_json)
