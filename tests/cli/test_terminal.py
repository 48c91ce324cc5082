"""Terminals, pipes and systems that are not as they should be: never a traceback."""

import json
import os
import subprocess
import sys

import pytest

from tests.songs import write_song

SEGUE = f"{sys.executable} -m segue"


def shell(line, **environment):
    return subprocess.run(
        line, shell=True, capture_output=True, timeout=120, env=os.environ | environment, cwd="/tmp"
    )


@pytest.mark.parametrize(
    "line",
    [
        f"{SEGUE} doctor --library /nonexistent/l.db | head -1",
        f"{SEGUE} stats --library /nonexistent/l.db >&-",
        f"{SEGUE} stats --library /nonexistent/l.db 2>&-",
        f"{SEGUE} doctor --library /nonexistent/l.db > /dev/full",
        f"{SEGUE} stats --library /tmp/{'x' * 300}.db",
        f"SEGUE_LIBRARY='~nobody-at-all/l.db' {SEGUE} stats",
        f"{SEGUE} stats --library /tmp",
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells and devices")
def test_is_at_most_one_sentence(line):
    done = shell(line)
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
def test_a_scan_does_its_work_whatever_streams_are_closed(tmp_path, closed):
    write_song(tmp_path / "music" / "a.flac", seed=1)
    (tmp_path / "music" / "b.flac").write_bytes(b"no music")
    library = tmp_path / "library.db"
    done = shell(f"{SEGUE} scan --library '{library}' '{tmp_path}/music' {closed}")
    assert done.returncode == 3 and b"Traceback" not in done.stderr
    assert (b"1 analysed, " in done.stdout) == (">&-" not in closed.split())
    stats = json.loads(shell(f"{SEGUE} stats --json --library '{library}'").stdout)
    assert (stats["tracks"], stats["failures"]) == (1, 1)


def test_a_terminal_without_the_letters_gets_escapes(tmp_path):
    path = write_song(tmp_path / "é🎼.flac", seed=1)
    done = shell(f"{SEGUE} genres '{path}'", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0 and b"\xe9\\U0001f3bc.flac" in done.stdout


def test_a_document_never_holds_what_is_no_json(capsysbinary):
    from segue.cli.show import print_document

    print_document(
        {"nll": float("inf"), "ci95": (float("nan"), 0.5), "nested": [{"x": -float("inf")}], "n": 3}
    )
    printed = capsysbinary.readouterr().out
    assert json.loads(printed, parse_constant=lambda word: pytest.fail(f"{word} is no JSON")) == {
        "nll": None,
        "ci95": [None, 0.5],
        "nested": [{"x": None}],
        "n": 3,
    }
