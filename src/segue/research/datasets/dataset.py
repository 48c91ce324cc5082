"""A dataset: an index of tracks, what is known to be wrong with them, and where their audio lies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from segue.errors import DatasetError
from segue.research.datasets.audio_files import AudioFiles
from segue.research.datasets.index import NameSource, Track
from segue.types import Failure


@dataclass(frozen=True, slots=True)
class Fault:
    """Something known to be wrong with a dataset, who found it, and the tracks concerned where they are listed."""

    text: str
    source: str
    track_ids: tuple[str, ...] = ()
    unreadable: bool = False  # these tracks cannot be decoded in anybody's copy


@dataclass(frozen=True, slots=True)
class Genre:
    """One node of a tree of genres; ``parent`` is the title of the node above, None at the top."""

    title: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """An index, checked when it was read; nothing of the audio has been opened.

    ``tracks`` is sorted by id and every id is there once. ``problems`` are lines of the index, or files
    beside it, that could not become tracks. ``remarks`` say, one sentence each, where the index differs from what its
    publishers promise; it counts as it stands. ``archive`` is a file of mel spectrograms, None where there
    is only audio. ``name_sources`` tells where names come from that the index itself does not have.
    """

    name: str
    root: Path
    tracks: tuple[Track, ...]
    classes: tuple[str, ...]  # labels, sorted: the order of a network's outputs
    audio: AudioFiles
    licence: str
    citation: str
    faults: tuple[Fault, ...] = ()
    genres: tuple[Genre, ...] = ()  # the tree, where labels have one
    problems: tuple[Failure, ...] = ()
    remarks: tuple[str, ...] = ()
    archive: Path | None = None
    exhaustive: bool = True  # other audio in the tracks' folders is not meant to be there
    name_sources: tuple[NameSource, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Track ids in the order of ``tracks``."""
        return tuple(track.track_id for track in self.tracks)

    @property
    def copies(self) -> tuple[frozenset[str], ...]:
        """Ids of tracks whose files are byte for byte the same, by the hashes of the index; groups of two or more."""
        same = defaultdict(set)
        for track in self.tracks:
            if track.sha256:
                same[track.sha256].add(track.track_id)
        return tuple(frozenset(ids) for ids in same.values() if len(ids) > 1)

    def remark(self) -> str | None:
        """Say in one sentence how much the index differs from what is published; None where it does not."""
        if not self.remarks:
            return None
        more = f" ({len(self.remarks):,} remarks in all; `segue datasets info` shows them)"
        return f"The index in {self.root} counts as it stands: {self.remarks[0]}{more if len(self.remarks) > 1 else ''}"

    def select(self, ids: tuple[str, ...]) -> tuple[Track, ...]:
        """Return the tracks with these ids, in the order of ``ids``.

        Raises DatasetError for an id the index does not have, and for one that is asked for twice.
        """
        by_id = {track.track_id: track for track in self.tracks}
        unknown = [track_id for track_id in ids if track_id not in by_id]
        if unknown:
            raise DatasetError(
                f"The dataset {self.name} has no track {unknown[0]!r}; `segue datasets info` lists what it has.",
                code="unknown-track",
            )
        if len(set(ids)) < len(ids):
            raise DatasetError(
                f"Of the dataset {self.name} a track is asked for twice; name each once.",
                code="duplicate-track",
            )
        return tuple(by_id[track_id] for track_id in ids)


def classes_of(tracks: tuple[Track, ...]) -> tuple[str, ...]:
    """Return the labels that occur, sorted."""
    return tuple(sorted({track.label for track in tracks if track.label is not None}))
