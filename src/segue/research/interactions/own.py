"""Playlists and listening histories of one's own as a set of interactions.

Each playlist, or each person whose history it is, is a user; which entries are one song says
segue.research.interactions.songs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from segue.errors import DatasetError
from segue.history.lastfm import SUFFIXES as LASTFM_SUFFIXES
from segue.history.lastfm import read_lastfm
from segue.history.listenbrainz import read_listenbrainz
from segue.history.listing import Listing
from segue.history.playlists import playlist_files, read_playlist
from segue.research.interactions.batches import polars
from segue.research.interactions.content import content_of_names
from segue.research.interactions.pairs import Pairs
from segue.research.interactions.report import ImportReport
from segue.research.interactions.songs import Songs
from segue.types import Interactions, ItemContent


def read_playlists(path: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return the playlists at ``path``, a file or a folder, as users. Raises DatasetError when none can be read."""
    unreadable: list[DatasetError] = []
    listings = list(_readable(playlist_files(path), read_playlist, unreadable))
    return _as_set("playlists", path, listings, Songs(listings), unreadable)


def read_lastfm_set(path: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return Last.fm histories as users: one file, or a folder with one for each user. Raises DatasetError."""
    files = (
        [path]
        if path.is_file()
        else sorted(p for p in path.iterdir() if p.name.lower().endswith(LASTFM_SUFFIXES))
    )
    unreadable: list[DatasetError] = []
    return _as_set("lastfm", path, _readable(files or [path], read_lastfm, unreadable), Songs(), unreadable)


def read_listenbrainz_set(path: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return ListenBrainz histories as users: an export, a file of one or several users, or a folder of zips.

    Raises DatasetError when none can be read.
    """
    zips = sorted(path.glob("*.zip")) if path.is_dir() else []
    unreadable: list[DatasetError] = []
    listings = _readable(zips or [path], read_listenbrainz, unreadable)
    return _as_set("listenbrainz", path, listings, Songs(), unreadable)


def _readable(
    files: Iterable[Path], reader: Callable[[Path], Listing], unreadable: list[DatasetError]
) -> Iterator[Listing]:
    for file in files:
        try:
            listing = reader(file)
            listing = replace(listing, entries=tuple(listing.entries))
        except DatasetError as error:  # one bad file costs one file
            unreadable.append(error)
            continue
        yield listing


def _as_set(
    kind: str, path: Path, listings: Iterable[Listing], songs: Songs, unreadable: list[DatasetError]
) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return ``listings`` as a set; ``unreadable`` is what reading them found damaged, known when the last one is read."""
    pl = polars()
    pairs = Pairs(timed=kind != "playlists", counted=True)
    artists: dict[str, str | None] = {}
    titles: dict[str, str | None] = {}
    lists: dict[str, int] = {}
    for listing in listings:
        lists[listing.name] = lists.get(listing.name, 0) + 1
        entries = tuple(listing.entries)
        # Playlists of one name are different lists; histories of one name are one user's.
        owner = listing.name if kind != "playlists" or lists[listing.name] == 1 else listing.source
        if len({entry.user for entry in entries if entry.user}) > 1:
            owner = ""  # where a line of several people's names nobody, it is nobody's
        for reason, count in listing.dropped.items():
            pairs.drop(reason, count)
        found = [songs.song(entry, listing.folder) for entry in entries]
        items = [_text(song.item_id) for song in found]
        for item, song in zip(items, found, strict=True):
            # Not every list that names a place names its song.
            artists[item] = artists.get(item) or song.artist
            titles[item] = titles.get(item) or song.title
        frame = {
            "user": [_text(entry.user or owner) for entry in entries],
            "item": items,
            "count": [entry.count for entry in entries],
            "time_s": [entry.time_s for entry in entries],
        }
        pairs.add(
            pl.DataFrame(
                frame, schema={"user": pl.String, "item": pl.String, "count": pl.Float64, "time_s": pl.Int64}
            )
        )
    if unreadable and not lists:
        raise unreadable[0]
    if unreadable:
        pairs.noted["files that could not be read"] = len(unreadable)
    pairs.noted.update(songs.noted())
    whose = "each list a user" if kind == "playlists" else "each listener a user"
    took = f"{sum(lists.values())} files, {whose}, songs by artist and title or by place"
    interactions, report = pairs.finish(kind, kind, str(path), took)
    return interactions, content_of_names(interactions.item_ids, artists, titles), report


def _text(name: str) -> str:
    """Return ``name``, in which bytes of a file's name may be no text, as text that differs where names do."""
    return name.encode("utf-8", "backslashreplace").decode()
