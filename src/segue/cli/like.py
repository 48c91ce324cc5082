"""`segue like`."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.options import json_option, library_option
from segue.cli.show import columns, print_document, visible


@click.command()
@click.argument("seeds", nargs=-1, required=True, metavar="SEED...")
@click.option("-n", "n", type=click.IntRange(min=1), default=10, show_default=True, help="How many tracks.")
@click.option(
    "--per-artist",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    help="At most so many by one artist; 0: no limit.",
)
@click.option(
    "--m3u",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write them as a playlist to this file.",
)
@library_option
@json_option
def like(
    seeds: tuple[str, ...], n: int, per_artist: int, m3u: Path | None, library: str | None, as_json: bool
) -> None:
    """List what fits next after one or more songs, in the library or not.

    The score is the mean cosine with the seeds' sounds, from -1 to 1. The same recording in another
    file, format or bit rate is never listed.
    """
    from segue.service.like import like_document, what_fits_next

    answer = what_fits_next(seeds, n=n, per_artist=per_artist, library=library, m3u=m3u)
    if as_json:
        print_document(like_document(answer))
        return
    click.echo("What fits next after " + "; ".join(visible(seed.path) for seed in answer.seeds))
    rows = [(f"{t.score:.3f}", t.artist or "-", t.title or Path(t.path).stem, t.path) for t in answer.tracks]
    for line in columns(rows):
        click.echo(f"  {line}")
    if not answer.tracks:
        click.echo("  nothing: the library holds no other music.")
    if m3u is not None:
        click.echo(f"Playlist: {visible(str(m3u))}")
