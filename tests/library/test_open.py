"""Every library that cannot be used is refused in one sentence, and left as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from segue.errors import LibraryError, LibraryInUse
from segue.library.migrations import MIGRATIONS
from segue.library.store import Library
from segue.types import Tags
from tests.library.examples import MODEL, analysis, put
from tests.raising import raises

VERSION = len(MIGRATIONS)


def filled(path, n=3):
    with Library.open(path) as library, library.scan(["/music"]) as scan:
        for i in range(n):
            put(scan, f"/music/{i}.mp3", i)
        scan.commit()
    return path


def refused(path, code, **how):
    """Check that opening fails with one sentence that names the file."""
    with raises(LibraryError, code) as caught:
        Library.open(path, **how)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_new_library_and_its_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b?c#d" / "library.db"
    with Library.open(path) as library:
        assert library.stats().schema_version == VERSION
        assert library.path == path
    assert path.read_bytes().startswith(b"SQLite format 3")


def test_no_library_yet(tmp_path):
    path = tmp_path / "library.db"
    refused(path, "library-missing", create=False)
    refused(path, "library-missing", read_only=True)
    assert not path.exists()


def test_a_text_file(tmp_path):
    path = tmp_path / "library.db"
    path.write_text("dear diary\n" * 1000)
    before = path.read_bytes()
    refused(path, "not-a-library")
    refused(path, "not-a-library", read_only=True)
    assert path.read_bytes() == before


def test_a_folder(tmp_path):
    refused(tmp_path, "library-is-a-folder")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / "x" / "library.db", "library-folder-not-made")


def test_the_database_of_another_program(tmp_path):
    path = tmp_path / "places.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    before = path.read_bytes()
    refused(path, "library-foreign")
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA application_id = 7")
    other.close()
    refused(path, "library-foreign")
    assert path.read_bytes()[100:] == before[100:]


def test_a_newer_library(tmp_path):
    path = filled(tmp_path / "library.db")
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    refused(path, "library-newer")
    refused(path, "library-newer", read_only=True)


def test_a_damaged_library(tmp_path):
    path = filled(tmp_path / "library.db", 200)
    whole = bytearray(path.read_bytes())
    half = len(whole) // 2
    whole[4096:] = bytes(len(whole) - 4096)
    path.write_bytes(whole)
    with raises(LibraryError, "library-damaged"), Library.open(path) as library:
        library.stats()
    path.write_bytes(whole[:half])
    with raises(LibraryError, "library-damaged"), Library.open(path) as library:
        library.stats()


def test_a_damaged_library_never_answers_that_nothing_failed(tmp_path):
    path = filled(tmp_path / "library.db", 200)
    whole = bytearray(path.read_bytes())
    whole[4096:20_000] = os.urandom(20_000 - 4096)
    path.write_bytes(whole)
    with (
        Library.open(path, read_only=True) as library,
        raises(LibraryError, "library-damaged"),
    ):
        list(library.failures())


def test_reading_only(tmp_path):
    path = filled(tmp_path / "library.db")
    with Library.open(path, read_only=True) as library:
        assert library.stats().tracks == 3
        with raises(LibraryError, "library-read-only"):
            library.scan(["/music"])


def test_reading_only_sees_what_a_running_scan_has_stored(tmp_path):
    path = tmp_path / "library.db"
    with Library.open(path) as library, library.scan(["/music"]) as scan:
        put(scan, "/music/a.mp3", 1)
        with Library.open(path, read_only=True) as reader:
            assert reader.stats().tracks == 1
            put(scan, "/music/b.mp3", 2)
            assert reader.stats().tracks == 2


@pytest.fixture
def unprivileged_folder():
    """A folder of a user whom permissions bind; pytest's own are closed to other users."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions: this system has no effective user")
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    folder = Path(tempfile.mkdtemp())
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)
    if was_root:
        os.seteuid(0)


def test_a_read_only_file(unprivileged_folder):
    path = filled(unprivileged_folder / "library.db")
    path.chmod(0o400)
    with Library.open(path) as library:
        assert library.stats().tracks == 3
        with raises(LibraryError, "library-read-only"):
            library.scan(["/music"])


def test_a_read_only_folder(unprivileged_folder):
    path = filled(unprivileged_folder / "library.db")
    unprivileged_folder.chmod(0o500)
    refused(path, "library-read-only")
    with Library.open(path, read_only=True) as library:  # as from a CD
        assert len(library.vectors(MODEL).track_ids) == 3
    refused(unprivileged_folder / "new.db", "library-not-opened")


def test_a_file_that_may_not_be_read(unprivileged_folder):
    path = filled(unprivileged_folder / "library.db")
    path.chmod(0)
    refused(path, "library-not-opened")


@pytest.fixture
def full_disk(tmp_path):
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "segue-test", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"mount: a tmpfs cannot be mounted here ({mounted.stderr.strip()})")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def disk_made_read_only(full_disk):
    """A disk that holds a library and was then mounted again, read-only."""
    path = filled(full_disk / "library.db")
    remounted = subprocess.run(["mount", "-o", "remount,ro", full_disk], capture_output=True, text=True)
    if remounted.returncode:
        pytest.skip(f"mount: a tmpfs cannot be mounted read-only here ({remounted.stderr.strip()})")
    return path


def test_a_library_on_a_disk_mounted_read_only(disk_made_read_only):
    path = disk_made_read_only
    refused(path, "library-read-only")
    refused(path, "library-read-only", create=False)
    with Library.open(path, read_only=True) as library:
        assert library.stats().tracks == 3 and list(library.failures()) == []


def test_a_full_disk_loses_nothing_that_was_stored(full_disk):
    path = full_disk / "library.db"
    stored = []
    with Library.open(path) as library, library.scan(["/music"]) as scan:
        with raises(LibraryError, "library-no-room"):
            for i in range(10_000):
                scan.put_track(f"/music/{i}.mp3", 1, 2, f"x:{i}", Tags(), analysis(i))
                stored.append(i)
    assert len(stored) > 10
    with Library.open(path, read_only=True) as library:
        assert library.check().sound
        assert library.stats().tracks == len(stored)


def test_no_room_for_a_library_at_all(full_disk):
    (full_disk / "filler").write_bytes(bytes(1_040_000))
    with raises(LibraryError) as caught:
        Library.open(full_disk / "library.db")
    assert caught.value.code in ("library-no-room", "library-disk-failed")  # SQLite finds out in either way


def test_a_library_another_program_writes_to(tmp_path, monkeypatch):
    monkeypatch.setattr("segue.library.database._WAIT_S", 0.05)
    path = filled(tmp_path / "library.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with Library.open(path) as library:
            assert library.stats().tracks == 3  # readers need not wait
            with raises(LibraryInUse, "library-in-use"):
                library.scan(["/music"])
    finally:
        other.close()


def test_two_processes_make_the_same_library(tmp_path):
    code = "import sys; from segue.library.store import Library; Library.open(sys.argv[1]).close()"
    path = tmp_path / "library.db"
    both = [subprocess.Popen([sys.executable, "-c", code, path], stderr=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate()[1] for process in both] == [b""] * 4
    with Library.open(path, create=False) as library:
        assert library.check().sound
