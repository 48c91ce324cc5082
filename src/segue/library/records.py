"""What the library hands out: frozen values, paths as str (os.fsdecode), times in seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segue.types import Failure, ScanCounts, Tags, TrackAnalysis

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the library knows of the file at one path.

    ``track_id`` is None and ``failure`` set when it could not be analysed; ``analysed`` says whether its track has an
    analysis by the model asked about. ``missing`` are the facets that must be computed from the file: all wanted
    ones without an analysis, else those that the track lacks in the wanted version or effort.
    """

    file_id: int
    path: str
    size: int
    mtime_ns: int
    track_id: int | None
    analysed: bool
    missing: tuple[str, ...]
    failure: Failure | None

    @property
    def complete(self) -> bool:
        """Whether there is an analysis with all that was wanted."""
        return self.analysed and not self.missing


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """A track found by its identity; ``analysed`` and ``missing`` as of `KnownFile`."""

    track_id: int
    analysed: bool
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether there is an analysis with all that was wanted."""
        return self.analysed and not self.missing


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """One track with everything known about it; ``paths`` are the files that hold it."""

    track_id: int
    identity: str
    paths: tuple[str, ...]
    tags: Tags
    analysis: TrackAnalysis | None


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The embeddings of one model: row i of ``vectors`` belongs to ``track_ids[i]``, ids ascending.

    ``track_ids`` int64 (n,), ``vectors`` float32 (n, dim) of unit length.
    """

    model: str
    front_end: str
    track_ids: np.ndarray
    vectors: np.ndarray


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of a list: a track, when it was heard (Unix seconds, None: not told), how often."""

    track_id: int
    time_s: int | None = None
    count: float = 1.0


@dataclass(frozen=True, slots=True)
class TrackList:
    """Tracks that somebody put together, in their order; a track may be there twice.

    ``kind`` is ``"playlist"``, ``"history"``, ``"session"`` (a stretch of a history) or ``"album"``.
    ``track_ids`` int64 (n,), ``counts`` float32 (n,), ``times_s`` int64 (n,) or None when any is unknown.
    """

    name: str
    kind: str
    source: str
    track_ids: np.ndarray
    counts: np.ndarray
    times_s: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class ListSummary:
    """An imported list in numbers: entries with a track, distinct tracks, entries without one by reason."""

    name: str
    kind: str
    source: str
    entries: int
    tracks: int
    unmatched: dict[str, int]
    imported_at: float


@dataclass(frozen=True, slots=True)
class KeptRoot:
    """A scanned folder below which ``files`` files were not met and yet not forgotten, and why."""

    root: str
    files: int
    reason: str


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """How a scan ended: its counts (``seconds`` is the caller's to fill), what was kept."""

    counts: ScanCounts
    kept: tuple[KeptRoot, ...]


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """The library in numbers.

    ``tracks`` have a file, ``detached`` ones have lost their last file and keep their analysis;
    ``damaged`` tracks were analysed although some of their audio was lost.
    ``models`` counts analysed tracks by model, ``genres`` tracks by their likeliest genre, ``missing`` the tracks that
    lack a facet in the version asked about, by facet; a facet that no track lacks is left out.
    """

    tracks: int
    files: int
    failures: int
    detached: int
    damaged: int
    hours: float
    models: dict[str, int]
    genres: dict[str, int]
    missing: dict[str, int]
    size_bytes: int
    schema_version: int


@dataclass(frozen=True, slots=True)
class LibraryHealth:
    """What a check of the whole file found; no problems, no sentences."""

    problems: tuple[str, ...]
    unfinished_scans: int

    @property
    def sound(self) -> bool:
        return not self.problems
