"""Exclusion lists: tracks to leave out, one a line, each with its reason; nothing is deleted by any of them.

A line is ``track_id<TAB>reason`` in UTF-8; lines that begin with ``#`` and empty lines say nothing. A track id may be
a path; control characters in it, and backslashes, are written as Python escapes. `exclusions_in` finds the tracks of a
dataset that a list means: by id, or by the path of the audio, absolute or relative to the dataset's folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from segue.errors import DatasetError
from segue.research.datasets.dataset import Dataset

_HEADING = "# Tracks to leave out, and why: track, tab, reason. Lines may be edited or deleted.\n"


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What a list leaves out of one dataset: ``ids`` of tracks; ``strangers`` are its lines that name none of them."""

    path: Path
    ids: frozenset[str]
    strangers: tuple[str, ...]
    n_lines: int

    def sentence(self) -> str | None:
        """Say how many lines name no track; None where every line names one."""
        if not self.strangers:
            return None
        return (
            f"{len(self.strangers):,} of {self.n_lines:,} lines of {self.path} name no track of this dataset; "
            f"the first is {self.strangers[0]}."
        )

    def counts(self) -> dict[str, Any]:
        """Return the same in numbers, as plain JSON values without anybody's paths but the list's name."""
        return {
            "file": self.path.name,
            "lines": self.n_lines,
            "tracks": len(self.ids),
            "naming_no_track": len(self.strangers),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "file": str(self.path),
            "lines": self.n_lines,
            "tracks": sorted(self.ids),
            "naming_no_track": list(self.strangers),
        }


def exclusions_in(path: Path, dataset: Dataset) -> Exclusions:
    """Return the tracks of ``dataset`` that the list at ``path`` names.

    The list may be one of a whole library: lines that name no track are counted. Raises DatasetError as
    `read_exclusions` does, and where not one of the lines names a track.
    """
    lines = tuple(read_exclusions(path))
    by_id = set(dataset.ids)
    by_path = {_place(dataset.root, track.path): track.track_id for track in dataset.tracks if track.path}

    @cache
    def by_real_path() -> dict[str, str]:
        # A folder may be known by another name than the one the list was written under.
        return {os.path.realpath(place): track_id for place, track_id in by_path.items()}

    def track_of(line: str) -> str | None:
        if line in by_id:
            return line
        if "\0" in line:
            return None
        place = _place(dataset.root, line)
        if place in by_path:
            return by_path[place]
        return by_real_path().get(os.path.realpath(place)) if os.path.isabs(line) else None

    named = {line: track_of(line) for line in lines}
    strangers = tuple(line for line, track_id in named.items() if track_id is None)
    if lines and len(strangers) == len(lines):
        raise DatasetError(
            f"None of the {len(lines):,} lines of {path} names a track of {dataset.name}; a line is a track's id, or the "
            f"path of its audio, absolute or relative to {dataset.root}."
        )
    return Exclusions(path, frozenset(i for i in named.values() if i is not None), strangers, len(lines))


def _place(root: Path, path: str) -> str:
    return os.path.normcase(os.path.normpath(os.path.join(root, path)))


def read_exclusions(path: Path) -> dict[str, str]:
    """Return the reasons by track id, in the order of the file; the reason is empty where a line gives none.

    Raises DatasetError where the file cannot be read, is no UTF-8 text, or names a track twice.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"The exclusion list {path} cannot be read ({error}); give a file of `track<TAB>reason` lines."
        ) from error
    reasons: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        written, _, reason = line.partition("\t")
        track_id = _plain(written.rstrip(" "))
        if track_id in reasons:
            raise DatasetError(
                f"{path}, line {number} names {track_id} a second time; delete one of the lines."
            )
        reasons[track_id] = reason.strip()
    return reasons


def write_exclusions(path: Path, reasons: Mapping[str, str]) -> None:
    """Write the list. Raises DatasetError where the file cannot be written."""
    text = _HEADING + "".join(
        f"{_escaped(track_id)}\t{' '.join(reason.split())}\n" for track_id, reason in reasons.items()
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"The exclusion list {path} cannot be written ({error}).") from error


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
