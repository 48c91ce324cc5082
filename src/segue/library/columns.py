"""What a library knows of all its tracks at once, by column: for those who compare every track with something.

Rows are tracks that have a file and an embedding by one model, by ascending id.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.library.database import Database

_ROWS = """
SELECT t.id, t.artist, coalesce(t.album_artist, '') AS album_artist, t.album, a.duration_s
FROM facet x JOIN tracks t ON t.id = x.track_id
JOIN analyses a ON a.track_id = x.track_id AND a.model_id = (SELECT id FROM models WHERE name = ?)
WHERE x.name = 'timbre' AND x.version = ? AND x.data IS NOT NULL
AND EXISTS (SELECT 1 FROM files f WHERE f.track_id = x.track_id) ORDER BY x.track_id
"""
_GENRES = """
SELECT x.track_id, x.data, g.data FROM facet x
JOIN facet g ON g.name = 'genre' AND g.version = ? AND g.track_id = x.track_id
WHERE x.name = 'timeline' AND x.version = ? AND x.data IS NOT NULL AND g.data IS NOT NULL ORDER BY x.track_id
"""
_SONGS = """
SELECT t.id, t.artist, t.title, a.duration_s, f.path FROM tracks t JOIN files f ON f.track_id = t.id
JOIN analyses a ON a.track_id = t.id AND a.model_id = (SELECT id FROM models WHERE name = ?)
WHERE t.id IN ({marks}) ORDER BY t.id, f.path
"""
_SONG_AT = """
SELECT t.id, t.artist, t.title, a.duration_s, f.size, f.mtime_ns FROM files f JOIN tracks t ON t.id = f.track_id
JOIN analyses a ON a.track_id = t.id AND a.model_id = (SELECT id FROM models WHERE name = ?)
JOIN facet x ON x.track_id = t.id AND x.name = 'timbre' AND x.version = ? AND x.data IS NOT NULL
WHERE f.path = ?
"""
_AT_ONCE = 500  # far below SQLite's limit of variables in a statement
_GENERATION = """
SELECT (SELECT max(id) FROM scans), (SELECT count(finished_at) FROM scans), (SELECT max(id) FROM analyses),
(SELECT max(analysed_at) FROM analyses) AS analysed_at, (SELECT max(id) FROM files), (SELECT count(*) FROM lists),
(SELECT max(imported_at) FROM lists) AS imported_at
"""


@dataclass(frozen=True, slots=True)
class TrackColumns:
    """Columns of equal length: ``track_ids`` int64, ``durations_s`` float32, tags as text or None.

    ``albums`` is the tag of the album with that of its artist before it, None where a track names no album.
    """

    track_ids: np.ndarray
    durations_s: np.ndarray
    artists: tuple[str | None, ...]
    albums: tuple[str | None, ...]


def read_columns(database: Database, model: str, version: str) -> TrackColumns:
    """Return the columns of every track with a file and a timbre of ``version``, which ``model`` gave."""
    rows = [row for batch in database.batches(_ROWS, (model, version)) for row in batch]
    ids, artists, by, titles, durations = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    albums = tuple(f"{one}\n{album}" if album else None for one, album in zip(by, titles, strict=True))
    return TrackColumns(np.array(ids, np.int64), np.array(durations, np.float32), artists, albums)


@dataclass(frozen=True, slots=True)
class StoredSong:
    """What a list shows of one track: the paths of its files, at least one, and its tags."""

    track_id: int
    paths: tuple[str, ...]
    artist: str | None
    title: str | None
    duration_s: float


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that holds a track with an embedding, as the last scan saw it."""

    song: StoredSong
    size: int
    mtime_ns: int


def read_songs(database: Database, model: str, track_ids: Sequence[int]) -> dict[int, StoredSong]:
    """Return the tracks of ``track_ids`` that have a file and an analysis by ``model``, by id."""
    found: dict[int, StoredSong] = {}
    for first in range(0, len(track_ids), _AT_ONCE):
        some = track_ids[first : first + _AT_ONCE]
        for row in database.rows(_SONGS.format(marks=",".join("?" * len(some))), (model, *some)):
            track_id, artist, title, duration_s, path = row
            paths = (*found[track_id].paths, os.fsdecode(path)) if track_id in found else (os.fsdecode(path),)
            found[track_id] = StoredSong(track_id, paths, artist, title, duration_s)
    return found


def read_song_at(database: Database, model: str, version: str, path: bytes) -> StoredFile | None:
    """Return the file at ``path`` where its track has a timbre of ``version``, else None."""
    row = database.row(_SONG_AT, (model, version, path))
    if row is None:
        return None
    track_id, artist, title, duration_s, size, mtime_ns = row
    return StoredFile(StoredSong(track_id, (os.fsdecode(path),), artist, title, duration_s), size, mtime_ns)


def read_chunk_genres(database: Database, timeline: str, genre: str) -> list[tuple[int, bytes, bytes]]:
    """Return ``(track_id, timeline, genres)``, both as stored JSON, of every track with chunks, in these versions."""
    return [row for batch in database.batches(_GENRES, (genre, timeline)) for row in batch]


def read_generation(database: Database) -> tuple[int | float | None, ...]:
    """Return a value that is another one after every scan, during one as it goes on, and after every import."""
    row = database.row(_GENERATION)
    assert row is not None
    return tuple(row)
