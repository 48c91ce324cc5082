"""Lists that came from elsewhere, playlists and listening histories: stored, read, forgotten."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from segue.errors import NotInLibrary
from segue.library.database import Database
from segue.library.records import ListEntry, ListSummary, TrackList
from segue.library.rows import from_json, text, unmatched_of

SESSION_GAP_S = 1800  # half an hour of silence ends a session, as is common for listening logs

_ENTRIES = """
SELECT l.name, l.kind, l.source, e.track_id, e.time_s, e.count
FROM lists l JOIN entries e ON e.list_id = l.id
WHERE l.kind IN ({kinds}) AND EXISTS (SELECT 1 FROM files f WHERE f.track_id = e.track_id)
ORDER BY l.name, e.position
"""
_SUMMARIES = """
SELECT l.*, count(e.track_id) AS n_entries, count(DISTINCT e.track_id) AS n_tracks
FROM lists l LEFT JOIN entries e ON e.list_id = l.id GROUP BY l.id ORDER BY l.name
"""


def put_list(
    database: Database,
    name: str,
    kind: str,
    source: str,
    entries: Sequence[ListEntry],
    unmatched: dict[str, int],
) -> None:
    """Store a list in place of one of that name, whole or not at all; committed on return."""
    name = text(name) or ""
    with database.change():
        database.execute("DELETE FROM lists WHERE name = ?", (name,))
        list_id = database.execute(
            "INSERT INTO lists (name, kind, source, unmatched, imported_at) VALUES (?, ?, ?, ?, ?)",
            (name, kind, os.fsencode(source), json.dumps(unmatched), time.time()),
        ).lastrowid
        for position, entry in enumerate(entries):
            database.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
                (list_id, position, entry.track_id, entry.time_s, entry.count),
            )
    database.commit()


def forget_list(database: Database, name: str) -> None:
    """Forget the list of that name. Raises NotInLibrary."""
    with database.change():
        found = database.execute("DELETE FROM lists WHERE name = ?", (text(name),)).rowcount
    database.commit()
    if not found:
        raise NotInLibrary(
            f"The library {database.path} holds no list called {name!r}: see 'segue history list'.",
            code="list-missing",
        )


def imported_lists(database: Database, kinds: Sequence[str]) -> list[TrackList]:
    """Return the lists of ``kinds`` by name, with the tracks that have a file; empty ones are left out."""
    rows = database.rows(_ENTRIES.format(kinds=", ".join("?" * len(kinds))), tuple(kinds))
    found = []
    for (name, kind, source), group in groupby(rows, key=itemgetter("name", "kind", "source")):
        entries = [(row["track_id"], row["time_s"], row["count"]) for row in group]
        track_ids, times_s, counts = zip(*entries, strict=True)
        found.append(
            TrackList(
                name=name,
                kind=kind,
                source=os.fsdecode(source),
                track_ids=np.array(track_ids, np.int64),
                counts=np.array(counts, np.float32),
                times_s=None if None in times_s else np.array(times_s, np.int64),
            )
        )
    return found


def list_summaries(database: Database) -> list[ListSummary]:
    """Return every imported list in numbers, by name."""
    return [
        ListSummary(
            name=row["name"],
            kind=row["kind"],
            source=os.fsdecode(row["source"]),
            entries=row["n_entries"],
            tracks=row["n_tracks"],
            unmatched=from_json(row["unmatched"], unmatched_of, "unmatched", str(database.path)),
            imported_at=row["imported_at"],
        )
        for row in database.rows(_SUMMARIES)
    ]


def sessions(history: TrackList, gap_s: int = SESSION_GAP_S) -> list[TrackList]:
    """Return the stretches of a history between pauses longer than ``gap_s``, by time; none without times."""
    if history.times_s is None or not history.times_s.size:
        return []
    order = np.argsort(history.times_s, kind="stable")
    cuts = np.flatnonzero(np.diff(history.times_s[order]) > gap_s) + 1
    return [
        TrackList(
            name=f"{history.name} {number}",
            kind="session",
            source=history.source,
            track_ids=history.track_ids[part],
            counts=history.counts[part],
            times_s=history.times_s[part],
        )
        for number, part in enumerate(np.split(order, cuts), 1)
    ]
