"""The shape of the library file, as a list of steps that only ever grows.

``PRAGMA user_version`` counts the steps a file has taken. A step that has been released is
never edited: a new shape is a new step, tested on a stored file of the old one.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence

from segue.errors import LibraryError
from segue.library.shape import require_shape

APPLICATION_ID = 0x73677565  # "sgue": how `file` and we tell a library from other SQLite files

_V1 = """
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    front_end TEXT NOT NULL
);
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    started_at REAL NOT NULL,        -- seconds since 1970, as every *_at
    finished_at REAL                 -- NULL while it runs, and for ever if it was cut short
);
CREATE TABLE roots (
    path BLOB PRIMARY KEY,           -- os.fsencode: names need not be valid text
    scan_id INTEGER NOT NULL REFERENCES scans(id)
);
CREATE TABLE tracks (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,   -- of the audio payload, so tags and names may change
    title TEXT, artist TEXT, album TEXT, album_artist TEXT, genre TEXT, year TEXT,
    track_number INTEGER,
    added_at REAL NOT NULL
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    mount BLOB NOT NULL,             -- the mount point it lay under when last seen
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    track_id INTEGER REFERENCES tracks(id),       -- NULL: it could not be analysed
    held_track_id INTEGER REFERENCES tracks(id),  -- what it held when a scan last finished
    scan_id INTEGER NOT NULL REFERENCES scans(id) -- the scan that last saw it
);
CREATE INDEX files_by_track ON files(track_id);
CREATE INDEX files_by_held_track ON files(held_track_id);
CREATE TABLE failures (
    file_id INTEGER PRIMARY KEY REFERENCES files(id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    cause TEXT NOT NULL,
    failed_at REAL NOT NULL
);
CREATE TABLE analyses (
    id INTEGER PRIMARY KEY,
    track_id INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES models(id),
    duration_s REAL NOT NULL,
    genres TEXT NOT NULL,            -- JSON [[genre, probability], ...], likeliest first
    timeline TEXT NOT NULL,          -- JSON [[start_s, end_s, genre, probability], ...]
    loudness_lufs REAL,
    tempo_bpm REAL, tempo_confidence REAL,
    key_tonic TEXT, key_mode TEXT, key_strength REAL,
    flags TEXT NOT NULL,             -- JSON [flag, ...]
    damage TEXT,                     -- one sentence on audio that was lost
    n_windows INTEGER NOT NULL,      -- the effort asked for: windows for the network,
    loudness_measured INTEGER NOT NULL, -- and 1 where loudness was
    fingerprint BLOB,                -- int8
    analysed_at REAL NOT NULL,
    scan_id INTEGER NOT NULL REFERENCES scans(id),
    UNIQUE (track_id, model_id)
);
CREATE INDEX analyses_by_scan ON analyses(scan_id);
CREATE TABLE vectors (
    track_id INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES models(id),
    dim INTEGER NOT NULL,
    vector BLOB NOT NULL,            -- little-endian float32
    PRIMARY KEY (track_id, model_id),
    CHECK (length(vector) = 4 * dim)
);
"""

_V2 = """
CREATE TABLE lists (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('playlist', 'history')),
    source BLOB NOT NULL,            -- the file it was read from, os.fsencode
    unmatched TEXT NOT NULL,         -- JSON {reason: entries without a track}
    imported_at REAL NOT NULL
);
CREATE TABLE entries (
    list_id INTEGER NOT NULL REFERENCES lists(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,       -- from 0; for a history in order of time
    track_id INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
    time_s INTEGER,                  -- when it was heard; NULL where the source does not say
    count REAL NOT NULL CHECK (count > 0),
    PRIMARY KEY (list_id, position)
) WITHOUT ROWID;
CREATE INDEX entries_by_track ON entries(track_id);
"""

# One row for each facet of a track, in place of a column for each descriptor of an analysis and of the table of vectors.
# What a facet of one version stores is fixed (segue.facets), so the values are carried over as they are.
_V3 = """
CREATE TABLE facet (
    track_id INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    version TEXT NOT NULL,           -- what it was computed from (model, front end, samples), a slash, its own version
    data BLOB,                       -- as the facet stores it; NULL: it was computed and has nothing to say
    confidence REAL NOT NULL,        -- in [0, 1]; 0 where data is NULL
    PRIMARY KEY (name, version, track_id)
);
CREATE INDEX facet_by_track ON facet(track_id);
INSERT INTO facet
    SELECT a.track_id, 'genre', m.name || '/1', nullif(CAST(a.genres AS BLOB), x'5b5d'), a.genres <> '[]'
    FROM analyses a JOIN models m ON m.id = a.model_id;
INSERT INTO facet
    SELECT a.track_id, 'timeline', m.name || '/1', nullif(CAST(a.timeline AS BLOB), x'5b5d'), a.timeline <> '[]'
    FROM analyses a JOIN models m ON m.id = a.model_id;
INSERT INTO facet
    SELECT a.track_id, 'timbre', m.name || '/1', v.vector, v.vector IS NOT NULL
    FROM analyses a JOIN models m ON m.id = a.model_id
    LEFT JOIN vectors v ON v.track_id = a.track_id AND v.model_id = a.model_id;
-- Two models may have listened through one front end: the newer analysis stays.
INSERT OR REPLACE INTO facet
    SELECT a.track_id, 'tempo', m.front_end || '/1', float64s(a.tempo_bpm, a.tempo_confidence),
        coalesce(a.tempo_confidence, 0.0)
    FROM analyses a JOIN models m ON m.id = a.model_id ORDER BY a.analysed_at;
INSERT OR REPLACE INTO facet
    SELECT a.track_id, 'key', m.front_end || '/1',
        float64s(
            CASE a.key_tonic WHEN 'C' THEN 0 WHEN 'C#' THEN 1 WHEN 'D' THEN 2 WHEN 'D#' THEN 3 WHEN 'E' THEN 4
                WHEN 'F' THEN 5 WHEN 'F#' THEN 6 WHEN 'G' THEN 7 WHEN 'G#' THEN 8 WHEN 'A' THEN 9 WHEN 'A#' THEN 10
                WHEN 'B' THEN 11 END,
            a.key_mode = 'minor',
            a.key_strength),
        coalesce(a.key_strength, 0.0)
    FROM analyses a JOIN models m ON m.id = a.model_id ORDER BY a.analysed_at;
INSERT OR REPLACE INTO facet
    SELECT a.track_id, 'fingerprint', m.front_end || '/1', a.fingerprint, a.fingerprint IS NOT NULL
    FROM analyses a JOIN models m ON m.id = a.model_id ORDER BY a.analysed_at;
INSERT OR REPLACE INTO facet
    SELECT a.track_id, 'loudness', 'samples/1', float64s(a.loudness_lufs), a.loudness_lufs IS NOT NULL
    FROM analyses a WHERE a.loudness_measured ORDER BY a.analysed_at;
CREATE TABLE analyses_of_v3 (
    id INTEGER PRIMARY KEY,
    track_id INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES models(id),
    duration_s REAL NOT NULL,
    flags TEXT NOT NULL,             -- JSON [flag, ...]
    damage TEXT,                     -- one sentence on audio that was lost
    n_windows INTEGER NOT NULL,      -- the effort asked for: windows for the network
    analysed_at REAL NOT NULL,
    scan_id INTEGER NOT NULL REFERENCES scans(id),
    UNIQUE (track_id, model_id)
);
INSERT INTO analyses_of_v3
    SELECT id, track_id, model_id, duration_s, flags, damage, n_windows, analysed_at, scan_id FROM analyses;
DROP TABLE vectors;
DROP TABLE analyses;
ALTER TABLE analyses_of_v3 RENAME TO analyses;
CREATE INDEX analyses_by_scan ON analyses(scan_id);
"""

MIGRATIONS: tuple[str, ...] = (_V1, _V2, _V3)


def _float64s(*numbers: object) -> bytes | None:
    """The numbers as little-endian float64, bit for bit; None where one of them is none."""
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    return struct.pack(f"<{len(numbers)}d", *numbers)


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of steps the file has taken; 0 for a new one."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def check_kind(connection: sqlite3.Connection, path: str, newest: int = len(MIGRATIONS)) -> None:
    """Make sure, without writing, that the file is a library this version can read.

    Raises LibraryError when it belongs to another program or to a newer segue.
    """
    # In one statement, so that a library which another process is just creating is seen before or after.
    application, version, n_tables = connection.execute(
        "SELECT (SELECT application_id FROM pragma_application_id), "
        "(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)"
    ).fetchone()
    blank = application == 0 and version == 0 and n_tables == 0
    if application != APPLICATION_ID and not blank:
        raise LibraryError(
            f"{path} belongs to another program: name another library with --library.", code="library-foreign"
        )
    if version > newest:
        raise LibraryError(
            f"The library {path} is of version {version} and this segue reads versions up to {newest}: "
            "update segue, or name another library with --library.",
            code="library-newer",
        )


def migrate(connection: sqlite3.Connection, path: str, steps: Sequence[str] = MIGRATIONS) -> None:
    """Take the steps the file has not taken yet, all or none of them.

    Raises LibraryError as check_kind does; SQLite's own errors pass through.
    """
    check_kind(connection, path, len(steps))
    if schema_version(connection) == len(steps):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        check_kind(connection, path, len(steps))  # another process may have been quicker
        require_shape(connection, path, min(schema_version(connection), len(MIGRATIONS)))
        take_steps(connection, steps[schema_version(connection) :])
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def take_steps(connection: sqlite3.Connection, steps: Sequence[str]) -> None:
    """Run the statements of ``steps``. SQLite's own errors pass through."""
    connection.create_function("float64s", -1, _float64s, deterministic=True)
    for step in steps:
        for statement in _statements(step):
            connection.execute(statement)


def _statements(script: str) -> list[str]:
    # sqlite3's executescript commits first, which would break "all or none".
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
