"""`segue datasets`: what is known of datasets, and what is wrong with the one on disk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segue.cli.options import json_option
from segue.cli.show import columns, print_document, say
from segue.research.cli.audit import audit
from segue.research.cli.fetch import fetch
from segue.research.cli.grade import grade_dataset
from segue.research.cli.same_genre import same_genre_in_dataset

if TYPE_CHECKING:
    from segue.research.leaks import LeakVerdict

_SHOWN = 20  # of each kind of finding; --json has them all
_WAYS = {
    "sha256": "SHA-256",
    "sha1": "SHA-1",
    "audio": "their samples",
    "length": "their length",
    "decoded": "decoding alone",
}


@click.group()
def datasets() -> None:
    """Check research data, and your own, before you trust what was measured on it."""


datasets.add_command(fetch)
datasets.add_command(audit)
datasets.add_command(grade_dataset)
datasets.add_command(same_genre_in_dataset)


@datasets.command("list")
@json_option
def list_datasets(as_json: bool) -> None:
    """List the datasets segue knows by name."""
    from segue.research.catalogue import list_document

    document = list_document()
    if as_json:
        print_document(document)
        return
    for line in columns([(one["name"], one["summary"], one["had"]) for one in document]):
        say(line)


@datasets.command()
@click.argument("name", metavar="NAME|PATH")
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@json_option
def info(name: str, folder: Path | None, as_json: bool) -> None:
    """Show licence, citation, splits and known faults of a dataset; with DIR also what is there.

    A folder of label folders, or a CSV of path,label, may stand in the place of the name.
    """
    from segue.research.catalogue import info_document

    document = info_document(name, folder)
    if as_json:
        print_document(document)
        return
    for key in ("name", "summary", "forms", "licence", "citation"):
        if key in document:
            say(f"{key:10} {document[key]}")
    for split in document.get("splits", []):
        say(f"{'split':10} {split['name']}: {split['what']}")
    for fault in document["faults"]:
        n = f"{len(fault['tracks'])} of its tracks: " if fault["tracks"] else ""
        say(f"{'fault':10} {n}{fault['what']} [{fault['source']}]")
    for source in document.get("sources", []):
        say(f"{'source':10} {source['url']} (about {source['about_bytes'] / 1e9:,.1f} GB)")
    for step in document.get("steps", []):
        say(f"{'by hand':10} {step}")
    if "tracks" in document:
        _show_contents(document)


@datasets.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@json_option
def verify(name: str, folder: Path, as_json: bool) -> None:
    """Hold what lies in DIR against the index: missing, wrong, extra and unreadable files.

    Every file is hashed where a hash is known, and decoded to its end. Exit status 3 when something is wrong;
    faults that every copy has are told, and are no reason.
    """
    from segue.cli.progress import ScanBar
    from segue.research.catalogue import verification_document, verify_dataset

    with ScanBar() as bar:
        found = verify_dataset(name, folder, bar)
    document = verification_document(found)
    if as_json:
        print_document(document)
    else:
        _show_verification(document)
    sys.exit(0 if found.is_right else 3)


@datasets.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--protocol", required=True, metavar="NAME", help="How the tracks are divided.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="For random protocols."
)
@json_option
def leaks(name: str, folder: Path, protocol: str, seed: int, as_json: bool) -> None:
    """Name the artists, performers, albums, recordings and test tracks that a protocol has on two sides."""
    from segue.cli.progress import ListeningBar
    from segue.research.leaks import dataset_leaks

    report = dataset_leaks(name, folder, protocol, seed, ListeningBar())
    found = report.verdict
    for sentence in found.unchecked:
        say(f"not checked: {sentence}", err=True)
    for sentence in _first_of(list(report.remarks)):
        say(sentence, err=True)
    if as_json:
        print_document(report)
    elif found.leak_free is False:
        say(
            f"{protocol}: not leak-free. {len(found.tracks):,} test tracks share {len(found.artists):,} artists, "
            f"{len(found.performers):,} performers, {len(found.albums):,} albums and {len(found.recordings):,} "
            "recordings with what was learned from."
        )
        _show_leaks(found)
        for source in report.sources:
            if source.doubt is not None:
                say(f"{source.field}s are from {source.source}. {source.doubt}")
    elif found.leak_free is None:
        say(f"{protocol}: nothing found, but not everything could be looked at.")
    else:
        say(f"{protocol}: leak-free. No artist, performer, album, recording or file is on two sides.")


def _show_leaks(found: LeakVerdict) -> None:
    from segue.research.datasets.leaks import FIELDS

    n_by = {field: sum(bool(getattr(names, field)) for names in found.by) for field in FIELDS}
    shared = {"artist": found.artists, "performer": found.performers, "album": found.albums}
    for field, names in shared.items():
        tracks = f" ({n_by[field]:,} test tracks)" if names else ""
        say(f"{field}s{tracks}: {'; '.join(names) or 'none'}")
    say("recordings:" if found.recordings else "recordings: none")
    for recording in found.recordings[:_SHOWN]:
        say(f"  {', '.join(recording.ids)} ({'; '.join(recording.reasons)})")
    if len(found.recordings) > _SHOWN:
        say(f"  ... and {len(found.recordings) - _SHOWN:,} more; --json has them all.")
    ids = found.tracks
    more = f" ... and {len(ids) - _SHOWN:,} more; --json has them all." if len(ids) > _SHOWN else ""
    say(f"test tracks: {', '.join(ids[:_SHOWN])}{more}")


def _show_contents(document: dict[str, Any]) -> None:
    say(
        f"{'there':10} {document['tracks']:,} tracks in the index, {document['with_path']:,} with audio, "
        f"{document['artists']:,} artists"
        + (f", spectrograms in {document['archive']}" if document["archive"] else "")
    )
    for field, names in document["names"].items():
        if names["doubt"] is not None:
            say(
                f"{'names':10} {names['tracks']:,} tracks with {field}, from {names['source']}. {names['doubt']}"
            )
    for name, parts in document["parts"].items():
        say(f"{'split':10} {name}: {', '.join(f'{part} {n:,}' for part, n in parts.items())}")
    for line in columns([(f"{n:,}", label) for label, n in document["classes"].items()], frozenset({0})):
        say(f"{'':10} {line}")
    if document["exact_copies"]:
        say(f"{'copies':10} {len(document['exact_copies'])} groups of byte-identical files")
    for problem in document["problems"][:_SHOWN]:
        say(f"{'problem':10} {problem['path']}: {problem['cause']}")
    if len(document["problems"]) > _SHOWN:
        say(f"{'problem':10} ... and {len(document['problems']) - _SHOWN:,} more; --json has them all.")
    for remark in _first_of(document["remarks"]):
        say(f"{'remark':10} {remark}")


def _first_of(remarks: list[str]) -> list[str]:
    more = len(remarks) - _SHOWN
    return [*remarks[:_SHOWN], *([f"... and {more:,} more; --json has them all."] if more > 0 else [])]


def _show_verification(document: dict[str, Any]) -> None:
    ways = ", ".join(f"{n:,} by {_WAYS[how]}" for how, n in document["checked_by"].items())
    say(f"{document['ok']:,} of {document['tracks']:,} tracks are right{f' ({ways})' if ways else ''}")
    if archive := document["archive"]:
        say(
            f"mel archive: {archive['rows']:,} spectrograms, {archive['compared_with_audio']:,} held against "
            f"audio, {archive['wrong']:,} wrong; none of {', '.join(archive['lacking']) or 'nothing'}"
        )
    for kind in ("missing", "wrong", "extra", "unreadable"):
        findings = [finding for finding in document["findings"] if finding["kind"] == kind]
        if not findings:
            continue
        say(f"{kind}: {len(findings):,}")
        for finding in findings[:_SHOWN]:
            name = " ".join(dict.fromkeys(part for part in (finding["track_id"], finding["path"]) if part))
            note = " (a known fault)" if finding["known"] else ""
            say(f"  {name}: {finding['cause']}{note}")
        if len(findings) > _SHOWN:
            say(f"  ... and {len(findings) - _SHOWN:,} more; --json has them all.")
