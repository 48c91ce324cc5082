"""The library in numbers, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segue.errors import LibraryError
from segue.facets.genre import GENRE
from segue.facets.registry import Registry
from segue.facets.timbre import TIMBRE
from segue.library.database import Database
from segue.library.faults import damaged
from segue.library.grades import kept_grade
from segue.library.records import LibraryHealth, LibraryStats
from segue.library.rows import flags_of, from_json, is_unit, unmatched_of, value_of
from segue.library.values import CHECKS

_HAS_FILE = "EXISTS (SELECT 1 FROM files f WHERE f.track_id = {track})"

# SQLite takes the bare columns from the row that max() chose: each track's newest analysis.
_NEWEST = f"""
SELECT a.track_id, a.model_id, a.duration_s, a.damage, max(a.analysed_at)
FROM analyses a WHERE {_HAS_FILE.format(track="a.track_id")} GROUP BY a.track_id
"""
_GENRES = f"""
SELECT json_extract(CAST(g.data AS TEXT), '$[0][0]') AS genre, count(*) AS n
FROM ({_NEWEST}) a JOIN models m ON m.id = a.model_id
JOIN facet g ON g.name = 'genre' AND g.version = m.name || '/{GENRE.version}' AND g.track_id = a.track_id
WHERE json_valid(CAST(g.data AS TEXT)) AND json_type(CAST(g.data AS TEXT), '$[0][0]') = 'text' GROUP BY genre ORDER BY n DESC, genre
"""

# Each of these must find nothing: (SQL that counts, what a find means).
_CHECKS = (
    (
        "SELECT count(*) FROM files f WHERE track_id IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM failures x WHERE x.file_id = f.id)",
        "files with neither a track nor a failure",
    ),
    (
        "SELECT count(*) FROM files f JOIN failures x ON x.file_id = f.id WHERE f.track_id IS NOT NULL",
        "files with both a track and a failure",
    ),
    (
        "SELECT count(*) FROM tracks t WHERE NOT EXISTS (SELECT 1 FROM analyses a WHERE a.track_id = t.id)",
        "tracks without an analysis",
    ),
    (
        "SELECT count(*) FROM facet x WHERE NOT EXISTS (SELECT 1 FROM analyses a WHERE a.track_id = x.track_id)",
        "facets without an analysis",
    ),
    (
        "SELECT count(*) FROM facet WHERE (data IS NULL AND confidence <> 0) OR NOT confidence BETWEEN 0 AND 1",
        "facets with an impossible confidence",
    ),
    (
        "SELECT count(*) FROM facet WHERE name = 'timbre' AND length(data) % 4 <> 0",
        "vectors of a wrong length",
    ),
    (
        "SELECT count(*) FROM (SELECT version FROM facet WHERE name = 'timbre' AND data IS NOT NULL "
        "GROUP BY version HAVING count(DISTINCT length(data)) > 1)",
        "models with vectors of several dimensions",
    ),
)


def stats(database: Database, missing: dict[str, int]) -> LibraryStats:
    """See LibraryStats; hours, damage and genres come from each track's newest analysis."""
    has_file = _HAS_FILE.format(track="t.id")
    tracks = database.value(f"SELECT count(*) FROM tracks t WHERE {has_file}")
    return LibraryStats(
        tracks=tracks,
        files=database.value("SELECT count(*) FROM files WHERE track_id IS NOT NULL"),
        failures=database.value("SELECT count(*) FROM failures"),
        detached=database.value("SELECT count(*) FROM tracks") - tracks,
        damaged=database.value(f"SELECT count(damage) FROM ({_NEWEST})"),
        hours=(database.value(f"SELECT sum(duration_s) FROM ({_NEWEST})") or 0.0) / 3600,
        models=dict(
            map(
                tuple,
                database.rows(
                    "SELECT m.name, count(*) FROM analyses a JOIN models m ON m.id = a.model_id "
                    f"WHERE {_HAS_FILE.format(track='a.track_id')} GROUP BY m.id ORDER BY m.id"
                ),
            )
        ),
        genres=dict(map(tuple, database.rows(_GENRES))),
        missing=missing,
        size_bytes=database.value("PRAGMA page_count") * database.value("PRAGMA page_size"),
        schema_version=database.value("PRAGMA user_version"),
    )


def require_whole(database: Database) -> None:
    """Read the whole file, some 10 ms for 1,000 tracks. Raises LibraryError when it is damaged."""
    if database.value("PRAGMA quick_check(1)") != "ok":
        raise damaged(str(database.path))


def check(database: Database, facets: Registry) -> LibraryHealth:
    """Read every value of the file and report what does not hold together, one sentence part each."""
    problems = [row[0] for row in database.rows("PRAGMA quick_check") if row[0] != "ok"]
    broken_references = sum(1 for _ in database.rows("PRAGMA foreign_key_check"))
    if broken_references:
        problems.append(f"{broken_references} references to rows that are not there")
    for sql, meaning in _CHECKS:
        if count := database.value(sql):
            problems.append(f"{count} {meaning}")
    problems += _unreadable_values(database)
    problems += _unreadable_facets(database, facets)
    unfinished = database.value(
        "SELECT count(*) FROM scans WHERE id > (SELECT coalesce(max(id), 0) FROM scans WHERE finished_at IS NOT NULL)"
    )
    return LibraryHealth(tuple(problems), unfinished)


_JSON = {
    ("analyses", "flags"): flags_of,
    ("lists", "unmatched"): unmatched_of,
    ("grades", "grade"): kept_grade,
}


def _unreadable_values(database: Database) -> list[str]:
    """Return one sentence part for each column that holds values which cannot be read."""
    problems = []
    path = str(database.path)
    tables = [row[0] for row in database.rows("SELECT name AS t FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = [row[0] for row in database.rows("SELECT name AS c FROM pragma_table_info(?)", (table,))]
        for column in columns:
            unpack = _JSON.get((table, column))
            if column not in CHECKS:
                continue
            # Text is read as its bytes, so that one that is none ends no query.
            sql = f"SELECT typeof({column}), CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END FROM {table}"
            n_bad = 0
            for batch in database.batches(sql):
                for kind, value in batch:
                    n_bad += not _can_be_read(column, kind, value, unpack, path)
            if n_bad:
                problems.append(f"{n_bad} values of {table}.{column} that cannot be read")
    return problems


def _can_be_read(
    column: str, kind: str, value: Any, unpack: Callable[[Any], object] | None, library: str
) -> bool:
    try:
        text = value.decode("utf-8") if kind == "text" else value
        if CHECKS[column]([text]):
            return False
        if unpack is not None:
            from_json(text, unpack, column, library)
    except (UnicodeDecodeError, LibraryError):
        return False
    return True


def _unreadable_facets(database: Database, facets: Registry) -> list[str]:
    """Return one sentence part for each facet that holds values which cannot be read, in its newest version."""
    problems = []
    for facet in facets:
        n_bad = 0
        sql = "SELECT data AS d FROM facet WHERE name = ? AND version LIKE ? AND typeof(data) = 'blob'"
        for batch in database.batches(sql, (facet.name, f"%/{facet.version}")):
            for (data,) in batch:
                try:
                    value = value_of(facet, data, str(database.path))
                except LibraryError:
                    n_bad += 1
                else:
                    n_bad += facet.name == TIMBRE.name and value is not None and not is_unit(value)
        if n_bad:
            problems.append(f"{n_bad} values of the facet {facet.name} that cannot be read")
    return problems
