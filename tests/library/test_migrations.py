"""Old files are brought to the newest shape, all the way or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from segue.errors import LibraryError
from segue.library.migrations import APPLICATION_ID, MIGRATIONS, migrate, schema_version
from segue.library.store import Library
from segue.types import Tags
from tests.library.examples import FRONT_END, MODEL, analysis, put, same, silent
from tests.raising import raises

STORED = sorted(Path(__file__).parent.glob("library_v*.sql"))


def restored(dump: Path, path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return path


def test_a_file_of_every_version_is_stored():
    assert [path.name for path in STORED] == [f"library_v{v}.sql" for v in range(1, len(MIGRATIONS) + 1)]


@pytest.mark.parametrize("dump", STORED, ids=lambda dump: dump.stem)
def test_a_library_of_every_version_is_read_and_written(dump, tmp_path):
    with Library.open(restored(dump, tmp_path / "library.db")) as library:
        assert library.check().sound
        stats = library.stats()
        assert (stats.tracks, stats.files, stats.failures, stats.schema_version) == (3, 4, 1, len(MIGRATIONS))
        one = library.track_for_path("/music/one.mp3", MODEL)
        assert one.tags == Tags("One", "Björk", "Début", None, "Pop", "1993", 1)
        assert one.paths == ("/music/again.mp3", "/music/one.mp3")
        assert np.array_equal(one.analysis.embedding, analysis(1).embedding)
        assert library.track_for_path(b"/music/\xff\n.flac".decode("utf-8", "surrogateescape"), MODEL)
        assert len(library.vectors(MODEL).track_ids) == 2
        with library.scan(["/music"]) as scan:
            put(scan, "/music/new.mp3", 7)
        assert library.stats().tracks == 4


def older(missing: Iterable[str]) -> list[str]:
    """What is missing of the facets that the stored libraries' versions of segue knew, in order."""
    return [name for name in missing if name not in ("doubt", "tags")]


@pytest.mark.parametrize("dump", STORED, ids=lambda dump: dump.stem)
def test_every_number_of_an_old_library_is_the_same_bit_for_bit(dump, tmp_path):
    with Library.open(restored(dump, tmp_path / "library.db")) as library:
        for track_id, expected in ((1, analysis(1)), (2, analysis(2)), (3, silent())):
            found = library.track(track_id, MODEL).analysis
            assert same(found, expected)
            assert library.sketch(track_id, MODEL).duration_s == expected.duration_s
        wanted = library.facets.wanted(MODEL, FRONT_END, n_windows=1)
        assert older(library.known_file("/music/one.mp3", MODEL, wanted).missing) == []
        assert older(library.stats(MODEL, FRONT_END).missing) == []
        more = library.facets.wanted(MODEL, FRONT_END, n_windows=2)
        missing = older(library.known_file("/music/one.mp3", MODEL, more).missing)
        assert missing == ["genre", "timeline", "timbre"]


@pytest.mark.parametrize("dump", STORED[:2], ids=lambda dump: dump.stem)
def test_loudness_that_was_not_measured_is_missing_and_only_that(dump, tmp_path):
    path = restored(dump, tmp_path / "library.db")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE analyses SET loudness_measured = 0, loudness_lufs = NULL WHERE track_id = 2")
    connection.execute("UPDATE analyses SET tempo_bpm = 'fast' WHERE track_id = 1")
    connection.commit()
    connection.close()
    with Library.open(path) as library:
        wanted = library.facets.wanted(MODEL, FRONT_END, n_windows=1)
        assert older(library.track_by_identity(f"wav:{2:032x}", MODEL, wanted).missing) == ["loudness"]
        assert library.track(1, MODEL).analysis.tempo is None
        missing = library.stats(MODEL, FRONT_END).missing
        assert older(missing) == ["loudness"] and missing["loudness"] == 1


@pytest.mark.parametrize("dump", STORED, ids=lambda dump: dump.stem)
def test_the_next_step_keeps_what_is_there(dump, tmp_path):
    path = restored(dump, tmp_path / "library.db")
    steps = (*MIGRATIONS, "ALTER TABLE tracks ADD COLUMN mood TEXT;\nUPDATE tracks SET mood = 'new; old';")
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, str(path), steps)
    assert schema_version(connection) == len(MIGRATIONS) + 1
    assert connection.execute("SELECT DISTINCT mood FROM tracks").fetchall() == [("new; old",)]
    connection.close()
    with raises(LibraryError, "library-newer"):
        Library.open(path)


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path):
    path = restored(STORED[0], tmp_path / "library.db")
    connection = sqlite3.connect(path, isolation_level=None)
    before = list(connection.iterdump())
    with pytest.raises(sqlite3.OperationalError):
        migrate(
            connection, str(path), (*MIGRATIONS, "CREATE TABLE a (b);\nALTER TABLE nothing ADD COLUMN c;")
        )
    assert list(connection.iterdump()) == before
    assert schema_version(connection) == 1
    connection.close()


def test_a_new_file_says_what_it_is(tmp_path):
    Library.open(tmp_path / "library.db").close()
    connection = sqlite3.connect(tmp_path / "library.db")
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
