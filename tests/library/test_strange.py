"""A stranger's or a half-damaged library is an error that says so: nothing of it runs, and no value is believed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from segue.errors import LibraryError
from segue.library.grades import GradedModel, KeptGrade
from segue.library.records import ListEntry
from segue.library.store import Library
from segue.service.doctor import examine
from tests.library.examples import MODEL, put
from tests.raising import raises


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "library.db"
    with Library.open(path) as library:
        with library.scan(["/m"]) as scan:
            for seed in range(3):
                put(scan, f"/m/{seed}.mp3", seed)
            scan.put_failure("/m/bad.mp3", 1, 2, "open", "It is empty.")
            scan.finish(force=True)
        with library.scan(["/m"]) as scan:
            for seed in range(3):
                put(scan, f"/m/{seed}.mp3", seed)
            scan.put_failure("/m/bad.mp3", 1, 2, "open", "It is empty.")
        library.put_list("a", "playlist", "/a.m3u", [ListEntry(1, 5), ListEntry(2, 6)], {"no such file": 1})
        library.put_grade(KeptGrade("content", "", ("playlist",), (GradedModel("content", 0.5, {}),)))
    return path


def spoil(path: Path, *statements: str, values: tuple = ()) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for statement in statements:
        connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER odd AFTER INSERT ON scans BEGIN SELECT 1; END",
        "CREATE VIEW odd AS SELECT 1",
        "CREATE VIRTUAL TABLE odd USING fts5(a)",
    ],
)
def test_what_runs_by_itself_is_refused(path, statement, read_only):
    spoil(path, statement)
    with raises(LibraryError, "library-triggers"):
        Library.open(path, read_only=read_only)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE entries",
        "DROP TABLE failures",
        "ALTER TABLE tracks DROP COLUMN title",
        "ALTER TABLE tracks ADD COLUMN odd",
        "ALTER TABLE grades RENAME COLUMN grade TO odd",
    ],
)
def test_missing_and_altered_tables_are_found_at_opening(path, statement, read_only):
    spoil(path, statement)
    with raises(LibraryError, "library-damaged"):
        Library.open(path, read_only=read_only)


def everything(library: Library) -> None:
    """Read all that a library can be asked."""
    library.stats(MODEL, "mel128-v1")
    list(library.failures())
    for track in [*library.tracks(MODEL)]:
        library.sketch(track.track_id, MODEL)
        for file in track.paths:
            library.known_file(file, MODEL)
    library.vectors(MODEL)
    ids = library.columns(MODEL).track_ids
    for name in ("tempo", "key", "loudness", "fingerprint", "genre", "timeline"):
        library.column(name, ids, MODEL)
    library.chunk_genres(MODEL)
    library.artists(ids)
    library.lists()
    library.list_summaries()
    library.albums()
    list(library.files())
    list(library.names())
    library.grade()
    library.models()
    library.generation()


def test_a_sound_library_is_read(path):
    with Library.open(path, read_only=True) as library:
        everything(library)
        assert library.check().sound


SPOILT = [
    ("tracks", "title", b"\x00\xff"),
    ("tracks", "track_number", "x"),
    ("files", "path", "text"),
    ("files", "path", b"/a\x00b"),
    ("files", "size", b"x"),
    ("failures", "cause", b"\xff"),
    ("analyses", "duration_s", float("inf")),
    ("analyses", "duration_s", -1),
    ("analyses", "duration_s", "long"),
    ("analyses", "flags", "{"),
    ("analyses", "flags", "[" * 100_000),
    ("analyses", "flags", "[1]"),
    ("analyses", "analysed_at", float("inf")),
    ("facet", "confidence", 1e308),
    ("lists", "unmatched", "[]x"),
    ("lists", "unmatched", '{"a": "b"}'),
    ("lists", "imported_at", "today"),
    ("entries", "time_s", "now"),
    ("entries", "count", float("inf")),
    ("grades", "grade", "[]"),
    ("grades", "grade", "{"),
    ("models", "name", b"\xff"),
]


@pytest.mark.parametrize(("table", "column", "value"), SPOILT)
def test_a_value_that_is_not_its_column_s_is_an_error(path, table, column, value):
    spoil(path, f"UPDATE OR REPLACE {table} SET {column} = ?", values=(value,))
    with Library.open(path, read_only=True) as library, raises(LibraryError, "library-damaged"):
        everything(library)


@pytest.mark.parametrize(("table", "column", "value"), SPOILT)
def test_doctor_tells_of_every_value_that_cannot_be_read(path, table, column, value):
    spoil(path, f"UPDATE OR REPLACE {table} SET {column} = ?", values=(value,))
    problems = examine(str(path)).problems
    assert any(f"{table}.{column}" in problem for problem in problems), problems


def test_text_that_is_none_is_damage(path):
    spoil(path, "UPDATE tracks SET title = CAST(x'ff41' AS TEXT)")
    with Library.open(path, read_only=True) as library, raises(LibraryError, "library-damaged"):
        everything(library)
    assert any("tracks.title" in problem for problem in examine(str(path)).problems)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("timbre", np.zeros(16, "<f4").tobytes()),
        ("timbre", np.full(16, np.nan, "<f4").tobytes()),
        ("timbre", np.full(16, 1e38, "<f4").tobytes()),
        ("tempo", np.array([np.nan, np.inf]).tobytes()),
        ("genre", b"[" * 100_000),
        ("genre", b'[["rock", 1' + b"0" * 400 + b"]]"),
        ("fingerprint", b"\x00\xff"),
        ("timeline", b"\xff"),
    ],
)
def test_a_facet_that_cannot_be_read_is_told_of(path, name, data):
    spoil(path, f"UPDATE facet SET data = ? WHERE name = '{name}'", values=(data,))
    with Library.open(path, read_only=True) as library, raises(LibraryError, "library-damaged"):
        everything(library)
    assert any(name in problem for problem in examine(str(path)).problems)


_ENDLESS = """
import signal, sys
from pathlib import Path
from segue.library.database import Database
signal.signal(signal.SIGTERM, signal.default_int_handler)
database = Database(Path(sys.argv[1]), create=False, read_only=True)
print("ready", flush=True)
try:
    database.value("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_an_endless_query(path, number):
    process = subprocess.Popen(
        [sys.executable, "-c", _ENDLESS, str(path)], stdout=subprocess.PIPE, env=os.environ.copy()
    )
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.3)
    process.send_signal(number)
    deadline = threading.Timer(60, process.kill)
    deadline.start()
    try:
        assert process.wait() == 130
    finally:
        deadline.cancel()
        process.stdout.close()
