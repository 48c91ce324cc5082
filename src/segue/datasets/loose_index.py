"""An index as it lies in a folder, believed as it stands: for checking a split, not for learning from it.

Reading a dataset insists on what its publishers promise. A leak must also be found in an index somebody
corrected, cut down or divided anew, and where files that would help are missing; what is missing is named.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path, PurePath

from segue.datasets.gtzan_forms import ARCHIVE, INDEX
from segue.datasets.hashes import with_hashes
from segue.datasets.index import Track
from segue.datasets.registry import read_dataset
from segue.errors import DatasetError

_OWN = ("folder", "csv")  # whose index brings no hashes of its own
_DUPLICATES = "exact_duplicates_by_sha256.txt"
_PARTS = {"train": "train_filtered.txt", "valid": "valid_filtered.txt", "test": "test_filtered.txt"}
_SPLIT = "fault-filtered"


@dataclass(frozen=True, slots=True)
class LooseIndex:
    """``duplicates`` are listed groups of byte-identical files, None without a list; ``archive`` may be None.

    ``remarks`` say what in the folder contradicts itself.
    """

    tracks: tuple[Track, ...]
    duplicates: tuple[tuple[str, ...], ...] | None
    archive: Path | None
    remarks: tuple[str, ...] = ()


def read_loose_index(name: str, folder: Path) -> LooseIndex:
    """Return the index in ``folder``.

    For ``gtzan`` that is its ``tracks.csv`` line by line, with parts from ``splits/`` where the table has none;
    without the table, and for every other dataset, the index that `read_dataset` checks. Raises DatasetError
    where there is nothing to read, or no column ``track_id``.
    """
    if name != "gtzan" or not (folder / INDEX).is_file():
        dataset = read_dataset(name, folder)
        if name in _OWN:
            dataset = with_hashes(dataset)
        return LooseIndex(dataset.tracks, None, dataset.archive)
    listed = _listed_parts(folder / "splits")
    tracks, remarks = [], []
    for row in _rows(folder / INDEX):
        track_id = row["track_id"]
        part, published = row.get("filtered_split"), listed.get(track_id)
        if part is None:
            part = published
        elif published is not None and published != part:
            remarks.append(
                f"{track_id} is in {part} by {INDEX} and in {published} by splits/; {INDEX} counts."
            )
        label = row.get("genre") or None
        tracks.append(
            Track(
                track_id,
                label,
                row.get("artist") or None,
                row.get("title") or None,
                sha256=row.get("kaggle_sha256") or row.get("sha256") or None,
                labels=(label,) if label else (),
                splits=((_SPLIT, part),) if part in _PARTS else (),
            )
        )
    archive = folder / ARCHIVE
    return LooseIndex(
        tuple(tracks),
        _duplicates(folder / _DUPLICATES),
        archive if archive.is_file() else None,
        tuple(remarks),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read ({error}); give an index as CSV in UTF-8.") from error
    if not rows or not all(row.get("track_id") for row in rows):
        raise DatasetError(f"{path} needs a column track_id and an id in every line.")
    return rows


def _listed_parts(folder: Path) -> dict[str, str]:
    return {
        PurePath(line).stem if line.endswith((".wav", ".au")) else PurePath(line).name: part
        for part, name in _PARTS.items()
        if (folder / name).is_file()
        for line in _text(folder / name).split()
    }


def _duplicates(path: Path) -> tuple[tuple[str, ...], ...] | None:
    if not path.is_file():
        return None
    lines = _text(path).splitlines()
    groups = [tuple(n.removesuffix(".wav").removesuffix(".au") for n in line.split()) for line in lines]
    return tuple(group for group in groups if len(group) > 1)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read ({error}); give it as UTF-8.") from error
