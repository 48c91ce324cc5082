"""What is to be audited: the tracks of a dataset, a folder or a library, with where each one's audio lies."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from segue.audio.discover import walk
from segue.errors import SegueError
from segue.library.records import Embeddings
from segue.library.store import Library
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.index import Track
from segue.research.datasets.registry import KNOWN, read_dataset
from segue.types import Failure

_SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Material:
    """Tracks by id, and for each the path of its audio, None where there is none.

    ``failures`` are files known beforehand to be unreadable. ``dataset`` is set for a dataset; ``embeddings``
    are a library's, row i those of the track id ``embedded[i]``.
    """

    kind: str  # "dataset", "folder" or "library"
    name: str
    tracks: tuple[Track, ...]
    paths: tuple[str | None, ...]
    cache: Path
    failures: tuple[Failure, ...] = ()
    dataset: Dataset | None = None
    data: Path | None = None
    embeddings: Embeddings | None = None
    embedded: tuple[str, ...] = ()


def read_material(target: str, data: Path | None, labelled: bool) -> Material:
    """Return what ``target`` names: a known dataset lying in ``data``, a folder or CSV, or a library's file.

    A folder's first level of folders is its labels where ``labelled``. Raises SegueError where there is nothing
    of the kind, DatasetError or LibraryError where it cannot be read.
    """
    path = Path(target)
    if target in KNOWN:
        return _dataset(target, data)
    if path.is_file() and path.open("rb").read(len(_SQLITE)) == _SQLITE:
        return _library(path)
    if labelled or (path.suffix.lower() == ".csv" and path.is_file()):
        return _dataset(target, data)
    if path.is_dir():
        return _folder(path)
    raise SegueError(
        f"{target} is neither a dataset ({', '.join(KNOWN)}) nor a folder of audio nor a library; check the name."
    )


def _dataset(target: str, data: Path | None) -> Material:
    dataset = read_dataset(target, data)
    paths: dict[str, str | None] = {}
    if isinstance(dataset.audio, FolderAudio):
        for track, path in dataset.audio.each(dataset.tracks):
            paths[track.track_id] = str(path) if path is not None and path.is_file() else None
    else:
        paths = dict.fromkeys(dataset.ids)
    where = data or Path(target)
    return Material(
        kind="dataset",
        name=dataset.name,
        tracks=dataset.tracks,
        paths=tuple(paths[track_id] for track_id in dataset.ids),
        cache=cache_for(dataset.root),
        failures=dataset.problems,
        dataset=dataset,
        data=where,
    )


def _folder(root: Path) -> Material:
    from segue.audio.tags import read_tags

    failures: list[Failure] = []
    tracks, paths = [], []
    for found in walk([root], failures.append):
        tags = read_tags(found.path)
        track_id = os.path.relpath(found.path, root)
        tracks.append(Track(track_id, None, tags.artist, tags.title))
        paths.append(found.path)
    if not tracks and not failures:
        raise SegueError(f"There is no audio in {root}; give a folder that holds some.")
    return Material("folder", str(root), tuple(tracks), tuple(paths), cache_for(root), tuple(failures))


def _library(path: Path) -> Material:
    with Library.open(path, create=False, read_only=True) as library:
        models = list(library.models())
        model = models[-1] if models else ""
        tracks, paths, first = [], [], {}
        for stored in library.tracks(model):
            tags = stored.tags
            for file in stored.paths:
                first.setdefault(stored.track_id, file)
                tracks.append(Track(file, tags.genre, tags.artist, tags.title))
                paths.append(file)
        embeddings = library.vectors(model) if model else None
        failures = tuple(library.failures())
    embedded = () if embeddings is None else tuple(first[i] for i in embeddings.track_ids.tolist())
    return Material(
        "library",
        str(path),
        tuple(tracks),
        tuple(paths),
        path.with_name(f"{path.name}-audit"),
        failures,
        embeddings=embeddings,
        embedded=embedded,
    )


def cache_for(place: Path) -> Path:
    """Return the file in the user's cache folder that keeps what is heard of the audio below ``place``."""
    name = hashlib.blake2b(os.fsencode(os.path.abspath(place)), digest_size=8).hexdigest()
    return Path(platformdirs.user_cache_dir("segue", appauthor=False)) / f"audit-{name}.db"


def with_audio(material: Material) -> Sequence[tuple[int, str]]:
    """Return row and path of every track whose audio is there."""
    return [(row, path) for row, path in enumerate(material.paths) if path is not None]
