"""Exclusion lists: the tracks to leave out of training and evaluation, one a line, each with its reason.

A line is ``track<TAB>reason``; lines that begin with ``#`` are comments. Characters of a track's name that a line of
UTF-8 cannot hold are escaped as in Python. Lists may be edited by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from segue.errors import DatasetError

HEADING = "# Tracks to leave out, and why: track, tab, reason. Lines may be edited or deleted.\n"


def exclusion_text(reasons: Mapping[str, str]) -> str:
    """Return the list as text that UTF-8 can hold, tracks in the order of ``reasons``."""
    lines = (f"{_escaped(track_id)}\t{' '.join(reason.split())}\n" for track_id, reason in reasons.items())
    return (HEADING + "".join(lines)).encode("utf-8", "backslashreplace").decode("utf-8")


def read_exclusions(path: Path) -> dict[str, str]:
    """Return the reasons by track id, in the order of the file; the reason is empty where a line gives none.

    Raises DatasetError where the file cannot be read, is no UTF-8 text, or names a track twice.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"The exclusion list {path} cannot be read ({error}); each line must be `track<TAB>reason`.",
            code="exclusions-unreadable",
        ) from error
    reasons: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        written, _, reason = line.partition("\t")
        track_id = _plain(written.rstrip(" "))
        if track_id in reasons:
            raise DatasetError(
                f"{path}, line {number} names {track_id} a second time; delete one of the lines.",
                code="exclusions-duplicate",
            )
        reasons[track_id] = reason.strip()
    return reasons


def _escaped(track_id: str) -> str:
    """``track_id`` on one line, without tabs, valid UTF-8, and not taken for a comment."""
    shown = "".join(
        c
        if c.isprintable() and c != "\\" and not 0xD800 <= ord(c) < 0xE000
        else c.encode("unicode_escape").decode()
        for c in track_id
    )
    if shown.startswith(("#", " ")):
        shown = f"\\x{ord(shown[0]):02x}{shown[1:]}"
    return shown if not shown.endswith(" ") else f"{shown[:-1]}\\x20"


def _plain(written: str) -> str:
    if "\\" not in written:
        return written
    # Only what was escaped is decoded: anything beyond Latin-1 would not pass through unicode_escape.
    return re.sub(
        r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[\\tnr])",
        lambda found: found.group().encode("ascii").decode("unicode_escape"),
        written,
    )
