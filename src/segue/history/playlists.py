"""Playlists as players write them: M3U and M3U8, PLS, XSPF.

M3U is a line a song with ``#EXTINF:seconds,artist - title`` before it; PLS numbers its keys
(``File1=``, ``Title1=``); XSPF is XML after https://xspf.org/spec, its locations are URIs.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from segue.errors import DatasetError
from segue.history.listing import Entry, Listing

SUFFIXES = (".m3u", ".m3u8", ".pls", ".xspf")
NO_LOCATION = "entries that name neither file nor song"
_PLS_KEY = re.compile(r"(File|Title)(\d+)\s*=(.*)", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n?|\n")  # str.splitlines also splits at characters that names may hold
_MAX_BYTES = 256 * 1024 * 1024  # a million songs; more is no playlist


def read_playlist(path: Path) -> Listing:
    """Return the playlist in ``path``. Raises DatasetError when it is no playlist or cannot be read."""
    readers = {".m3u": _m3u, ".m3u8": _m3u, ".pls": _pls, ".xspf": _xspf}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DatasetError(f"{path} is no playlist segue reads; it reads {', '.join(SUFFIXES)}.")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise DatasetError(f"{path} is larger than any playlist; name a playlist.")
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"The playlist {path} cannot be read ({error.strerror}).") from None
    named, dropped = [], Counter()
    for entry in reader(content, path):
        if entry.location or (entry.artist and entry.title):
            named.append(entry)
        else:
            dropped[NO_LOCATION] += 1
    folder = os.path.dirname(os.path.abspath(path))
    return Listing(path.stem, "playlist", os.path.abspath(path), folder, tuple(named), dict(dropped))


def playlist_files(path: Path) -> list[Path]:
    """Return ``path`` itself, or every playlist below it, sorted. Raises DatasetError when there is none."""
    if path.is_file():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise DatasetError(f"There is no playlist at {path}; segue reads {', '.join(SUFFIXES)}.")
    return found


def _m3u(content: bytes, path: Path) -> list[Entry]:
    entries, artist, title = [], None, None
    for line in _LINE_END.split(_text(content)):
        line = line.strip()
        if line.upper().startswith("#EXTINF:"):
            artist, title = _artist_and_title(line.partition(",")[2])
        elif line and not line.startswith("#"):
            entries.append(Entry(line, artist, title))
            artist = title = None
    return entries


def _pls(content: bytes, path: Path) -> list[Entry]:
    found: dict[int, dict[str, str]] = {}
    text = _text(content)
    if not text.lstrip().lower().startswith("[playlist]"):
        raise DatasetError(f"{path} is no PLS playlist: it does not begin with [playlist].")
    for line in _LINE_END.split(text):
        if match := _PLS_KEY.fullmatch(line.strip()):
            found.setdefault(int(match[2]), {})[match[1].lower()] = match[3].strip()
    return [
        Entry(keys.get("file") or None, *_artist_and_title(keys.get("title", "")))
        for _, keys in sorted(found.items())
    ]


def _xspf(content: bytes, path: Path) -> list[Entry]:
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DatasetError(f"{path} is no XSPF playlist: its XML is broken ({error}).") from None
    if root.tag.rpartition("}")[2] != "playlist":
        raise DatasetError(f"{path} is no XSPF playlist: its root is <{root.tag.rpartition('}')[2]}>.")
    tracks = [element for element in root.iter() if element.tag.rpartition("}")[2] == "track"]
    return [_xspf_entry(track) for track in tracks]


def _xspf_entry(track: ElementTree.Element) -> Entry:
    said: dict[str, str] = {}
    for element in track:
        text = (element.text or "").strip()
        if text:
            said.setdefault(element.tag.rpartition("}")[2], text)
    return Entry(said.get("location"), said.get("creator"), said.get("title"), said.get("album"))


def _artist_and_title(text: str) -> tuple[str | None, str | None]:
    artist, dash, title = text.strip().partition(" - ")
    if not dash:
        return None, artist or None
    return artist.strip() or None, title.strip() or None


def _text(content: bytes) -> str:
    """Return the text, with bytes that are not UTF-8 kept as they are: they may be the bytes of a file name."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "surrogateescape")
