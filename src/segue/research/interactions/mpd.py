"""The Million Playlist Dataset (Chen et al. 2018): JSON slices ``mpd.slice.0-999.json``, a thousand playlists each.

Playlists (pid) play the part of users. When a track was added is not told, so there are no times.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from pathlib import Path
from typing import Any

from segue.errors import DatasetError
from segue.research.interactions.batches import polars
from segue.research.interactions.content import content_of_names
from segue.research.interactions.pairs import Pairs
from segue.research.interactions.report import NOT_PARSED, ImportReport
from segue.types import Interactions, ItemContent

_SLICE = re.compile(r"mpd\.slice\.(\d+)-\d+\.json(\.gz)?")


def read_mpd(path: Path) -> tuple[Interactions, ItemContent, ImportReport]:
    """Return playlists as users and tracks as items, with their artists and titles; ``audio`` is None.

    ``path`` is one slice or the folder of slices (or the set's, with ``data`` in it). Raises
    DatasetError when there is none or one is damaged.
    """
    pl = polars()
    pairs = Pairs()
    artists: dict[str, str | None] = {}
    titles: dict[str, str | None] = {}
    slices = _slices(path)
    for part in slices:
        users: list[str | None] = []
        items: list[str | None] = []
        for playlist in _playlists(part):
            pid, tracks = playlist.get("pid"), playlist.get("tracks", [])
            for track in tracks:
                if not isinstance(track, dict):
                    pairs.drop(NOT_PARSED, 1)
                    continue
                uri = track.get("track_uri")
                users.append(None if pid is None else str(pid))
                items.append(uri if isinstance(uri, str) else None)
                if isinstance(uri, str) and uri not in titles:
                    artists[uri], titles[uri] = track.get("artist_name"), track.get("track_name")
        pairs.add(pl.DataFrame({"user": users, "item": items}, schema={"user": pl.String, "item": pl.String}))
    interactions, report = pairs.finish(
        "mpd", "mpd", str(path), f"playlists (pid) as users, track_uri as items, {len(slices)} slices"
    )
    return interactions, content_of_names(interactions.item_ids, artists, titles), report


def _playlists(path: Path) -> list[dict[str, Any]]:
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            playlists = json.load(file)["playlists"]
            return [playlist for playlist in playlists if isinstance(playlist, dict)]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DatasetError(
            f"{path} is no slice of the Million Playlist Dataset ({error!r:.120}).", code="not-readable"
        ) from None


def _slices(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = {int(m[1]): p for p in path.rglob("mpd.slice.*") if (m := _SLICE.fullmatch(p.name))}
    if not found:
        raise DatasetError(
            f"There is no mpd.slice.*.json at {path}; name the folder of the slices.", code="nothing-there"
        )
    return [found[first] for first in sorted(found)]
