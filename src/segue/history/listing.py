"""Playlists and histories of one's own: what they say of each entry, before anything is looked up."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One song as a playlist or a listening log names it; None where it does not say.

    ``location`` is a path or an address as it stands there (see segue.history.locations).
    ``time_s`` is when it was heard, in Unix seconds; ``user`` is who heard it, where a log is of several.
    """

    location: str | None = None
    artist: str | None = None
    title: str | None = None
    album: str | None = None
    time_s: int | None = None
    count: float = 1.0
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A named list of entries from one file; ``kind`` is ``"playlist"`` or ``"history"``.

    ``folder`` is where relative locations start. ``dropped`` counts what could not be read, by reason.
    """

    name: str
    kind: str
    source: str
    folder: str
    entries: tuple[Entry, ...]
    dropped: dict[str, int] = field(default_factory=dict)
