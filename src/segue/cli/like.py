"""`segue like`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from segue.cli.options import json_option, library_option
from segue.cli.show import columns, print_document, visible

if TYPE_CHECKING:
    from segue.service.songs import Song

# Options that only one way of choosing knows; with another they would be accepted and mean nothing.
_ONLY_WITH = {"seed": "same-genre", "dataset": "same-genre", "data": "same-genre"}


@click.command()
@click.argument("seeds", nargs=-1, required=True, metavar="SEED...")
@click.option("-n", "n", type=click.IntRange(min=1), default=10, show_default=True, help="How many tracks.")
@click.option(
    "--by",
    type=click.Choice(["content", "cf", "hybrid", "all", "same-genre"]),
    default="content",
    show_default=True,
    help="What sounds similar, what your lists put together, both, all three beside each other, or chance within the genre heard most (a baseline).",
)
@click.option(
    "--per-artist",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    help="At most so many by one artist; 0: no limit.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="With --by same-genre: another number is another draw.",
)
@click.option(
    "--dataset",
    metavar="NAME|PATH",
    help="With --by same-genre: draw from a dataset's labels instead of the library.",
)
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="DIR", help="With --dataset: the folder it lies in."
)
@click.option(
    "--m3u",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write them as a playlist to this file.",
)
@library_option
@json_option
@click.pass_context
def like(
    ctx: click.Context,
    seeds: tuple[str, ...],
    n: int,
    by: str,
    per_artist: int,
    seed: int,
    dataset: str | None,
    data: Path | None,
    m3u: Path | None,
    library: str | None,
    as_json: bool,
) -> None:
    """List what fits next after one or more songs, in the library or not.

    The score is the mean cosine with the seeds' sounds, from -1 to 1. The same recording in another
    file, format or bit rate is never listed.
    """
    for name, way in _ONLY_WITH.items():
        if by != way and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --by {way} only.")
    if by == "same-genre" and ctx.get_parameter_source("per_artist") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--per-artist does not go with --by same-genre.")
    if data is not None and dataset is None:
        raise click.UsageError("--data goes with --dataset only.")
    if by == "same-genre":
        _by_same_genre(seeds, n, seed, dataset, data, m3u, library, as_json)
    elif by != "content":
        _by_others(seeds, by, n, per_artist, m3u, library, as_json)
    else:
        _by_content(seeds, n, per_artist, m3u, library, as_json)
    if m3u is not None and not as_json:
        click.echo(f"Playlist: {visible(str(m3u))}")


def _by_content(
    seeds: tuple[str, ...], n: int, per_artist: int, m3u: Path | None, library: str | None, as_json: bool
) -> None:
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


def _by_others(
    seeds: tuple[str, ...],
    by: str,
    n: int,
    per_artist: int,
    m3u: Path | None,
    library: str | None,
    as_json: bool,
) -> None:
    from segue.service.side_by_side import WAYS, side_by_side, side_by_side_document

    ways = WAYS if by == "all" else (by,)
    answer = side_by_side(seeds, ways, n=n, per_artist=per_artist, library=library, m3u=m3u)
    if as_json:
        print_document(side_by_side_document(answer))
        return
    for song, n_lists in zip(answer.seeds, answer.seed_lists, strict=True):
        click.echo(f"After {visible(song.path)}, in {n_lists} of {answer.n_lists} playlists and sessions")
    for way, picks in answer.picks.items():
        click.echo(f"{way}:")
        rows = [
            (
                f"{one.song.score:.3f}",
                f"{one.weight:.2f}",
                str(one.n_lists),
                one.song.artist or "-",
                _title(one.song),
                one.song.path,
            )
            for one in picks
        ]
        head = ("score", "weight of cf", "lists", "artist", "title", "path")
        for line in columns([head, *rows] if rows else []):
            click.echo(f"  {line}")
        if not picks:
            click.echo("  nothing: no playlist or session holds a seed and another track.")
    if by == "all":
        listed = {one.track_id: _title(one.song) for picks in answer.picks.values() for one in picks}
        n_called = Counter(listed.values())
        agreed = [
            f"{_title(song)}{f', {song.path}' if n_called[_title(song)] > 1 else ''} ({', '.join(by)})"
            for song, by in answer.agreed
        ]
        click.echo("Where they agree: " + (visible("; ".join(agreed)) if agreed else "nowhere."))


def _title(song: Song) -> str:
    return song.title or Path(song.path).stem


def _by_same_genre(
    seeds: tuple[str, ...],
    n: int,
    draw: int,
    dataset: str | None,
    data: Path | None,
    m3u: Path | None,
    library: str | None,
    as_json: bool,
) -> None:
    from segue.service.same_genre import same_genre, same_genre_document, same_genre_in_dataset

    if dataset is None:
        answer = same_genre(seeds, n=n, draw=draw, library=library, m3u=m3u)
    else:
        answer = same_genre_in_dataset(seeds, dataset, data, n=n, draw=draw, m3u=m3u)
    document = same_genre_document(answer)
    if as_json:
        print_document(document)
        return
    votes = ", ".join(f"{vote.genre} {vote.chunks}" for vote in answer.votes)
    click.echo(
        f"By chance from {answer.genre} (chunks: {votes}), after "
        + "; ".join(visible(seed.path) for seed in answer.seeds)
    )
    rows = [
        (
            t["artist"] or "-",
            t["title"] or t.get("track_id") or Path(t["path"]).stem,
            t["path"] or "(no audio)",
        )
        for t in document["tracks"]
    ]
    for line in columns(rows):
        click.echo(f"  {line}")
    if not answer.tracks:
        click.echo(f"  nothing: there is no other {answer.genre}.")
