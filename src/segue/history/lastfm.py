"""Last.fm listening histories: exports of the usual tools, and pages of its own web service.

CSV with a header (``uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid``, or
``Artist;Album;AlbumId;Track;Date#user``), CSV without one (``artist,album,track,"19 Aug 2020,
20:48"``), JSON pages of ``user.getRecentTracks`` in one file or many, lists of such pages or
tracks, and ``{"username", "scrobbles"}``. Songs being played right now have no time yet.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from segue.errors import DatasetError
from segue.history.documents import MAX_DEPTH, json_values
from segue.history.listens import Listen, as_listing, text_of
from segue.history.listing import NOT_PARSED, Listing
from segue.history.opening import opened, text_lines
from segue.history.times import seconds_of

NOW_PLAYING = "songs that were just playing"
_TELLING_ROWS = 10  # of a file without a header, all of which must be of its form
SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".csv.gz", ".json.gz")
_HEAD_BYTES = 65_536
_SEPARATORS = ",;\t|"
_ARTIST, _TITLE = ("artist", "artist_name", "artist name"), ("track", "title", "name", "song", "track_name")
_ALBUM, _TIME = (
    ("album", "album_name", "release"),
    ("uts", "timestamp", "date", "utc_time", "time", "listened_at"),
)


def read_lastfm(path: Path) -> Listing:
    """Return the history in ``path``, a file or a folder of pages; several pages are one history.

    Raises DatasetError when no file there has such a name; going through the entries raises it when a file is of
    none of these forms, or times are in mixed units.
    """
    dropped: Counter[str] = Counter()
    files = (
        [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.name.lower().endswith(SUFFIXES))
    )
    if not files:
        raise DatasetError(
            f"There is no Last.fm export at {path}; segue reads CSV and JSON.", code="nothing-there"
        )
    listens = (listen for file in files for listen in _listens(file, dropped))
    return as_listing(path.name.partition(".")[0], path, listens, dropped)


def separator_without_header(beginning: str) -> str | None:
    """Return what separates the first rows where they are artist, album, track and date, else None.

    A song that was just playing may have no date, but some row has one; a bare number is none, and
    where all artists or tracks are numbers they are ids of some other table.
    """
    for separator in _SEPARATORS:
        rows: Iterator[list[str]] = csv.reader(io.StringIO(beginning, newline=""), delimiter=separator)
        try:
            first = [_of_four(row) for row in islice(rows, _TELLING_ROWS) if row]
        except csv.Error:
            continue
        if not first or any(len(row) != 4 or not _is_date(row[3], or_nothing=True) for row in first):
            continue
        if any(_is_date(row[3]) for row in first) and all(
            any(not row[k].strip().isdigit() for row in first) for k in (0, 2)
        ):
            return separator
    return None


def _of_four(row: list[str]) -> list[str]:
    """Return the row, its date in one cell where it was not quoted and has a comma (``14 Nov 2023, 22:13``)."""
    date = ",".join(row[3:])
    return [*row[:3], date] if len(row) == 5 and _is_date(date) else row


def _is_date(cell: str, *, or_nothing: bool = False) -> bool:
    cell = cell.strip()
    return seconds_of(cell) is not None and not cell.isdigit() if cell else or_nothing


def _listens(path: Path, dropped: Counter[str]) -> Iterator[Listen]:
    head = beginning(path)
    if head.lstrip()[:1] in ("{", "["):
        with opened(path) as file:
            text = io.TextIOWrapper(file, "utf-8-sig", "replace")
            for value in json_values(text, str(path), lambda: dropped.update([NOT_PARSED])):
                for track in _tracks(value, dropped):
                    yield from _from_track(track, dropped)
    else:
        yield from _from_csv(head, path, dropped)


def beginning(path: Path) -> str:
    """Return the first 64 KiB of a file as text, bytes that are not UTF-8 as U+FFFD. Raises DatasetError."""
    with opened(path) as file:
        return file.read(_HEAD_BYTES).decode("utf-8-sig", "replace")


def _from_csv(head: str, path: Path, dropped: Counter[str]) -> Iterator[Listen]:
    first = head.partition("\n")[0]
    separator = separator_without_header(head) or max(_SEPARATORS, key=first.count)
    rows: Iterator[list[str]] = csv.reader(text_lines(path), delimiter=separator)
    try:
        header = next(rows, [])
        names = [cell.strip().lower().partition("#")[0] for cell in header]
        columns = [
            next((names.index(n) for n in known if n in names), None)
            for known in (_ARTIST, _TITLE, _ALBUM, _TIME)
        ]
        if columns[0] is None or columns[1] is None:
            header = _of_four(header)
            if len(header) != 4:
                raise DatasetError(
                    f"{path} is no Last.fm export: its columns are {', '.join(header[:6])[:200] or 'none'}.",
                    code="not-lastfm",
                )
            columns, rows = [0, 2, 1, 3], map(_of_four, _again(header, rows))
        for row in rows:
            if len(row) == len(header):
                yield Listen(*(None if k is None else text_of(row[k]) for k in columns))
            elif row:
                dropped[NOT_PARSED] += 1
    except csv.Error as error:
        raise DatasetError(f"{path} cannot be read as CSV ({error}).", code="not-csv") from None


def _again(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rest


def _tracks(document: Any, dropped: Counter[str], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every track of a page, a list of pages, a list of tracks, or a nesting of these up to `MAX_DEPTH`."""
    inner: Any = None
    if isinstance(document, list):
        inner = document
    elif isinstance(document, dict):
        if "artist" in document and "recenttracks" not in document and "scrobbles" not in document:
            yield document
            return
        key = next((key for key in ("recenttracks", "scrobbles", "track") if key in document), None)
        inner = None if key is None else [document[key]]
    if inner is None or depth >= 2 * MAX_DEPTH:
        dropped[NOT_PARSED] += 1
        return
    for part in inner:
        yield from _tracks(part, dropped, depth + 1)


def _from_track(track: dict[str, Any], dropped: Counter[str]) -> Iterator[Listen]:
    mark = track.get("@attr")
    if isinstance(mark, dict) and mark.get("nowplaying") == "true":
        dropped[NOW_PLAYING] += 1
        return
    date = track.get("date", track.get("timestamp"))
    moment = date.get("uts", date.get("#text")) if isinstance(date, dict) else date
    yield Listen(
        _name(track["artist"]),
        _name(track.get("name", track.get("track"))),
        _name(track.get("album")),
        moment if isinstance(moment, int | float | str) else None,
    )


def _name(value: Any) -> str | None:
    # {"#text": ...}, or {"name": ...} in the service's extended form, or plain text
    if isinstance(value, dict):
        value = value.get("#text", value.get("name"))
    return text_of(value)
