"""What people read: tables and progress on a real terminal, plain lines in a pipe."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
TABLE = """
from segue.cli.show import table
table([("1", "a" * 70 + "\\x1b[31m"), ("22", "b\\u202ec")], header=("n", "name"), right=frozenset({0}))
"""
PROGRESS = """
import time
from segue.cli.progress import ProgressBar
with ProgressBar("tracks") as bar:
    bar.total(3)
    for failed in (False, True, False):
        time.sleep(0.3)
        bar.step(failed)
"""


def run(code: str, *, terminal: bool, **environment: str) -> str:
    """What the code prints on both streams, on a terminal of 60 columns or into a pipe."""
    settings = {**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "xterm", "COLUMNS": "60", **environment}
    command = [sys.executable, "-c", code]
    if not terminal:
        return subprocess.run(command, env=settings, capture_output=True, text=True, check=True).stdout
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=settings, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        printed = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            printed += part
        assert process.wait() == 0
    os.close(ours)
    return printed.decode()


def test_a_pipe_gets_whole_lines_without_colours():
    lines = run(TABLE, terminal=False).splitlines()
    assert lines == [" n  name", " 1  " + "a" * 70 + "\\x1b[31m", "22  b\\u202ec"]


def test_a_terminal_gets_lines_that_fit_and_no_escape_of_a_name():
    printed = run(TABLE, terminal=True, NO_COLOR="1")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    assert max(map(len, plain.splitlines())) <= 60
    assert "\x1b[31m" not in printed and "\u202e" not in printed
    assert "\\x1b[31m" in "".join(line.strip() for line in plain.splitlines())


def test_progress_tells_rate_and_failures_on_a_terminal_and_nothing_in_a_pipe():
    shown = run(PROGRESS, terminal=True, COLUMNS="100")
    assert "3/3" in shown and "tracks/s" in shown and "1 failed" in shown
    assert run(PROGRESS, terminal=False) == ""
