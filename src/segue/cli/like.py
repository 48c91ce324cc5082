"""`segue like`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from segue.cli.options import (
    facets_option,
    force_option,
    json_option,
    library_option,
    model_option,
    research_command,
)
from segue.cli.show import columns, print_document, say

if TYPE_CHECKING:
    from segue.service.like import LikeAnswer, ListedSong, SameGenreAnswer, SideBySide
    from segue.service.songs import Song

# Options that only some scorers know; with another they would be accepted and mean nothing.
_ONLY_WITH = {
    "seed": ("same-genre", "random"),
    "dataset": ("same-genre",),
    "data": ("same-genre",),
    "feel": ("content",),
}


class _Scorer(click.ParamType[str]):
    name = "scorer"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value == "content":  # the default asks nobody for names, so that help stays quick
            return value
        from segue.service.like import names

        if value not in names():
            self.fail(f"{value!r} is not one of {', '.join(names())}.", param, ctx)
        return value


class _Weight(click.ParamType[tuple[str, float]]):
    name = "weight"

    def convert(
        self, value: str | tuple[str, float], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        facet, _, number = value.partition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = -1.0
        if not facet or not 0 <= weight < float("inf"):
            self.fail(f"{value!r} is not NAME=WEIGHT with a weight of 0 or more.", param, ctx)
        return facet, weight


@click.command()
@click.argument("seeds", nargs=-1, required=True, metavar="SEED...")
@click.option("-n", "n", type=click.IntRange(min=1), default=10, show_default=True, help="How many tracks.")
@click.option(
    "--by",
    type=_Scorer(),
    metavar="NAME",
    default="content",
    show_default=True,
    help="What ranks: content (similar sound), itemknn or ease (your playlists and history), hybrid (both), "
    "best (the winner of `segue grade`), all (three side by side), popularity, random, or same-genre "
    "(chance within the genre heard most).",
)
@click.option(
    "--feel",
    type=_Weight(),
    multiple=True,
    metavar="NAME=WEIGHT",
    help="With --by content: weight of a facet (tempo, key, ...) beside timbre, which has 1; may be given again.",
)
@click.option("--unlike", multiple=True, metavar="FILE", help="Less like this file; may be given again.")
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
    help="With --by same-genre or random: another number is another draw.",
)
@click.option(
    "--dataset",
    metavar="NAME|PATH",
    help="With --by same-genre: draw from a dataset's labels instead of the library (`segue datasets same-genre`).",
)
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="DIR", help="With --dataset: the folder it lies in."
)
@click.option(
    "--m3u",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write them as a playlist to this file.",
)
@force_option
@model_option
@facets_option
@library_option
@json_option
@click.pass_context
def like(
    ctx: click.Context,
    seeds: tuple[str, ...],
    n: int,
    by: str,
    feel: tuple[tuple[str, float], ...],
    unlike: tuple[str, ...],
    per_artist: int,
    seed: int,
    dataset: str | None,
    data: Path | None,
    m3u: Path | None,
    force: bool,
    model: Path | None,
    facets: tuple[str, ...],
    library: str | None,
    as_json: bool,
) -> None:
    """List what fits next after one or more songs, in the library or not.

    The score of content is the cosine with the seeds' sounds, from -1 to 1; scores of different scorers do not
    compare. The same recording in another file, format or bit rate is never listed.
    """
    for name, known in _ONLY_WITH.items():
        if by not in known and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --by {' or '.join(known)} only.")
    if by == "same-genre" and ctx.get_parameter_source("per_artist") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--per-artist does not go with --by same-genre.")
    if data is not None and dataset is None:
        raise click.UsageError("--data goes with --dataset only.")
    if dataset is not None:
        # Labelled datasets are read by research, which the product does not import: its own command answers.
        command = research_command(ctx, "datasets", "same-genre")
        ctx.invoke(
            command,
            name=dataset,
            seeds=seeds,
            data=data,
            n=n,
            seed=seed,
            m3u=m3u,
            force=force,
            as_json=as_json,
        )
        return
    from segue.service.like import LikeAnswer, SideBySide
    from segue.service.like import like as answer_to
    from segue.service.session import Session

    with Session(library, model, facets) as session:
        answer = answer_to(
            session,
            seeds,
            by=by,
            unlike=unlike,
            n=n,
            per_artist=per_artist,
            chance=seed,
            feel=dict(feel),
            m3u=m3u,
            force=force,
        )
    if as_json:
        print_document(answer)
        return
    if isinstance(answer, SideBySide):
        _show_side_by_side(answer)
    elif isinstance(answer, LikeAnswer):
        _show(answer)
    else:
        show_same_genre(answer)
    if m3u is not None:
        say(f"Playlist: {m3u!s}")


def _show(answer: LikeAnswer) -> None:
    after = "; ".join(one.song.path for one in answer.seeds)
    if answer.unlike:
        after += ", less like " + "; ".join(one.song.path for one in answer.unlike)
    by = "" if answer.by == "content" else f", by {answer.by}"
    say(f"What fits next after {after}{by}")
    if answer.n_lists is not None:
        _show_lists_of_seeds(answer)
    _show_songs(answer.tracks)
    if not answer.tracks:
        why = (
            "the library holds no other music."
            if answer.n_lists is None
            else "no playlist or session holds a seed and another track."
        )
        say(f"  nothing: {why}")


def _show_side_by_side(answer: SideBySide) -> None:
    _show_lists_of_seeds(answer)
    for by, listed in answer.lists:
        say(f"{by}:")
        _show_songs(listed)
        if not listed:
            say("  nothing: no playlist or session holds a seed and another track.")
    titles = {one.track_id: _title(one.song) for _, listed in answer.lists for one in listed}
    n_called = Counter(titles.values())
    agreed = [
        f"{_title(one.song)}{f', {one.song.path}' if n_called[_title(one.song)] > 1 else ''} ({', '.join(one.by)})"
        for one in answer.agreed
    ]
    say("Where they agree: " + ("; ".join(agreed) if agreed else "nowhere."))


def show_same_genre(answer: SameGenreAnswer) -> None:
    """Print what was drawn by chance from a genre."""
    votes = ", ".join(f"{vote.genre} {vote.chunks}" for vote in answer.votes)
    say(
        f"By chance from {answer.genre} (chunks: {votes}), after "
        + "; ".join(seed.song.path for seed in answer.seeds)
    )
    for line in columns([one.cells() for one in answer.tracks]):
        say(f"  {line}")
    if not answer.tracks:
        say(f"  nothing: there is no other {answer.genre}.")


def _show_lists_of_seeds(answer: LikeAnswer | SideBySide) -> None:
    for one in answer.seeds:
        say(f"{one.song.path} is in {one.lists} of {answer.n_lists} playlists and sessions")


def _show_songs(listed: tuple[ListedSong, ...]) -> None:
    with_lists = any(one.lists is not None for one in listed)
    rows = [
        (
            f"{one.score:.3f}",
            *([str(one.lists)] if with_lists else []),
            one.song.artist or "-",
            _title(one.song),
            one.song.path,
        )
        for one in listed
    ]
    head = [("score", "lists", "artist", "title", "path")] if with_lists else []
    for line in columns([*head, *rows] if rows else []):
        say(f"  {line}")


def _title(song: Song) -> str:
    return song.title or Path(song.path).stem
