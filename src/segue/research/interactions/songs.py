"""Which entries of one's own lists are one song.

Lists name a song by where it lies, by artist and title, or by both, each in its own words: paths
that start from the list or not, file URIs, other capitals. A place is one song, whatever lists call
it. Places of one artist and title are one song, too: a copy, another format, the same on another
album.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from segue.history.listing import Entry, Listing
from segue.history.locations import place_of
from segue.text import fold

SPELLED = "other ways of writing a path, taken as one place"
SAME_NAME = "places of the same artist and title as another, taken as one song"
SEVERAL_NAMES = "places that lists call by several artists or titles, taken by the commonest"
CAPITALS = "other spellings of artist and title, taken as one song"


@dataclass(frozen=True, slots=True)
class Song:
    """A song under the one name it has in the set: artist and title, where told, else its place."""

    item_id: str
    artist: str | None
    title: str | None


class Songs:
    """Names the songs of entries; what ``listings`` tell of their places is known from the beginning.

    Every listing whose entries have locations must be among them. Histories name songs and no places, so
    they need not be: they can be long, and are named as they come.
    """

    def __init__(self, listings: Iterable[Listing] = ()) -> None:
        self._places: dict[tuple[str, str], str] = {}  # by location and folder
        self._names: dict[
            tuple[str, str], tuple[str, str]
        ] = {}  # how songs are called, by artist and title as written
        self._spelled: dict[tuple[str, str], tuple[str, str]] = {}  # how they were written first
        called: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        for listing in listings:
            for entry in listing.entries:
                place, name = self._place(entry, listing.folder), self._name(entry)
                if place is not None and name is not None:
                    called[place][name] += 1
        self._n_several = sum(len(names) > 1 for names in called.values())
        # Of names that are equally common the first by letter, so that the order of lists changes nothing.
        self._called = {
            place: min(names, key=lambda name: (-names[name], name)) for place, names in called.items()
        }

    def song(self, entry: Entry, folder: str) -> Song:
        """Return the song ``entry`` of a list in ``folder`` means; one without place and name has no id."""
        place = self._place(entry, folder)
        name = self._called.get(place) if place is not None else self._name(entry)
        if name is None:
            return Song(place or "", entry.artist, entry.title)
        artist, title = self._spelled[name]
        return Song(f"{artist} – {title}", artist, title)

    def noted(self) -> dict[str, int]:
        """Return how much was taken as one, by what differed."""
        ways = {(place, location) for (location, _), place in self._places.items()}
        counted = {
            SPELLED: len(ways) - len(set(self._places.values())),
            SAME_NAME: len(self._called) - len(set(self._called.values())),
            SEVERAL_NAMES: self._n_several,
            CAPITALS: len(self._names) - len(self._spelled),
        }
        return {what: count for what, count in counted.items() if count}

    def _place(self, entry: Entry, folder: str) -> str | None:
        if not entry.location:
            return None
        written = (entry.location, folder)
        if written not in self._places:
            self._places[written] = place_of(*written)
        return self._places[written]

    def _name(self, entry: Entry) -> tuple[str, str] | None:
        if not (entry.artist and entry.title):
            return None
        written = (entry.artist, entry.title)
        if written not in self._names:
            name = (fold(entry.artist), fold(entry.title))
            self._names[written] = name
            self._spelled.setdefault(name, written)
        return self._names[written]
