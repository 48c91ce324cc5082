"""Playlists as players write them: M3U and M3U8, PLS, XSPF.

M3U is a line a song with ``#EXTINF:seconds,artist - title`` before it; PLS numbers its keys
(``File1=``, ``Title1=``); XSPF is XML after https://xspf.org/spec, its locations are URIs.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from segue.errors import DatasetError
from segue.history.listing import NO_LOCATION, NO_PATH, TOO_LONG, Entry, Listing
from segue.history.locations import can_be_path
from segue.history.opening import text_lines
from segue.history.xspf import xspf_tracks
from segue.text import MAX_NAME_CHARACTERS

SUFFIXES = (".m3u", ".m3u8", ".pls", ".xspf")
_PLS_KEY = re.compile(r"(File|Title)([0-9]{1,9})[ \t]*=(.*)", re.IGNORECASE | re.DOTALL)
_MAX_PLS_ENTRIES = 250_000  # PLS may name its entries in any order, so they are held until its end


def read_playlist(path: Path) -> Listing:
    """Return the playlist in ``path``, by its suffix.

    Raises DatasetError (``not-a-playlist``) for another suffix; going through the entries raises it when the file is
    no such playlist or cannot be read. An entry that cannot be used costs that entry.
    """
    readers: dict[str, Callable[[Path, Counter[str]], Iterator[Entry]]] = {
        ".m3u": _m3u,
        ".m3u8": _m3u,
        ".pls": _pls,
        ".xspf": _xspf,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DatasetError(
            f"{path} is no playlist segue reads; it reads {', '.join(SUFFIXES)}.", code="not-a-playlist"
        )
    dropped: Counter[str] = Counter()
    source = os.path.abspath(path)
    entries = _usable(reader(path, dropped), dropped)
    return Listing(path.stem, "playlist", source, os.path.dirname(source), entries, dropped)


def playlist_files(path: Path) -> list[Path]:
    """Return ``path`` itself, or every playlist below it, sorted. Raises DatasetError when there is none."""
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise DatasetError(
            f"There is no playlist at {path}; segue reads {', '.join(SUFFIXES)}.", code="nothing-there"
        )
    return found


def _usable(entries: Iterator[Entry], dropped: Counter[str]) -> Iterator[Entry]:
    for entry in entries:
        if entry.location and not can_be_path(entry.location):
            dropped[NO_PATH] += 1
        elif entry.location or (entry.artist and entry.title):
            yield entry
        else:
            dropped[NO_LOCATION] += 1


def _lines(path: Path, dropped: Counter[str]) -> Iterator[str]:
    # Bytes that are not UTF-8 are kept as they are: they may be the bytes of a file name.
    for line in text_lines(path, errors="surrogateescape", too_long=lambda: dropped.update([TOO_LONG])):
        yield line.strip()


def _m3u(path: Path, dropped: Counter[str]) -> Iterator[Entry]:
    artist, title = None, None
    for line in _lines(path, dropped):
        if line[:8].upper() == "#EXTINF:":
            artist, title = _artist_and_title(line.partition(",")[2])
        elif line and not line.startswith("#"):
            yield Entry(line, artist, title)
            artist = title = None


def _pls(path: Path, dropped: Counter[str]) -> Iterator[Entry]:
    lines = (line for line in _lines(path, dropped) if line)
    if not next(lines, "").lower().startswith("[playlist]"):
        raise DatasetError(
            f"{path} is no PLS playlist: it does not begin with [playlist].", code="not-a-playlist"
        )
    found: dict[int, dict[str, str]] = {}
    for line in lines:
        if match := _PLS_KEY.fullmatch(line):
            found.setdefault(int(match[2]), {})[match[1].lower()] = match[3].strip()
        if len(found) > _MAX_PLS_ENTRIES:
            raise DatasetError(
                f"{path} has more than {_MAX_PLS_ENTRIES:,} entries; split it.", code="too-many-entries"
            )
    for _, keys in sorted(found.items()):
        yield Entry(keys.get("file") or None, *_artist_and_title(keys.get("title", "")))


def _xspf(path: Path, dropped: Counter[str]) -> Iterator[Entry]:
    for told in xspf_tracks(path):
        artist, title, album = (_name(told.get(key)) for key in ("creator", "title", "album"))
        yield Entry(told.get("location"), artist, title, album)


def _artist_and_title(text: str) -> tuple[str | None, str | None]:
    artist, dash, title = text.strip().partition(" - ")
    if not dash:
        return None, _name(artist)
    return _name(artist), _name(title)


def _name(text: str | None) -> str | None:
    return (text or "")[:MAX_NAME_CHARACTERS].strip() or None
