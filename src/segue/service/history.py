"""Playlists and listening histories of one's own, brought into the library."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segue.errors import DatasetError, SegueError
from segue.history.guess import guess_kind
from segue.history.lastfm import read_lastfm
from segue.history.listenbrainz import read_listenbrainz
from segue.history.listing import Listing
from segue.history.matching import Matcher
from segue.history.playlists import playlist_files, read_playlist
from segue.history.positions import as_interactions
from segue.library.lists import sessions
from segue.library.location import library_path
from segue.library.records import ListEntry, ListSummary, TrackList
from segue.library.store import Library
from segue.types import Interactions

KINDS = ("playlists", "lastfm", "listenbrainz")
LIST_KINDS = ("playlist", "session", "album")
_NAMED_USERS = 5  # in a sentence; a public dump has thousands


@dataclass(frozen=True, slots=True)
class ImportedList:
    """One list brought in: how its entries were matched, and why others were not, each counted once."""

    name: str
    kind: str
    source: str
    matched: dict[str, int]
    unmatched: dict[str, int]


@dataclass(frozen=True, slots=True)
class HistoryImport:
    """What an import did: the kind it took the source for, its lists, and the files it could not read."""

    kind: str
    lists: tuple[ImportedList, ...]
    failed: dict[str, str]

    @property
    def matched(self) -> int:
        return sum(sum(found.matched.values()) for found in self.lists)

    @property
    def unmatched(self) -> int:
        return sum(sum(found.unmatched.values()) for found in self.lists)


def import_history(
    path: str | os.PathLike[str],
    *,
    kind: str | None = None,
    name: str | None = None,
    library: str | None = None,
) -> HistoryImport:
    """Return what became of the playlists or the history at ``path``, now in the library.

    ``kind`` is one of `KINDS`, None to look at the files. A list whose name is there already takes
    its place when it came from the same file; else it is named after its folder, too. ``name``
    names a single list. Raises DatasetError when nothing there can be read or a history is of
    several people, LibraryError when there is no library.
    """
    source = Path(path)
    kind = kind or guess_kind(source)
    if kind not in KINDS:
        raise DatasetError(
            f"{source} looks like {kind}, no playlists or history of your own; choose --kind from {', '.join(KINDS)}."
        )
    failed: dict[str, str] = {}
    listings = list(_listings(source, kind, failed))
    if not listings:
        raise DatasetError(next(iter(failed.values())))
    if name is not None and len(listings) > 1:
        raise DatasetError(f"{source} holds {len(listings)} playlists; a name can be given to one.")
    with Library.open(library_path(library), create=False) as opened:
        matcher = Matcher(opened)
        taken = {summary.name: summary.source for summary in opened.list_summaries()}
        done = []
        for listing in listings:
            free = name or _free_name(listing, taken)
            taken[free] = listing.source
            done.append(_store(opened, matcher, listing, free))
    return HistoryImport(kind, tuple(done), failed)


def list_history(library: str | None = None) -> list[ListSummary]:
    """Return the imported lists in numbers, by name. Raises LibraryError when there is no library."""
    with Library.open(library_path(library), read_only=True) as opened:
        return opened.list_summaries()


def forget_history(name: str, library: str | None = None) -> None:
    """Forget one imported list; tracks stay. Raises NotInLibrary, LibraryError when there is no library."""
    with Library.open(library_path(library), create=False) as opened:
        opened.forget_list(name)


def lists_of(library: Library, kinds: Sequence[str] = LIST_KINDS) -> list[TrackList]:
    """Return the lists of ``kinds`` (``playlist``, ``history``, ``session``, ``album``) that the library holds.

    A session is a stretch of a history between pauses of half an hour: one person's history is
    one user, its sessions are many lists, which is what co-occurrence can be learned from.
    """
    found = library.lists([kind for kind in kinds if kind in ("playlist", "history")])
    if "session" in kinds:
        found += [part for history in library.lists(["history"]) for part in sessions(history)]
    return found + (library.albums() if "album" in kinds else [])


def interactions_of(
    lists: Sequence[TrackList], track_ids: np.ndarray | None = None
) -> tuple[Interactions, int]:
    """Return lists as users and tracks as items, and how many pairs were left out.

    User ``k`` is ``lists[k]`` (``user_ids`` are its number as text), item ids are track ids as
    text, ascending. ``track_ids`` int64, ascending, fixes the items: tracks in no list keep a position
    (cold items), and tracks not among them are left out and counted. Counts are summed and
    the first time kept where a track is in a list twice; times only where every list tells them.
    """
    pairs: dict[tuple[int, int], tuple[float, int | None]] = {}
    timed = all(one.times_s is not None for one in lists) and bool(lists)
    for user, one in enumerate(lists):
        for k, track_id in enumerate(one.track_ids.tolist()):
            count, time_s = pairs.get((user, track_id), (0.0, None))
            now = int(one.times_s[k]) if one.times_s is not None else None
            first = now if time_s is None or (now is not None and now < time_s) else time_s
            pairs[user, track_id] = (count + float(one.counts[k]), first)
    if track_ids is None:
        track_ids = np.unique(np.array([track_id for _, track_id in pairs], np.int64))
    place = {track_id: k for k, track_id in enumerate(track_ids.tolist())}
    kept = [(user, place[track_id], *value) for (user, track_id), value in pairs.items() if track_id in place]
    users, items, counts, times_s = zip(*kept, strict=True) if kept else ((), (), (), ())
    interactions = as_interactions(
        "library",
        [str(k) for k in range(len(lists))],
        [str(track_id) for track_id in track_ids.tolist()],
        np.array(users, np.int64),
        np.array(items, np.int64),
        np.array(counts, np.float32),
        np.array(times_s, np.int64) if timed else None,
    )
    return interactions, len(pairs) - len(kept)


def import_document(report: HistoryImport) -> dict[str, Any]:
    """Return an import as one JSON document."""
    return {
        "kind": report.kind,
        "matched": report.matched,
        "unmatched": report.unmatched,
        "lists": [
            {
                "name": one.name,
                "kind": one.kind,
                "source": one.source,
                "matched": one.matched,
                "unmatched": one.unmatched,
            }
            for one in report.lists
        ],
        "failed": report.failed,
    }


def _listings(source: Path, kind: str, failed: dict[str, str]) -> Iterator[Listing]:
    readers: dict[str, Callable[[Path], Listing]] = {"lastfm": read_lastfm, "listenbrainz": read_listenbrainz}
    paths: Iterable[Path] = playlist_files(source) if kind == "playlists" else [source]
    for path in paths:
        try:
            yield _of_one_person(readers.get(kind, read_playlist)(path))
        except SegueError as error:  # one bad playlist costs one playlist
            failed[str(path)] = str(error)


def _of_one_person(listing: Listing) -> Listing:
    """Return ``listing``. Raises DatasetError when it is several people's: a library keeps what one person hears."""
    users = sorted({entry.user for entry in listing.entries if entry.user is not None})
    if len(users) > 1:
        some = ", ".join(users[:_NAMED_USERS]) + (", ..." if len(users) > _NAMED_USERS else "")
        raise DatasetError(
            f"{listing.source} holds what {len(users):,} users heard ({some}); "
            "a history is one person's, so keep the lines of one user_name and import those."
        )
    return listing


def _store(library: Library, matcher: Matcher, listing: Listing, name: str) -> ImportedList:
    matched: Counter[str] = Counter()
    unmatched: Counter[str] = Counter(listing.dropped)
    entries = []
    for entry in listing.entries:
        match = matcher.match(entry, listing.folder)
        if match.track_id is None:
            unmatched[match.how] += 1
        else:
            matched[match.how] += 1
            entries.append(ListEntry(match.track_id, entry.time_s, entry.count))
    library.put_list(name, listing.kind, listing.source, entries, dict(unmatched))
    return ImportedList(name, listing.kind, listing.source, dict(matched), dict(unmatched))


def _free_name(listing: Listing, taken: dict[str, str]) -> str:
    folder = os.path.basename(os.path.dirname(listing.source))
    names = [
        listing.name,
        f"{listing.name} ({folder})",
        *(f"{listing.name} ({folder}, {k})" for k in range(2, 10_000)),
    ]
    return next(name for name in names if taken.get(name, listing.source) == listing.source)
