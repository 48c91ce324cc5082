"""The numbers are right, and what is wrong is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segue.errors import LibraryError
from segue.library.store import Library
from segue.types import Tags
from tests.library.examples import MODEL, analysis, put, silent
from tests.raising import raises


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        with library.scan(["/music"]) as scan:
            put(scan, "/music/a.mp3", 0)
            put(scan, "/music/copy.mp3", 0)
            put(scan, "/music/b.mp3", 7, model="older")
            scan.put_track("/music/silence.wav", 1, 2, "wav:0", Tags(), silent())
            scan.put_failure("/music/bad.mp3", 1, 2, "open", "It may not be read: allow reading it.")
        yield library


def test_numbers(library):
    stats = library.stats()
    assert (stats.tracks, stats.files, stats.failures, stats.detached) == (3, 4, 1, 0)
    assert stats.models == {MODEL: 2, "older": 1}
    assert stats.genres == {"rock": 2}
    assert stats.hours == pytest.approx((30.0 + 31.0 + 3.0) / 3600)
    assert stats.size_bytes >= 4096
    assert library.models() == {MODEL: "mel128-v1", "older": "mel128-v1"}


def test_damage_counts_by_each_track_s_newest_analysis(library):
    assert library.stats().damaged == 0
    for damage, expected in (("It is cut off after 12 s.", 1), (None, 0)):
        with library.scan(["/music"]) as scan:
            found = replace(analysis(0), damage=damage)
            scan.put_track("/music/a.mp3", 1000, 2000, f"wav:{0:032x}", Tags(), found)
        assert library.stats().damaged == expected


def test_the_newest_analysis_counts(library):
    with library.scan(["/music"]) as scan:
        put(scan, "/music/b.mp3", 7)
    assert library.stats().hours == pytest.approx((30.0 + 31.0 + 3.0) / 3600)
    assert library.stats().models == {MODEL: 3, "older": 1}


def test_a_sound_library(library):
    health = library.check()
    assert health.sound
    assert health.unfinished_scans == 1


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        ("DELETE FROM failures", "1 files with neither a track nor a failure"),
        ("INSERT INTO failures SELECT id, 'open', 'x', 0 FROM files WHERE id = 1", "1 files with both"),
        ("DELETE FROM analyses WHERE track_id = 1", "7 facets without an analysis"),
        (
            "UPDATE facet SET confidence = 2 WHERE name = 'key' AND track_id = 1",
            "1 facets with an impossible confidence",
        ),
        ("DELETE FROM analyses WHERE track_id = 3", "1 tracks without an analysis"),
        ("UPDATE files SET track_id = 99 WHERE id = 1", "1 references to rows that are not there"),
        (
            "UPDATE facet SET data = x'00' WHERE name = 'timbre' AND track_id = 1",
            "1 vectors of a wrong length",
        ),
    ],
)
def test_harm_is_found(library, harm, problem):
    library._db.execute("PRAGMA foreign_keys = OFF")
    library._db.execute("PRAGMA ignore_check_constraints = ON")
    library._db.execute(harm)
    assert any(found.startswith(problem) for found in library.check().problems)
    assert not library.check().sound


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("genre", b"[[1"),
        ("genre", b'{"rock": 1}'),
        ("timeline", b"[[1, 2]]"),
        ("tempo", b"1234"),
        ("key", bytes(8) + b"\xff" * 16),
    ],
)
def test_a_facet_that_cannot_be_read_is_an_error_that_says_so(library, name, data):
    library._db.execute("UPDATE facet SET data = ? WHERE name = ? AND track_id = 1", (data, name))
    with raises(LibraryError, "library-damaged"):
        library.track(1, MODEL)
    assert library.stats().tracks == 3
