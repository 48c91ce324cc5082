"""`segue history`: import playlists and listening histories, list them, forget them."""

from __future__ import annotations

import sys

import click

from segue.cli.options import json_option, library_option
from segue.cli.show import columns, print_document, say, warn


@click.group()
def history() -> None:
    """Keep your playlists and listening histories beside the tracks they name."""


@history.command("import")
@click.argument("path", metavar="PATH")
@click.option(
    "--kind",
    type=click.Choice(["playlists", "lastfm", "listenbrainz"]),
    help="What PATH holds; default: look at it.",
)
@click.option("--name", help="Name of the list; default the file's, or the user's.")
@library_option
@json_option
def import_command(path: str, kind: str | None, name: str | None, library: str | None, as_json: bool) -> None:
    """Import a playlist, a folder of them, or a Last.fm or ListenBrainz export; - reads standard input.

    Entries are matched to the tracks of the library by path, then by artist and title; what could
    not be matched is counted by reason. Importing again, after a scan say, takes the place of
    what was there. Exit status 3 when some playlists could not be read.
    """
    from segue.service.history import import_history

    report = import_history(path, kind=kind, name=name, library=library)
    if as_json:
        print_document(report)
    else:
        for one in report.lists:
            n_matched, n_unmatched = sum(one.matched.values()), sum(one.unmatched.values())
            say(f"{one.name} ({one.kind}): {n_matched} matched, {n_unmatched} not")
            for how, count in (*one.matched.items(), *one.unmatched.items()):
                say(f"  {count:8d}  {how}")
    for sentence in report.failed.values():
        warn(sentence)
    sys.exit(3 if report.failed else 0)


@history.command("list")
@library_option
@json_option
def list_command(library: str | None, as_json: bool) -> None:
    """List what was imported."""
    from segue.service.history import list_history

    found = list_history(library)
    if as_json:
        print_document(
            [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "source": one.source,
                    "entries": one.entries,
                    "tracks": one.tracks,
                    "unmatched": one.unmatched,
                }
                for one in found
            ]
        )
        return
    rows = [
        (one.name, one.kind, str(one.tracks), str(sum(one.unmatched.values())), one.source) for one in found
    ]
    for line in columns([("name", "kind", "tracks", "unmatched", "source"), *rows], right=frozenset({2, 3})):
        say(line)
    if not found:
        say("Nothing was imported yet: segue history import PATH.")


@history.command("forget")
@click.argument("name", metavar="NAME")
@library_option
def forget_command(name: str, library: str | None) -> None:
    """Forget an imported list; the tracks stay."""
    from segue.service.history import forget_history

    forget_history(name, library)
    say(f"Forgot {name}.")
