"""What a library knows of all its tracks at once, by column: for those who compare every track with something.

Rows are tracks that have a file and an embedding by one model, by ascending id.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.library.database import Database

_ROWS = """
SELECT t.id, t.artist, coalesce(t.album_artist, ''), t.album, a.duration_s
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
_GENERATION = """
SELECT (SELECT max(id) FROM scans), (SELECT count(finished_at) FROM scans), (SELECT max(id) FROM analyses),
(SELECT max(analysed_at) FROM analyses), (SELECT max(id) FROM files), (SELECT count(*) FROM lists), (SELECT max(imported_at) FROM lists)
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


def read_chunk_genres(database: Database, timeline: str, genre: str) -> list[tuple[int, bytes, bytes]]:
    """Return ``(track_id, timeline, genres)``, both as stored JSON, of every track with chunks, in these versions."""
    return [row for batch in database.batches(_GENRES, (genre, timeline)) for row in batch]


def read_generation(database: Database) -> tuple[int | float | None, ...]:
    """Return a value that is another one after every scan, during one as it goes on, and after every import."""
    row = database.row(_GENERATION)
    assert row is not None
    return tuple(row)
