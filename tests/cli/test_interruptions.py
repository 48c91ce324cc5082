"""A scan that is killed or interrupted keeps what it finished, and the next one goes on."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.songs import write_song

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stops processes by POSIX signals")
N_SONGS = 14
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def music(tmp_path):
    for i in range(N_SONGS):
        write_song(tmp_path / "music" / f"song{i:02d}.flac", seconds=45, seed=i)
    return tmp_path / "music"


def start(library, music):
    command = [
        sys.executable,
        "-m",
        "segue",
        "scan",
        "--jobs",
        "2",
        "--library",
        str(library),
        "--json",
        str(music),
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def analysed(library):
    try:
        with sqlite3.connect(f"file:{library}?mode=ro", uri=True, timeout=5) as db:
            return db.execute("SELECT count(*) FROM analyses").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # not there yet


def wait_for_some(library, process, some):
    deadline = time.monotonic() + 60
    while analysed(library) < some:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finish(library, music):
    process = start(library, music)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.mark.parametrize("some", [1, 4, 7])
def test_kill_9_loses_at_most_what_was_in_flight(tmp_path, music, some):
    library = tmp_path / "library.db"
    process = start(library, music)
    wait_for_some(library, process, some)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = analysed(library)
    assert some <= kept < N_SONGS
    report = finish(library, music)
    assert report["unchanged"] == kept and report["analysed"] == N_SONGS - kept and report["failed"] == 0
    assert finish(library, music)["unchanged"] == N_SONGS


def test_kill_9_of_the_scan_alone_frees_the_library_and_its_workers(tmp_path, music):
    library = tmp_path / "library.db"
    process = start(library, music)
    wait_for_some(library, process, 2)
    process.kill()
    process.communicate()
    report = finish(library, music)
    assert report["analysed"] + report["unchanged"] == N_SONGS
    deadline = time.monotonic() + 15
    while in_group(process.pid):
        assert time.monotonic() < deadline, "workers outlive their scan"
        time.sleep(0.1)


def in_group(group):
    """Living processes of a process group, by /proc."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def test_ctrl_c_ends_cleanly(tmp_path, music):
    library = tmp_path / "library.db"
    process = start(library, music)
    wait_for_some(library, process, 2)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does: the whole group hears it
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == "" and "Traceback" not in err and "stopped" in err
    kept = analysed(library)
    report = finish(library, music)
    assert report["unchanged"] >= kept >= 2
    assert report["analysed"] + report["unchanged"] == N_SONGS


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="finds workers by /proc")
def test_kill_9_of_workers_costs_no_song(tmp_path, music):
    library = tmp_path / "library.db"
    process = start(library, music)
    some = 1
    for _ in range(2):
        wait_for_some(library, process, some)
        for worker in workers_of(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        # Two were killed and two wait behind them: with five more done, none is on its last try.
        some = analysed(library) + 5
    out, err = process.communicate(timeout=300)
    report = json.loads(out)
    assert (process.returncode, report["analysed"], report["failed"]) == (0, N_SONGS, 0), err


def workers_of(parent):
    """The living workers of a scan: its children that multiprocessing spawned to work."""
    found = []
    for process in in_group(parent):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent and b"spawn_main" in command:
            found.append(process)
    return found
