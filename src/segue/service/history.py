"""Playlists and listening histories of one's own, brought into the library."""

from __future__ import annotations

import os
import sys
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from segue.errors import DatasetError
from segue.history.guess import guess_kind
from segue.history.lastfm import read_lastfm
from segue.history.listenbrainz import read_listenbrainz
from segue.history.listing import Listing
from segue.history.matching import Matcher
from segue.history.opening import require_regular
from segue.history.playlists import playlist_files, read_playlist
from segue.history.positions import as_interactions
from segue.library.location import library_path
from segue.library.records import ListEntry, ListSummary, TrackList
from segue.library.store import Library
from segue.types import Interactions

KINDS = ("playlists", "lastfm", "listenbrainz")
STANDARD_INPUT = "-"
_NAMED_USERS = 5  # in a sentence; a public dump has thousands
_COUNTED_USERS = 10_000
_NO_TIME = -1  # in an array of times; a time before 1970 is dropped when it is read
_MAX_INPUT_BYTES = 1 << 30  # of standard input, which has no end of its own
_READERS: dict[str, Callable[[Path], Listing]] = {
    "playlists": read_playlist,
    "lastfm": read_lastfm,
    "listenbrainz": read_listenbrainz,
}


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

    def __document__(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "matched": self.matched,
            "unmatched": self.unmatched,
            "lists": self.lists,
            "failed": self.failed,
        }


def import_history(
    path: str | os.PathLike[str],
    *,
    kind: str | None = None,
    name: str | None = None,
    library: str | None = None,
) -> HistoryImport:
    """Import the playlists or the history at ``path`` into the library, and return what became of every entry.

    ``path`` is a file, a folder, or ``-`` for standard input. ``kind`` is one of `KINDS`, None to look at the files.
    A list whose name is there already takes its place when it came from the same file; else it is named after its
    folder, too. ``name`` names a single list. Memory is some 30 bytes an entry. Raises DatasetError when nothing
    there can be read or a history is of several people, LibraryError when there is no library.
    """
    with _source(path, kind) as source:
        kind = kind or guess_kind(source)
        if kind not in KINDS:
            raise DatasetError(
                f"{source} looks like {kind}, no playlists or history of your own; choose --kind from {', '.join(KINDS)}.",
                code="not-a-history",
            )
        if not source.is_dir():
            require_regular(source)
        files = playlist_files(source) if kind == "playlists" else [source]
        if name is not None and len(files) > 1:
            raise DatasetError(
                f"{source} holds {len(files)} playlists; a name can be given to one.", code="several-lists"
            )
        failed: dict[str, str] = {}
        done = []
        with Library.open(library_path(library), create=False) as opened:
            matcher = Matcher(opened)
            taken = {summary.name: summary.source for summary in opened.list_summaries()}
            for file in files:
                try:
                    listing = _READERS[kind](file)
                    matched = _matched(matcher, listing)
                except DatasetError as error:  # one bad file costs one file
                    if len(files) == 1:
                        raise
                    failed[str(file)] = str(error)
                    continue
                origin = STANDARD_INPUT if os.fspath(path) == STANDARD_INPUT else listing.source
                free = name or _free_name(listing.name, origin, taken)
                taken[free] = origin
                opened.put_list(free, listing.kind, origin, matched.entries(), matched.unmatched)
                done.append(ImportedList(free, listing.kind, origin, matched.how, matched.unmatched))
        if not done:
            raise DatasetError(next(iter(failed.values())), code="nothing-readable")
        return HistoryImport(kind, tuple(done), failed)


def list_history(library: str | None = None) -> list[ListSummary]:
    """Return the imported lists in numbers, by name. Raises LibraryError when there is no library."""
    with Library.open(library_path(library), read_only=True) as opened:
        return opened.list_summaries()


def forget_history(name: str, library: str | None = None) -> None:
    """Forget one imported list; tracks stay. Raises NotInLibrary, LibraryError when there is no library."""
    with Library.open(library_path(library), create=False) as opened:
        opened.forget_list(name)


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


@dataclass(slots=True)
class _Matched:
    """The entries of one listing that mean a track, as three arrays, and counts of how and why not."""

    track_ids: array[int]
    times_s: array[int]
    counts: array[float]
    how: dict[str, int]
    unmatched: dict[str, int]
    by_time: bool

    def entries(self) -> Sequence[ListEntry]:
        """The entries in order, by time where it is a history."""
        return _Entries(self, np.argsort(self.times_s, kind="stable") if self.by_time else None)


class _Entries(Sequence[ListEntry]):
    """Entries made one at a time, so that a million of them are three arrays."""

    def __init__(self, matched: _Matched, order: np.ndarray | None) -> None:
        self._matched, self._order = matched, order

    def __len__(self) -> int:
        return len(self._matched.track_ids)

    def __getitem__(self, k: Any) -> Any:
        at = k if self._order is None else int(self._order[k])
        time_s = self._matched.times_s[at]
        return ListEntry(
            self._matched.track_ids[at], None if time_s == _NO_TIME else time_s, self._matched.counts[at]
        )


def _matched(matcher: Matcher, listing: Listing) -> _Matched:
    """Look up every entry. Raises DatasetError when the file is damaged, or a history of several people."""
    found = _Matched(array("q"), array("q"), array("f"), {}, {}, listing.kind == "history")
    how: Counter[str] = Counter()
    why_not: Counter[str] = Counter()
    users: set[str] = set()
    for entry in listing.entries:
        if entry.user is not None:
            users.add(entry.user)
            if len(users) > _COUNTED_USERS:
                break
        match = matcher.match(entry, listing.folder)
        if match.track_id is None:
            why_not[match.how] += 1
        else:
            how[match.how] += 1
            found.track_ids.append(match.track_id)
            found.times_s.append(_NO_TIME if entry.time_s is None else entry.time_s)
            found.counts.append(entry.count)
    _require_one_user(users, listing.source)
    found.how = dict(how)
    found.unmatched = dict(Counter(listing.dropped) + why_not)
    return found


def _require_one_user(users: set[str], source: str) -> None:
    """Raise DatasetError (``several-users``) when a history is several people's: a library keeps what one hears."""
    if len(users) > 1:
        some = ", ".join(sorted(users)[:_NAMED_USERS]) + (", ..." if len(users) > _NAMED_USERS else "")
        n_users = f"{len(users):,}" if len(users) <= _COUNTED_USERS else f"more than {_COUNTED_USERS:,}"
        raise DatasetError(
            f"{source} holds what {n_users} users heard ({some}); "
            "a history is one person's, so keep the lines of one user_name and import those.",
            code="several-users",
        )


@contextmanager
def _source(path: str | os.PathLike[str], kind: str | None) -> Iterator[Path]:
    """The file or folder to read; standard input becomes a temporary file, with a suffix that its content tells."""
    if os.fspath(path) != STANDARD_INPUT:
        yield Path(path)
        return
    with tempfile.TemporaryDirectory(prefix="segue-") as folder:
        first = sys.stdin.buffer.read(1 << 16)
        target = Path(folder) / f"standard input{_suffix_of(first, kind)}"
        with target.open("wb") as file:
            _copy(first, sys.stdin.buffer, file)
        yield target


def _suffix_of(first: bytes, kind: str | None) -> str:
    beginning = first.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower()
    if beginning.startswith(b"[playlist]"):
        return ".pls"
    if beginning.startswith((b"<?xml", b"<playlist")):
        return ".xspf"
    return ".m3u" if kind == "playlists" or beginning.startswith(b"#extm3u") else ""


def _copy(first: bytes, source: IO[bytes], target: IO[bytes]) -> None:
    n_bytes, block = 0, first
    while block:
        n_bytes += len(block)
        if n_bytes > _MAX_INPUT_BYTES:
            raise DatasetError(
                f"Standard input has more than {_MAX_INPUT_BYTES:,} bytes; save it to a file and import that.",
                code="input-too-large",
            )
        target.write(block)
        block = source.read(1 << 20)


def _free_name(name: str, source: str, taken: dict[str, str]) -> str:
    folder = os.path.basename(os.path.dirname(source))
    names = [name, f"{name} ({folder})", *(f"{name} ({folder}, {k})" for k in range(2, 10_000))]
    return next(one for one in names if taken.get(one, source) == source)
