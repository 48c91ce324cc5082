"""A dataset as a checked index: what it promises, before anything of it is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Track:
    """One line of an index; a field is None where the dataset does not say.

    ``artist`` may name several, separated by ``;``. ``splits`` names the part of each published
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

    @property
    def artists(self) -> tuple[str, ...]:
        """Every artist named, stripped; empty where none is known."""
        return tuple(name for part in (self.artist or "").split(";") if (name := part.strip()))

    def part_of(self, split: str) -> str | None:
        """The part of the published split ``split`` the track belongs to, None where it has none."""
        return dict(self.splits).get(split)


def sha256_of_ids(ids: Iterable[str]) -> str:
    """Return the SHA-256 of the sorted ids, one a line: a name for a set of tracks."""
    return hashlib.sha256("".join(f"{track_id}\n" for track_id in sorted(ids)).encode()).hexdigest()
