"""Playlists and listening histories as they are read: what they say of each entry, before anything is looked up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# Why an entry could not be used; these texts are shown and stored with the list.
NOT_PARSED = "rows that do not parse"
NO_SONG = "no artist or no title"
NO_TIME = "times that are no time"
FUTURE = "times in the future"
NO_LOCATION = "entries that name neither file nor song"
NO_PATH = "entries whose path no file can have"
TOO_LONG = "entries of more than a million characters"


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

    ``folder`` is where relative locations start. ``entries`` are read from the file as they are asked for, once and
    in the file's order, which need not be that of time: memory stays that of one entry, and a damaged file raises
    DatasetError then. ``dropped`` counts what could not be used, by reason, and is complete after the last entry.
    """

    name: str
    kind: str
    source: str
    folder: str
    entries: Iterable[Entry]
    dropped: Counter[str] = field(default_factory=Counter)
