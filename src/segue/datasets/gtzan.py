"""GTZAN as mel spectrograms, with the fault-filtered, artist-aware split.

GTZAN (Tzanetakis and Cook 2002) holds 1,000 clips of 30 s in ten genres, with repetitions,
mislabellings and distortions catalogued by Sturm (2013). Only the split of Kereliuk, Sturm and
Larsen (2015) is offered here: 443 clips to train on, 197 to validate, 290 to test, 70 faulty
clips left out. One training clip (jazz.00054) is unreadable in every current copy, so 442 have a
spectrogram.

The split was made artist-aware with the index of its day. By today's corrected index ten artists
are still in two parts (Burning Spear, Metallica, ...); `Gtzan.with_artists_elsewhere` names the
clips concerned, so that scores can be given with and without them.

The folder: ``tracks.csv`` (index), ``splits/{train,valid,test}_filtered.txt``,
``excluded_by_fault_filter.txt``, ``exact_duplicates_by_sha256.txt``, ``mel128x387_uint8.npz``
and, for training with a teacher, ``openl3_512_without_test.npz``.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segue.errors import DatasetError

SPLIT_NAME = "fault-filtered"
PARTS = ("train", "valid", "test")
_PART_SIZES = {"train": 443, "valid": 197, "test": 290}
_MEL_FILE = "mel128x387_uint8.npz"
_TEACHER_FILE = "openl3_512_without_test.npz"


@dataclass(frozen=True, slots=True)
class Clip:
    """One line of the index. ``artist`` is None where Sturm's index does not know."""

    track_id: str
    genre: str
    artist: str | None
    part: str  # "train", "valid", "test" or "excluded"


@dataclass(frozen=True, slots=True)
class Part:
    """The clips of one part that have a spectrogram, in index order; row i of each array is clip i."""

    name: str
    clips: tuple[Clip, ...]
    mel: np.ndarray  # uint8 (n, 128, 387), 0..255 for the clip's own minimum..maximum
    labels: np.ndarray  # int64 (n,), index into Gtzan.classes

    @property
    def ids(self) -> tuple[str, ...]:
        """Track ids in row order."""
        return tuple(clip.track_id for clip in self.clips)

    @property
    def groups(self) -> tuple[str, ...]:
        """One name per clip that its artist's clips share; an unknown artist stands alone."""
        return tuple(clip.artist or f"unknown artist of {clip.track_id}" for clip in self.clips)


@dataclass(frozen=True, slots=True)
class Gtzan:
    """The index, checked; spectrograms are read part by part."""

    folder: Path
    clips: tuple[Clip, ...]
    classes: tuple[str, ...]
    copies: tuple[frozenset[str], ...]  # ids whose audio is byte-identical
    archive_sha256: str

    def ids_of(self, part: str) -> frozenset[str]:
        """Ids of all clips of ``part``, with or without a spectrogram."""
        return frozenset(clip.track_id for clip in self.clips if clip.part == part)

    def with_artists_elsewhere(self, part: str) -> frozenset[str]:
        """Return ids of clips of ``part`` whose artist also has clips in another part of the split."""
        elsewhere = {c.artist for c in self.clips if c.artist and c.part in PARTS and c.part != part}
        return frozenset(c.track_id for c in self.clips if c.part == part and c.artist in elsewhere)

    def part(self, name: str) -> Part:
        """Return the clips of part ``"train"``, ``"valid"`` or ``"test"`` that have a spectrogram.

        Raises DatasetError for another name or an archive that lacks what the index promises.
        """
        if name not in PARTS:
            raise DatasetError(
                f"The {SPLIT_NAME} split has no part {name!r}; choose one of {', '.join(PARTS)}."
            )
        with np.load(self.folder / _MEL_FILE, allow_pickle=False) as archive:
            row_of = {str(track_id): row for row, track_id in enumerate(archive["track_id"])}
            mel = archive["mel"]
        clips = tuple(clip for clip in self.clips if clip.part == name and clip.track_id in row_of)
        if mel.ndim != 3 or mel.dtype != np.uint8 or not clips:
            raise DatasetError(f"{self.folder / _MEL_FILE} is not the mel archive; fetch the dataset again.")
        rows = [row_of[clip.track_id] for clip in clips]
        labels = np.array([self.classes.index(clip.genre) for clip in clips], dtype=np.int64)
        return Part(name, clips, mel[rows], labels)

    def teacher_embeddings(self, part: Part) -> np.ndarray:
        """Return float32 ``(n, 512)``, OpenL3's mean embedding (Cramer et al. 2019) of each clip of ``part``.

        Raises DatasetError for the test part, whose clips no teacher may speak about, and when a
        clip has no embedding.
        """
        if part.name == "test":
            raise DatasetError("There are no teacher embeddings of the test part, and there must be none.")
        path = _require(self.folder / _TEACHER_FILE)
        with np.load(path, allow_pickle=False) as archive:
            row_of = {str(track_id): row for row, track_id in enumerate(archive["track_id"])}
            embedding = archive["embedding"]
        missing = [track_id for track_id in part.ids if track_id not in row_of]
        if missing:
            raise DatasetError(f"{path} has no embedding of {missing[0]} and {len(missing) - 1} others.")
        return embedding[[row_of[track_id] for track_id in part.ids]].astype(np.float32)


def read_gtzan(folder: Path) -> Gtzan:
    """Return the index in ``folder``, checked against the split files.

    Raises DatasetError when a file is missing, when index and split files disagree, when parts
    are not of the published sizes, and when copies of one recording are in two parts.
    """
    with _require(folder / "tracks.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    try:
        clips = tuple(
            Clip(row["track_id"], row["genre"], row["artist"] or None, row["filtered_split"]) for row in rows
        )
    except KeyError as error:
        raise DatasetError(
            f"{folder / 'tracks.csv'} has no column {error}; fetch the dataset again."
        ) from None
    duplicates = _require(folder / "exact_duplicates_by_sha256.txt").read_text(encoding="utf-8")
    copies = tuple(
        frozenset(name.removesuffix(".wav") for name in line.split())
        for line in duplicates.splitlines()
        if line.strip()
    )
    archive = _require(folder / _MEL_FILE)
    gtzan = Gtzan(
        folder=folder,
        clips=clips,
        classes=tuple(sorted({clip.genre for clip in clips})),
        copies=copies,
        archive_sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
    )
    _check_parts(gtzan)
    _check_copies(gtzan)
    return gtzan


def sha256_of_ids(ids: Iterable[str]) -> str:
    """Return the SHA-256 of the sorted ids, one a line: a name for a set of clips."""
    return hashlib.sha256("".join(f"{track_id}\n" for track_id in sorted(ids)).encode()).hexdigest()


def _require(path: Path) -> Path:
    if not path.is_file():
        raise DatasetError(f"{path} is missing; give the folder that holds GTZAN's index and mel archive.")
    return path


def _check_parts(gtzan: Gtzan) -> None:
    for part, size in _PART_SIZES.items():
        path = _require(gtzan.folder / "splits" / f"{part}_filtered.txt")
        listed = {Path(line).stem for line in path.read_text(encoding="utf-8").split()}
        if listed != gtzan.ids_of(part) or len(listed) != size:
            raise DatasetError(
                f"{path} lists {len(listed)} clips and tracks.csv {len(gtzan.ids_of(part))} for the same part of "
                f"{size}; fetch the dataset again."
            )


def _check_copies(gtzan: Gtzan) -> None:
    part_of = {clip.track_id: clip.part for clip in gtzan.clips}
    for group in gtzan.copies:
        parts = {part_of[track_id] for track_id in group if part_of[track_id] in PARTS}
        if len(parts) > 1:
            raise DatasetError(f"Copies of one recording ({', '.join(sorted(group))}) are in two parts.")
