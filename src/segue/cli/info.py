"""`segue info`."""

from __future__ import annotations

import click

from segue.cli.options import json_option, library_option
from segue.cli.show import clock, print_document, visible


@click.command()
@click.argument("file", metavar="FILE")
@library_option
@json_option
def info(file: str, library: str | None, as_json: bool) -> None:
    """Show all that segue heard in one file; analysed now if the library does not hold it."""
    from segue.service.info import file_info

    document = file_info(file, library=library)
    if as_json:
        print_document(document)
        return
    tags, tempo, key = document["tags"], document["tempo"], document["key"]
    loudness = document["loudness_lufs"]
    lines = {
        "title": tags["title"],
        "artist": tags["artist"],
        "album": tags["album"],
        "duration": clock(document["duration_s"]),
        "genres": ", ".join(f"{g['genre']} {g['probability']:.0%}" for g in document["genres"][:3]) or "none",
        "tempo": tempo and f"{tempo['bpm']:.1f} BPM (confidence {tempo['confidence']:.2f})",
        "key": key and f"{key['tonic']} {key['mode']} (strength {key['strength']:.2f})",
        "loudness": None if loudness is None else f"{loudness:.1f} LUFS",
        "flags": ", ".join(document["flags"]),
        "damage": document["damage"],
        "model": f"{document['model']} through {document['front_end']}",
        "library": "yes" if document["in_library"] else "no",
    }
    click.echo(visible(document["path"]))
    for name, value in lines.items():
        if value:
            click.echo(f"  {name:9} {visible(value)}")
