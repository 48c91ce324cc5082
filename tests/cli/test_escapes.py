"""No text from outside reaches the terminal as it is: one place prints, and it escapes."""

from __future__ import annotations

import ast
import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from segue.audit.findings import AuditReport, Finding
from segue.library.records import ListEntry
from segue.library.store import Library
from segue.service.audit.report import csv_table
from segue.types import GenreProbability, Tags
from tests.library.examples import analysis

SOURCE = Path(__file__).resolve().parents[2] / "src"
ODD = "\x1b[31m\x9b31m\u202e\u2066\x07"
# The file that prints, and the one that says what is wrong with it before it can.
PRINTERS = ("segue/cli/show.py",)
COMMANDS = sorted([*(SOURCE / "segue/cli").glob("*.py"), *(SOURCE / "segue/research/cli").glob("*.py")])


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: str(path.relative_to(SOURCE / "segue")))
def test_one_file_prints(path):
    if str(path.relative_to(SOURCE)) in PRINTERS:
        return
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = {ast.unparse(function) for function in calls}
    assert not names & {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}


def segue(folder: Path, *words: str) -> str:
    """What a command prints on both streams."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "SEGUE_LIBRARY": str(folder / "library.db")}
    done = subprocess.run(
        [sys.executable, "-m", "segue", *words], env=environment, capture_output=True, cwd=folder, check=False
    )
    return (done.stdout + done.stderr).decode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    found = analysis(1)
    found.values["genre"] = (GenreProbability(f"rock{ODD}", 1.0),)
    with Library.open(folder / "library.db") as library:
        with library.scan(["/m"]) as scan:
            scan.put_track(f"/m/{ODD}.mp3", 1, 2, "x:1", Tags(artist=ODD, title=ODD), found)
            scan.put_failure(f"/m/bad{ODD}.mp3", 1, 2, f"open{ODD}", f"It is odd{ODD}.")
        library.put_list(f"list{ODD}", "playlist", f"/{ODD}.m3u", [ListEntry(1)], {f"reason{ODD}": 1})
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("stats",),
        ("failures",),
        ("history", "list"),
        ("history", "forget", f"none{ODD}"),
        ("doctor", "--library", f"none{ODD}.db"),
        ("stats", "--library", f"none{ODD}.db"),
        ("genres", f"none{ODD}.mp3"),
        ("info", f"none{ODD}.mp3"),
        ("like", f"none{ODD}.mp3"),
        ("scan", f"none{ODD}"),
        ("audit", f"none{ODD}"),
        (f"odd{ODD}",),
        ("stats", f"--odd{ODD}"),
        ("genres", "--windows", ODD, "a.mp3"),
        ("genres", "--model", f"none{ODD}.onnx", "a.mp3"),
        ("datasets", "info", f"none{ODD}"),
        ("evaluate", f"none{ODD}", f"none{ODD}"),
    ],
    ids=lambda words: " ".join(words[:2]).encode("ascii", "ignore").decode().replace("\x1b", "").replace("\x07", ""),
)  # fmt: skip
def test_no_escape_reaches_the_terminal(folder, words):
    printed = segue(folder, *words)
    assert printed and not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)


def test_a_table_of_findings_holds_no_formula():
    finding = Finding("copies", "warning", ("=cmd()",), evidence="@a", leave_out=("+b",))
    report = AuditReport("folder", "-", 1, 1, (finding,), ())
    _, row = csv.reader(io.StringIO(csv_table(report).decode()))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
