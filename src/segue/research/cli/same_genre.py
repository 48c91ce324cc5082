"""`segue datasets same-genre`: the student report's recommender; `segue like --by same-genre --dataset` calls it."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.like import show_same_genre
from segue.cli.options import force_option, json_option
from segue.cli.show import print_document, say


@click.command("same-genre")
@click.argument("name", metavar="NAME|PATH")
@click.argument("seeds", nargs=-1, required=True, metavar="SEED...")
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="DIR", help="The folder the dataset lies in."
)
@click.option("-n", "n", type=click.IntRange(min=1), default=10, show_default=True, help="How many tracks.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another number is another draw."
)
@click.option(
    "--m3u",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write them as a playlist to this file.",
)
@force_option
@json_option
def same_genre_in_dataset(
    name: str,
    seeds: tuple[str, ...],
    data: Path | None,
    n: int,
    seed: int,
    m3u: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Draw tracks of a labelled dataset by chance from the genre that most chunks of the seeds name.

    Neither the seeds nor copies of them or of each other are drawn.
    """
    from segue.research import same_genre

    answer = same_genre.same_genre_in_dataset(seeds, name, data, n=n, draw=seed, m3u=m3u, force=force)
    if as_json:
        print_document(answer)
        return
    show_same_genre(answer)
    if m3u is not None:
        say(f"Playlist: {m3u!s}")
