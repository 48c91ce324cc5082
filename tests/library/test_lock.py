"""One scan at a time; a scan that dies lets go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from segue.errors import LibraryInUse
from segue.library.store import Library
from tests.library.examples import MODEL, put
from tests.raising import raises

# Stores tracks as fast as it can, says how many, and ends only when killed.
_SCANNING = """
import sys, time
from segue.library.store import Library
from tests.library.examples import put
with Library.open(sys.argv[1]) as library, library.scan(["/music"]) as scan:
    for i in range(int(sys.argv[2])):
        put(scan, f"/music/{i}.mp3", i)
        print(i + 1, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def scanning(tmp_path):
    """Starts a scan in another process and waits until it has stored its tracks."""
    started = []

    def start(n, wait_for):
        process = subprocess.Popen(
            [sys.executable, "-c", _SCANNING, tmp_path / "library.db", str(n)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        started.append(process)
        for _ in range(wait_for):
            assert process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_second_scan_is_refused_and_readers_are_not(tmp_path, scanning):
    path = tmp_path / "library.db"
    scanning(3, wait_for=3)
    with Library.open(path) as library:
        with raises(LibraryInUse, "scan-running"):
            library.scan(["/music"])
        assert library.stats().tracks == 3
        assert len(library.vectors(MODEL).track_ids) == 3


def test_a_killed_scan_lets_go_and_keeps_what_it_stored(tmp_path, scanning):
    process = scanning(1_000_000, wait_for=50)
    process.kill()
    said = 50 + len(process.stdout.read().split())
    process.wait()
    path = tmp_path / "library.db"
    assert path.with_name("library.db-wal").stat().st_size  # killed before it could tidy up
    with Library.open(path, read_only=True) as reader:
        assert reader.stats().tracks in (said, said + 1)
    with Library.open(path) as library:
        assert library.check().sound
        assert library.stats().tracks in (said, said + 1)
        with library.scan(["/music"]) as scan:
            put(scan, "/music/next.mp3", 2_000_000)
        assert library.check().unfinished_scans == 2


def test_marks_are_kept_within_half_a_second(tmp_path):
    path = tmp_path / "library.db"
    with Library.open(path) as library:
        with library.scan(["/music"]) as scan:
            put(scan, "/music/a.mp3", 1)
        known = library.known_file("/music/a.mp3", MODEL)
        with library.scan(["/music"]) as scan, Library.open(path, read_only=True) as reader:
            last_seen = "SELECT scan_id FROM files"
            scan.mark_seen(known)
            assert reader._db.value(last_seen) == 1  # waits for company
            time.sleep(0.55)
            scan.mark_seen(known)
            assert reader._db.value(last_seen) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork: this system has none")
def test_a_worker_that_outlives_its_scan_does_not_hold_the_lock(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        scan = library.scan(["/music"])
        worker = os.fork()
        if worker == 0:
            time.sleep(60)
            os._exit(0)
        scan.__exit__(None, None, None)
        try:
            library.scan(["/music"]).__exit__(None, None, None)
        finally:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)


def test_two_libraries_can_be_filled_at_once(tmp_path):
    with (
        Library.open(tmp_path / "a.db") as a,
        Library.open(tmp_path / "b.db") as b,
        a.scan(["/music"]),
        b.scan(["/music"]) as scan,
    ):
        put(scan, "/music/a.mp3", 1)
        assert b.stats().tracks == 1
