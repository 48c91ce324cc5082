"""Albums as lists: what the tags call an album, or else what lies in a folder of its own.

An album is the tracks of one album tag and one album artist. Where no file names an album artist
the folder tells two albums of one name apart ("Greatest Hits"), with the folders of its discs
("CD1", "Disc 2") taken together. Tracks without an album tag make an album when their folder
holds 2 to 40 of them: more is a heap, not an album.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from typing import Any

import numpy as np

from segue.library.database import Database
from segue.library.records import TrackList
from segue.text import fold

MIN_TRACKS, MAX_UNTAGGED = 2, 40
_DISC = re.compile(r"(cd|disc|disk|side|vol(ume)?)[ ._-]*[0-9a-d]{1,2}", re.IGNORECASE)
_TRACKS = """
SELECT t.id, t.album, t.album_artist, t.track_number, min(f.path) AS path
FROM tracks t JOIN files f ON f.track_id = t.id GROUP BY t.id
"""


def albums(database: Database) -> list[TrackList]:
    """Return the albums of at least two tracks, by name, each in the order of track numbers and paths."""
    tagged, loose = defaultdict(list), defaultdict(list)
    for row in database.rows(_TRACKS):
        path = os.fsdecode(row["path"])
        folder = album_folder(path)
        number = row["track_number"]
        place = (os.path.dirname(path), number if number is not None else 1 << 62, path, row["id"])
        if name := fold(row["album"]):
            artist = fold(row["album_artist"])
            tagged[name, artist or f"in {folder}"].append((place, row["album"], folder))
        else:
            loose[folder].append((place, os.path.basename(folder) or folder, folder))
    groups = [group for group in tagged.values() if len(group) >= MIN_TRACKS]
    groups += [group for group in loose.values() if MIN_TRACKS <= len(group) <= MAX_UNTAGGED]
    return sorted(map(_album, groups), key=lambda album: (album.name, album.source, album.track_ids[0]))


def album_folder(path: str) -> str:
    """Return the folder of an album that the file at ``path`` may be part of: discs count as their parent."""
    folder = os.path.dirname(path)
    return os.path.dirname(folder) if _DISC.fullmatch(os.path.basename(folder)) else folder


def _album(group: list[tuple[tuple[Any, ...], str, str]]) -> TrackList:
    group.sort()
    track_ids = np.array([place[-1] for place, _, _ in group], np.int64)
    _, name, folder = group[0]
    return TrackList(name, "album", folder, track_ids, np.ones(len(group), np.float32))
