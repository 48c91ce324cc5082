"""`segue genres`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from segue.cli.options import json_option, model_option, windows_option
from segue.cli.show import clock, columns, print_document, say


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--timeline", is_flag=True, help="Also the likeliest genre of every stretch of about 5 s that was heard."
)
@model_option
@windows_option
@json_option
def genres(files: tuple[str, ...], timeline: bool, model: Path | None, windows: int, as_json: bool) -> None:
    """Name the genres of files, most likely first, with calibrated probabilities.

    Silence has no genre. Exit status 3 when some file could not be analysed.
    """
    from segue.service.documents import genres_of_failure, genres_of_file
    from segue.service.genres import name_genres

    failed, documents = False, []
    for named in name_genres(files, model=model, n_windows=windows):
        failed |= named.failure is not None
        if named.analysis is None:
            assert named.failure is not None
            documents.append(genres_of_failure(named.path, named.failure, timeline))
            if not as_json:
                say(named.path)
                say(f"  failed: {named.failure.cause}")
            continue
        documents.append(genres_of_file(named.path, named.analysis, timeline))
        if as_json:
            continue
        flags = f"  [{', '.join(named.analysis.flags)}]" if named.analysis.flags else ""
        say(f"{named.path}{flags}")
        if named.analysis.damage:
            say(f"  {named.analysis.damage}")
        if named.analysis.unknown:
            say("  unlike anything learned; nearest:")
        shown = [g for g in named.analysis.genres if g.probability >= 0.01] or named.analysis.genres[:1]
        rows = [(f"{g.probability:6.1%}", g.genre) for g in shown]
        for line in columns(rows) or ["no genre: silence"]:
            say(f"  {line}")
        if named.analysis.heard_tags:
            say(f"  heard: {', '.join(one.tag for one in named.analysis.heard_tags[:5])}")
        if timeline:
            spans = [
                (f"{clock(e.start_s)}-{clock(e.end_s)}", e.genre, f"{e.probability:.1%}")
                for e in named.analysis.timeline
            ]
            for line in columns(spans, right=frozenset({0, 2})):
                say(f"    {line}")
    if as_json:
        print_document(documents)
    sys.exit(3 if failed else 0)
