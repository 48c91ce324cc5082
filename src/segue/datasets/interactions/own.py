"""Playlists and listening histories of one's own as a set of interactions.

Each playlist, or each history, is a user; a song is named by artist and title where both are told,
else by where it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from segue.datasets.interactions.frames import polars
from segue.datasets.interactions.lastfm import SUFFIXES as LASTFM_SUFFIXES
from segue.datasets.interactions.lastfm import read_lastfm
from segue.datasets.interactions.listenbrainz import read_listenbrainz
from segue.datasets.interactions.listing import Listing
from segue.datasets.interactions.names_only import content_of_names
from segue.datasets.interactions.pairs import Pairs
from segue.datasets.interactions.playlists import playlist_files, read_playlist
from segue.datasets.interactions.report import ImportReport
from segue.errors import DatasetError
from segue.types import Interactions, ItemContent


def read_playlists(path: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return the playlists at ``path``, a file or a folder, as users. Raises DatasetError when none can be read."""
    return _as_set("playlists", path, playlist_files(path), read_playlist, timed=False)


def read_lastfm_set(path: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return Last.fm histories as users: one file, or a folder with one for each user. Raises DatasetError."""
    files = (
        [path]
        if path.is_file()
        else sorted(p for p in path.iterdir() if p.name.lower().endswith(LASTFM_SUFFIXES))
    )
    return _as_set("lastfm", path, files or [path], read_lastfm, timed=True)


def read_listenbrainz_set(path: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return ListenBrainz histories as users: one export, or a folder of zips. Raises DatasetError."""
    zips = sorted(path.glob("*.zip")) if path.is_dir() else []
    return _as_set("listenbrainz", path, zips or [path], read_listenbrainz, timed=True)


def _as_set(
    kind: str, path: Path, files: Iterable[Path], reader: Callable[[Path], Listing], *, timed: bool
) -> tuple[Interactions, ItemContent, ImportReport]:
    pl = polars()
    pairs = Pairs(timed=timed, counted=True)
    artists: dict[str, str | None] = {}
    titles: dict[str, str | None] = {}
    unreadable = []
    users: dict[str, int] = {}
    for file in files:
        try:
            listing = reader(file)
        except DatasetError as error:  # one bad file costs one file
            unreadable.append(error)
            continue
        users[listing.name] = users.get(listing.name, 0) + 1
        # Playlists of one name are different lists; histories of one name are one user's.
        user = listing.name if kind != "playlists" or users[listing.name] == 1 else listing.source
        for reason, count in listing.dropped.items():
            pairs.drop(reason, count)
        ids = [entry.item_id or "" for entry in listing.entries]
        for one, entry in zip(ids, listing.entries, strict=True):
            artists[one], titles[one] = entry.artist, entry.title
        frame = {
            "user": [user] * len(ids),
            "item": [one.encode("utf-8", "replace").decode() for one in ids],
            "count": [entry.count for entry in listing.entries],
            "time_s": [entry.time_s for entry in listing.entries],
        }
        pairs.add(
            pl.DataFrame(
                frame, schema={"user": pl.String, "item": pl.String, "count": pl.Float64, "time_s": pl.Int64}
            )
        )
    if unreadable and not users:
        raise unreadable[0]
    if unreadable:
        pairs.noted["files that could not be read"] = len(unreadable)
    took = f"{sum(users.values())} files, each list a user, songs by artist and title or by place"
    interactions, report = pairs.finish(kind, kind, str(path), took)
    return interactions, content_of_names(interactions.item_ids, artists, titles), report
