"""Which column of a table is the user, the item, the count and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segue.errors import DatasetError

# Usual names, best first; spaces, dashes and case do not count.
_USUAL = {
    "user": (
        "user_id",
        "userid",
        "user",
        "uid",
        "username",
        "user_name",
        "listener",
        "playlist_id",
        "pid",
        "playlist",
    ),
    "item": (
        "item_id",
        "itemid",
        "item",
        "iid",
        "track_id",
        "trackid",
        "track",
        "song_id",
        "songid",
        "song",
        "artist_id",
        "artistid",
        "item_idx",
    ),
    "count": ("count", "play_count", "playcount", "plays", "n_plays", "listen_count", "listens", "weight"),
    "time": ("timestamp", "time", "ts", "listened_at", "datetime", "date", "created_at", "unix_time", "uts"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are read; ``count`` and ``time`` may be None."""

    user: str
    item: str
    count: str | None
    time: str | None

    @property
    def names(self) -> list[str]:
        return [name for name in (self.user, self.item, self.count, self.time) if name is not None]

    def in_words(self) -> str:
        """Return what was taken for what, for a report."""
        told = [f"column {self.user!r} as user", f"{self.item!r} as item"]
        told += [f"{name!r} as {role}" for role, name in (("count", self.count), ("time", self.time)) if name]
        return ", ".join(told)


def choose_columns(there: Sequence[str], source: str, **given: str | None) -> Columns:
    """Return the columns by the names ``given`` for user, item, count and time, else by usual names.

    Raises DatasetError when a given one is not there, no user or item can be told, or two are one.
    """
    folded = {name.strip().casefold().replace(" ", "_").replace("-", "_"): name for name in reversed(there)}
    chosen: dict[str, str | None] = {}
    for role, usual in _USUAL.items():
        wanted = given.get(role)
        if wanted is not None and wanted not in there:
            raise DatasetError(f"{source} has no column {wanted!r}; it has {', '.join(there) or 'none'}.")
        chosen[role] = wanted or next((folded[name] for name in usual if name in folded), None)
    for role in ("user", "item"):
        if chosen[role] is None:
            raise DatasetError(
                f"No column of {source} is called like a {role} (it has {', '.join(there) or 'none'}); "
                f"rename the right one to {role}."
            )
    names = [name for name in chosen.values() if name is not None]
    if len(set(names)) < len(names):
        raise DatasetError(
            f"{source} would be read with one column in two roles ({', '.join(names)}); each needs its own."
        )
    return Columns(chosen["user"] or "", chosen["item"] or "", chosen["count"], chosen["time"])
