"""What is around a scan: dates of any century, others who use the library, a library that goes away."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from segue.errors import LibraryError
from segue.execution.serial import SerialExecutor
from tests.raising import raises
from tests.service.failing import FailingExecutor
from tests.service.test_scan import counts, library, music, only, scan
from tests.songs import write_song

__all__ = ["library", "music"]  # fixtures


@pytest.fixture
def timeless():
    """A folder on a file system that knows dates of all centuries, where there is one."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.parametrize("year", [1650, 1850, 2300, 2400])
def test_a_date_of_any_century_is_a_value_like_others(timeless, library, year):
    song = write_song(timeless / "song.flac", seed=1)
    when_s = (year - 1970) * 31_556_952
    os.utime(song, (when_s, when_s))
    if song.stat().st_mtime != when_s:
        pytest.skip(f"this file system knows no year {year}")
    assert counts(scan(library, song)) == only(analysed=1)
    rows = analysed_at(library)
    assert counts(scan(library, song)) == only(unchanged=1)
    os.utime(song, (when_s, when_s + 1))
    assert counts(scan(library, song)) == only(unchanged=1)
    assert analysed_at(library) == rows


def analysed_at(library):
    with contextlib.closing(sqlite3.connect(library)) as db:
        return db.execute("SELECT analysed_at FROM analyses").fetchall()


def test_the_library_is_never_locked_while_a_worker_listens(music, library):
    """At every moment a worker has a file, somebody else can write to the library at once."""
    scan(library, music)
    (music / "b" / "three.ogg").unlink()
    write_song(music / "c" / "four.flac", seed=12)
    write_song(music / "c" / "five.flac", seed=13)
    n_written = 0

    class Watched(SerialExecutor):
        def map(self, function, items, timeout_s, batch_size=1):
            def watched(visit):
                nonlocal n_written
                with contextlib.closing(sqlite3.connect(library, timeout=0)) as db:
                    db.execute("BEGIN IMMEDIATE")
                    db.rollback()
                n_written += 1
                return function(visit)

            return super().map(watched, items, timeout_s)

    assert counts(scan(library, music, executor=Watched())) == only(analysed=2, unchanged=2, removed=1)
    assert n_written == 4


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_library_that_is_gone_at_the_end_is_an_error(music, library, how):
    """What was written went into a file without a name."""

    def take_away(name):
        for path in library.parent.glob("library.db*"):
            if how == "replaced":
                shutil.copy(path, path.with_suffix(path.suffix + ".new"))
            path.unlink()
        for path in library.parent.glob("library.db*.new"):
            path.rename(path.with_suffix(""))

    with raises(LibraryError, "library-gone"):
        scan(library, music, executor=FailingExecutor({}, take_away))
