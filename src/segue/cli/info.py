"""`segue info`."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.options import facets_option, json_option, library_option, model_option
from segue.cli.show import clock, print_document, say


@click.command()
@click.argument("file", metavar="FILE")
@model_option
@facets_option
@library_option
@json_option
def info(file: str, model: Path | None, facets: tuple[str, ...], library: str | None, as_json: bool) -> None:
    """Show everything known about one file; analysed now if the library does not hold it."""
    from segue.service.info import file_info

    found = file_info(file, library=library, model=model, facets=facets)
    if as_json:
        print_document(found)
        return
    words = found.words()
    lines = {
        "title": found.tags.title,
        "artist": found.tags.artist,
        "album": found.tags.album,
        "duration": clock(found.analysis.duration_s),
        "genres": words.pop("genre", "none"),
        **words,
        "flags": ", ".join(found.analysis.flags),
        "damage": found.analysis.damage,
        "model": f"{found.analysis.model} through {found.analysis.front_end}",
        "library": "yes" if found.in_library else "no",
    }
    say(found.path)
    for name, value in lines.items():
        if value:
            say(f"  {name:9} {value}")
