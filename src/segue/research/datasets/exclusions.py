"""Exclusion lists: tracks to leave out, one a line, each with its reason; nothing is deleted by any of them.

A line is ``track_id<TAB>reason`` in UTF-8; lines that begin with ``#`` and empty lines say nothing. A track id may be
a path; control characters in it, and backslashes, are written as Python escapes. `exclusions_in` finds the tracks of a
dataset that a list means: by id, or by the path of the audio, absolute or relative to the dataset's folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from segue.audit.exclusions import read_exclusions
from segue.errors import DatasetError
from segue.research.datasets.dataset import Dataset


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
            f"path of its audio, absolute or relative to {dataset.root}.",
            code="exclusions-name-no-track",
        )
    return Exclusions(path, frozenset(i for i in named.values() if i is not None), strangers, len(lines))


def _place(root: Path, path: str) -> str:
    return os.path.normcase(os.path.normpath(os.path.join(root, path)))
