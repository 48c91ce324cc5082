"""Artists, performers and albums of the tracks of an index; how names are compared is told in segue.copies.names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from segue.copies.groups import groups_of
from segue.copies.names import artist_keys, artist_names, plain
from segue.research.datasets.index import Track

# Titles that albums of many artists have, as `plain` writes them; they are one album only where an artist is shared.
_COMMON_TITLE = re.compile(
    r"(the)?(very|essential|ultimate)?(bestof|greatest|hits|singles|collection|essentials?|anthology|gold|"
    r"live|unplugged|platinum|ultimate|icon|classics|remixes|demo|untitled|unknown(album)?)+(vol|volume|part)?\d*"
)


class NameKey(NamedTuple):
    """One name in a form that is equal for equal names: ``kind`` is "artist" or "album".

    An artist and a performer of one name have one key: whoever is meant is heard in both.
    """

    kind: str
    key: str


def name_keys(track: Track) -> frozenset[NameKey]:
    """Return the keys of every artist, performer and album of ``track``."""
    return frozenset(key for named in names_by_field(track).values() for key in named)


def names_by_field(track: Track) -> dict[str, dict[NameKey, str]]:
    """Return the names of ``track`` as written, by key, for each of "artist", "performer" and "album".

    Albums are one where they have one title, whoever plays; where many albums have such a title ("Greatest Hits"),
    only where they have an artist or performer in common, too.
    """
    people = {
        field: {NameKey("artist", key): name for key, name in artist_names(written).items()}
        for field, written in (("artist", track.artist), ("performer", track.performer))
    }
    return {**people, "album": dict.fromkeys(_album_keys(track), track.album or "")}


def _album_keys(track: Track) -> frozenset[NameKey]:
    title = plain(track.album or "")
    if not title:
        return frozenset()
    if not _COMMON_TITLE.fullmatch(title):
        return frozenset({NameKey("album", title)})
    people = artist_keys(track.artist) | artist_keys(track.performer)
    return frozenset(NameKey("album", f"{title} by {key}") for key in people)


def artist_groups(tracks: Sequence[Track]) -> tuple[str, ...]:
    """Return a name for each track that is equal where two share an artist, performer or album, also by way of others of
    ``tracks``.

    So "X", "X; Y" and "Y" are one group, named as the first of its tracks writes its artist, else its performer, else
    its album. A track of which none of these is known is a group of its own.
    """
    first_with: dict[NameKey, int] = {}
    keys = [name_keys(track) for track in tracks]
    pairs = [(first_with.setdefault(key, row), row) for row, own in enumerate(keys) for key in sorted(own)]
    return tuple(
        _called(tracks[first]) if keys[first] else f"unknown artist of {track.track_id}"
        for first, track in zip(groups_of(len(tracks), pairs), tracks, strict=True)
    )


def _called(track: Track) -> str:
    return next((getattr(track, field) for field, names in names_by_field(track).items() if names), "")
