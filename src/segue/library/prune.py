"""The end of a scan: forget the files that are gone, and count what became of each track."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence

from segue.library.database import Database
from segue.library.mounts import MountPoints, is_gone, printable, why_kept, why_unreachable
from segue.library.records import KeptRoot
from segue.library.rows import path_blob
from segue.types import ScanCounts


def find_missing(
    database: Database,
    scan_id: int,
    roots: Sequence[str],
    mounts: MountPoints,
    *,
    unlisted: tuple[str, ...],
    force: bool,
) -> tuple[KeptRoot, ...]:
    """List the file rows below ``roots`` that scan ``scan_id`` did not meet, or say why they are to be kept.

    What lies below ``unlisted`` folders, each ending in a separator, was not met for want of looking and
    stays. Anywhere else, a row goes when the scan met its recording at a new place and its own file is no
    more: a folder moved out of the roots is moved, not copied. What is to go is listed in the
    temporary table ``gone`` for ``forget_missing`` and ``settle``; the library itself is only read.
    """
    # Not in memory at once: an emptied library is as large as a full one.
    database.execute(
        "CREATE TEMP TABLE IF NOT EXISTS gone (file_id INTEGER PRIMARY KEY, track_id, held_track_id)"
    )
    database.execute("DELETE FROM gone")
    kept = []
    for root in roots:
        whole = None if force else why_unreachable(root)
        reasons: Counter[str] = Counter()
        for row in _not_met(database, scan_id, root):
            path, mount = os.fsdecode(row["path"]), os.fsdecode(row["mount"])
            reason = whole or (None if force else why_kept(path, mount, mounts))
            if reason is None and path.startswith(unlisted):
                reason = "a folder in it cannot be listed"
            if reason:
                reasons[reason] += 1
            else:
                database.execute(
                    "INSERT OR IGNORE INTO gone VALUES (?, ?, ?)",
                    (row["id"], row["track_id"], row["held_track_id"]),
                )
        kept += [KeptRoot(printable(root), files, reason) for reason, files in reasons.items()]
    for row in _met_elsewhere(database, scan_id):
        if is_gone(os.fsdecode(row["path"]), os.fsdecode(row["mount"]), mounts):
            database.execute(
                "INSERT OR IGNORE INTO gone VALUES (?, ?, ?)",
                (row["id"], row["track_id"], row["held_track_id"]),
            )
    return tuple(kept)


def forget_missing(database: Database) -> None:
    """Delete the file rows that ``find_missing`` listed."""
    database.execute("DELETE FROM files WHERE id IN (SELECT file_id FROM gone)")


def _not_met(database: Database, scan_id: int, root: str) -> Iterator[sqlite3.Row]:
    blob = path_blob(root)
    separator = os.fsencode(os.sep)
    first = blob if blob.endswith(separator) else blob + separator
    after = first[:-1] + bytes([first[-1] + 1])  # the first name that sorts behind everything below
    return database.rows(
        "SELECT id, path, mount, track_id, held_track_id FROM files "
        "WHERE (path = ? OR (path >= ? AND path < ?)) AND scan_id <> ?",
        (blob, first, after, scan_id),
    )


def _met_elsewhere(database: Database, scan_id: int) -> Iterator[sqlite3.Row]:
    return database.rows(
        "SELECT DISTINCT old.id, old.path, old.mount, old.track_id, old.held_track_id "
        "FROM files new JOIN files old ON old.track_id = new.track_id "
        "WHERE new.scan_id = ? AND new.held_track_id IS NOT new.track_id AND old.scan_id <> new.scan_id",
        (scan_id,),
    )


# What changed since the last finished scan: tracks that left a path, that this scan analysed, and
# that left one path and are at a new one.
_LOST = """
CREATE TEMP TABLE lost AS
SELECT held_track_id AS track_id FROM gone WHERE held_track_id IS NOT NULL
UNION SELECT track_id FROM gone WHERE track_id IS NOT NULL
UNION SELECT held_track_id FROM files WHERE held_track_id IS NOT NULL AND track_id IS NOT held_track_id
"""
_ANALYSED = "CREATE TEMP TABLE analysed AS SELECT DISTINCT track_id FROM analyses WHERE scan_id = ?"
_MOVED = """
CREATE TEMP TABLE moved AS
SELECT track_id FROM files WHERE track_id IS NOT NULL AND track_id IS NOT held_track_id
INTERSECT SELECT track_id FROM lost
EXCEPT SELECT track_id FROM analysed
"""
_REMOVED = """
SELECT count(*) FROM lost l
WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.track_id = l.track_id)
-- a track whose file went bad is counted as failed
AND NOT EXISTS (SELECT 1 FROM files f WHERE f.held_track_id = l.track_id AND f.track_id IS NULL)
"""

_UNCHANGED = """
SELECT count(*) FROM (
    SELECT track_id FROM files WHERE scan_id = ? AND track_id IS NOT NULL
    EXCEPT SELECT track_id FROM analysed EXCEPT SELECT track_id FROM moved)
"""

_FAILED = "SELECT count(*) FROM files f JOIN failures x ON x.file_id = f.id WHERE f.scan_id = ?"


def settle(database: Database, scan_id: int) -> ScanCounts:
    """Count what became of each track since the last finished scan, and make now the new past."""
    for table in ("lost", "analysed", "moved"):
        database.execute(f"DROP TABLE IF EXISTS temp.{table}")
    database.execute(_LOST)
    database.execute(_ANALYSED, (scan_id,))
    database.execute(_MOVED)
    counts = ScanCounts(
        analysed=database.value("SELECT count(*) FROM analysed"),
        unchanged=database.value(_UNCHANGED, (scan_id,)),
        moved=database.value("SELECT count(*) FROM moved"),
        failed=database.value(_FAILED, (scan_id,)),
        removed=database.value(_REMOVED),
    )
    database.execute("UPDATE files SET held_track_id = track_id WHERE held_track_id IS NOT track_id")
    return counts
