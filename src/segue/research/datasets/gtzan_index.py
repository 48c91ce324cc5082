"""GTZAN's ``tracks.csv``, believed as it stands, and where it says something else than what is published.

People correct this index: a mislabelled clip, an artist, a clip that should be in no part. Nothing but comparing
tells that from damage, so what differs from the published facts is told, and the table counts.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path, PurePath

from segue.errors import DatasetError
from segue.research.datasets import gtzan_facts
from segue.research.datasets.fingerprints import with_fingerprints
from segue.research.datasets.index import NameSource, Track

INDEX = "tracks.csv"
_PARTS = {"train": "train_filtered.txt", "valid": "valid_filtered.txt", "test": "test_filtered.txt"}
_LEFT_OUT = "excluded"


@dataclass(frozen=True, slots=True)
class GtzanIndex:
    """Tracks in the order of the table, without paths; ``remarks`` say, one sentence each, what is not as published.

    ``name_sources`` tells where performers and albums come from, where that is another table.
    """

    tracks: tuple[Track, ...]
    remarks: tuple[str, ...]
    name_sources: tuple[NameSource, ...] = ()


def read_gtzan_index(folder: Path) -> GtzanIndex:
    """Return what ``tracks.csv`` in ``folder`` says.

    Where the table has no column of genres, parts (``filtered_split``) or hashes (``kaggle_sha256``), these are the
    published ones; parts first those of the lists in ``splits/``, where they lie beside it. Performer and album are
    those of its columns ``performer`` and ``album``, then those of `with_fingerprints`.

    Raises DatasetError where the table cannot be read, or has no column ``track_id`` or a line without an id, or names
    a track twice.
    """
    facts = {clip.track_id: clip for clip in gtzan_facts.clips()}
    listed = _listed_parts(folder / "splits")
    tracks: dict[str, Track] = {}
    remarks = []
    for row in _rows(folder / INDEX):
        track_id = row["track_id"]
        if track_id in tracks:
            raise DatasetError(
                f"{folder / INDEX} names {track_id} twice; give each track an id of its own.",
                code="duplicate-track",
            )
        clip = facts.get(track_id)
        label = row["genre"] or None if "genre" in row else clip and clip.genre
        part, in_list = row.get("filtered_split"), listed.get(track_id)
        if part is None:
            part = in_list if listed else clip and clip.part
        elif in_list is not None and in_list != part:
            remarks.append(f"{track_id} is in {part} by {INDEX} and in {in_list} by splits/; {INDEX} counts.")
        sha256 = row.get("kaggle_sha256") or row.get("sha256") or (clip and clip.sha256)
        tracks[track_id] = Track(
            track_id,
            label,
            row.get("artist") or None,
            row.get("title") or None,
            sha256=sha256,
            labels=(label,) if label else (),
            splits=((gtzan_facts.SPLIT_NAME, part),) if part in _PARTS else (),
            performer=row.get("performer") or None,
            album=row.get("album") or None,
        )
        remarks += _differences(tracks[track_id], part, clip)
    missing = len(facts) - len(facts.keys() & tracks)
    if missing:
        remarks.insert(
            0,
            f"{INDEX} names {len(tracks):,} clips and not {missing:,} of the published {len(facts):,}, which are "
            "left out.",
        )
    named, sources = with_fingerprints(tuple(tracks.values()), folder)
    return GtzanIndex(named, tuple(remarks), sources)


def _differences(track: Track, part: str | None, clip: gtzan_facts.ClipFacts | None) -> list[str]:
    name = track.track_id
    if clip is None:
        return [f"{name} is in {INDEX}, and GTZAN as published has no such clip."]
    found = []
    if track.label != clip.genre:
        found.append(f"{name} is {track.label or 'nothing'} by {INDEX}, {clip.genre} as published.")
    if (part or _LEFT_OUT) != (clip.part or _LEFT_OUT):
        found.append(
            f"{name} is in {part or _LEFT_OUT} by {INDEX}, in {clip.part or _LEFT_OUT} as published."
        )
    if (track.sha256 or "").lower() != clip.sha256:
        found.append(f"{name} has another SHA-256 by {INDEX} than published.")
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{path} cannot be read ({error}); give an index as CSV in UTF-8.", code="not-readable"
        ) from error
    if not rows or not all(row.get("track_id") for row in rows):
        raise DatasetError(f"{path} needs a column track_id and an id in every line.", code="no-such-column")
    return rows


def _listed_parts(folder: Path) -> dict[str, str]:
    return {
        PurePath(line).stem if line.endswith((".wav", ".au")) else PurePath(line).name: part
        for part, name in _PARTS.items()
        if (folder / name).is_file()
        for line in listed_text(folder / name).split()
    }


def listed_text(path: Path) -> str:
    """Return a list that lies beside the index. Raises DatasetError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path} cannot be read ({error}); give it as UTF-8.", code="not-readable"
        ) from error
