"""Matching entries of playlists and listening logs to the tracks of a library.

By path first, since a playlist of this machine names the very file; then by the end of the path
(two folders up the beginning differs between machines: another disk, another drive letter); then
by artist and title, without case, guests and notes such as "remastered". A match by name may
mean another recording of the same song, so the report says how each entry was matched.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass

from segue.history.listing import Entry
from segue.history.locations import candidate_paths, is_address, tail
from segue.library.store import Library
from segue.text import artist_key, fold

BY_PATH, BY_TAIL, BY_NAME = "by path", "by the end of the path", "by artist and title"
ADDRESS = "an address on the net, no file"
FAILED = "the file could not be analysed"
NO_FILE = "no such file in the library"
NO_NAME = "no track of that artist and title in the library"

# Applied to text of at most MAX_NAME_CHARACTERS (segue.text.fold); each pattern is linear in its length.
_BRACKETS = re.compile(r"\s?[(\[][^()\[\]]*[)\]]")
_NOTE = re.compile(r"\b(?:remaster(?:ed)?|mono|stereo|bonus track)\b")
_GUESTS = re.compile(r"\s?[(\[]?\b(?:feat\.|ft\.|featuring\s)[^)\]]*[)\]]?")


@dataclass(frozen=True, slots=True)
class Match:
    """The track an entry means, or None; ``how`` is how it was found, or why it was not."""

    track_id: int | None
    how: str


class Matcher:
    """Finds entries among the files and tags of ``library`` as they are now."""

    def __init__(self, library: Library) -> None:
        self._paths = dict(library.files())
        self._tails: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for path, track_id in self._paths.items():
            if track_id is not None and (end := tail(path)):
                self._tails[end].add(track_id)
        self._songs: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for track_id, tags in library.names():
            for artist in dict.fromkeys((tags.artist, tags.album_artist)):
                if key := song_key(artist, tags.title):
                    self._songs[key].append((track_id, fold(tags.album)))

    def match(self, entry: Entry, folder: str) -> Match:
        """Return what ``entry`` means; relative locations start from ``folder``."""
        by_path = self._by_path(entry.location, folder) if entry.location else None
        if by_path is not None and by_path.track_id is not None:
            return by_path
        key = song_key(entry.artist, entry.title)
        if key in self._songs:
            album = fold(entry.album)
            # Where the song is there twice: of the album that was named, else the one known longest.
            return Match(min(self._songs[key], key=lambda song: (song[1] != album, song[0]))[0], BY_NAME)
        return by_path or Match(None, NO_NAME)

    def _by_path(self, location: str, folder: str) -> Match:
        if is_address(location):
            return Match(None, ADDRESS)
        candidates = candidate_paths(location, folder)
        through_links = [os.path.realpath(path) for path in candidates if os.path.lexists(path)]
        for path in (*candidates, *through_links):
            if path in self._paths:
                track_id = self._paths[path]
                return Match(track_id, FAILED if track_id is None else BY_PATH)
        for candidate in (location, *candidates):
            ends = self._tails.get(tail(candidate) or (), set())
            if len(ends) == 1:
                return Match(next(iter(ends)), BY_TAIL)
        return Match(None, NO_FILE)


def song_key(artist: str | None, title: str | None) -> tuple[str, str] | None:
    """Return what is equal for equal songs, or None where artist or title is not told."""
    who, what = artist_key(artist), fold(title)
    plain = _without_notes(_GUESTS.sub("", what)).strip() or what
    return (who, plain) if who and plain else None


def _without_notes(title: str) -> str:
    """Return a folded title without "(mono)" and the like, and without " - remastered 2009" at its end."""
    title = _BRACKETS.sub(lambda found: "" if _NOTE.search(found[0]) else found[0], title)
    parts = title.split(" - ")
    for k, part in enumerate(parts[1:], 1):
        if _NOTE.search(part.partition("-")[0]):
            return " - ".join(parts[:k])
    return title
