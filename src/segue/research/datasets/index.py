"""A dataset as a checked index: what it promises, before anything of it is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from segue.encode import json_field


@dataclass(frozen=True, slots=True)
class Track:
    """One line of an index; a field is None where the dataset does not say.

    ``artist`` and ``performer`` may name several, separated by ``;``: an index of classical music has the composer as
    the artist, and who is heard as the performer. ``splits`` names the part of each published
    split the track belongs to, as ``(("fault-filtered", "train"), ...)``.
    """

    track_id: str
    label: str | None
    artist: str | None = None
    title: str | None = None
    path: str | None = None  # relative to the dataset's folder, with forward slashes
    sha256: str | None = None  # of the file as its publishers distribute it
    labels: tuple[str, ...] = ()  # all of them, where a track may have several
    splits: tuple[tuple[str, str], ...] = ()
    performer: str | None = None
    album: str | None = None

    @property
    def artists(self) -> tuple[str, ...]:
        """Every artist named, stripped; empty where none is known."""
        return tuple(name for part in (self.artist or "").split(";") if (name := part.strip()))

    def part_of(self, split: str) -> str | None:
        """The part of the published split ``split`` the track belongs to, None where it has none."""
        return dict(self.splits).get(split)


@dataclass(frozen=True, slots=True)
class NameSource:
    """Where the index has the names in ``field`` ("artist", "performer" or "album") from, for ``n_tracks`` tracks.

    ``doubt`` says in one sentence why some may be wrong; None where nothing speaks against them.
    """

    field: str = json_field(hidden=True)
    source: str
    n_tracks: int = json_field(name="tracks")
    doubt: str | None = None


def name_sources(tracks: Iterable[Track], known: Iterable[NameSource] = ()) -> tuple[NameSource, ...]:
    """Return the source of artists, performers and albums of ``tracks``: "index" where ``known`` names no other."""
    by_field = {one.field: one for one in known}
    names = {"artist": 0, "performer": 0, "album": 0}
    for track in tracks:
        for field in names:
            names[field] += bool(getattr(track, field))
    return tuple(by_field.get(field) or NameSource(field, "index", n) for field, n in names.items())


def sha256_of_ids(ids: Iterable[str]) -> str:
    """Return the SHA-256 of the sorted ids, one a line: a name for a set of tracks."""
    return hashlib.sha256("".join(f"{track_id}\n" for track_id in sorted(ids)).encode()).hexdigest()
