"""What is audited: the tracks of a folder or a library, each with the path of its audio."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from segue.audio.discover import walk
from segue.audit.findings import AuditTrack
from segue.errors import SegueError
from segue.library.store import Library
from segue.types import Failure

_SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Collection:
    """Tracks, and for each the path of its audio, None where there is none.

    ``kind`` is "folder", "library" or "dataset". ``cache`` is the default place of the audit's cache; ``failures`` are
    files already known to be unreadable.
    """

    kind: str
    name: str
    tracks: tuple[AuditTrack, ...]
    paths: tuple[str | None, ...]
    cache: Path
    failures: tuple[Failure, ...] = ()

    def files(self) -> list[tuple[int, str]]:
        """Return row and path of every track that has audio."""
        return [(row, path) for row, path in enumerate(self.paths) if path is not None]


def is_library(path: Path) -> bool:
    """Return whether the file at ``path`` begins as an SQLite database does; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def read_collection(target: str) -> Collection:
    """Return the audio files below a folder, or the files of a library.

    Raises SegueError (``audit-target``) where ``target`` is neither, or a folder without audio; LibraryError where the
    library cannot be read.
    """
    path = Path(target)
    if is_library(path):
        return _library(path)
    if path.is_dir():
        return _folder(path)
    raise SegueError(
        f"{target} is neither a folder of audio files nor a library; check the name.", code="audit-target"
    )


def cache_for(folder: Path) -> Path:
    """Return the default place of the audit's cache for the audio below ``folder``: in the user's cache folder."""
    name = hashlib.blake2b(os.fsencode(os.path.abspath(folder)), digest_size=8).hexdigest()
    return Path(platformdirs.user_cache_dir("segue", appauthor=False)) / f"audit-{name}.db"


def _folder(root: Path) -> Collection:
    from segue.audio.tags import read_tags

    failures: list[Failure] = []
    tracks, paths = [], []
    for found in walk([root], failures.append):
        tags = read_tags(found.path)
        track_id = os.path.relpath(found.path, root)
        tracks.append(AuditTrack(track_id, None, tags.artist, tags.title))
        paths.append(found.path)
    if not tracks and not failures:
        raise SegueError(
            f"There is no audio in {root}; choose a folder with audio files.", code="audit-target"
        )
    return Collection("folder", str(root), tuple(tracks), tuple(paths), cache_for(root), tuple(failures))


def _library(path: Path) -> Collection:
    tracks, paths = [], []
    with Library.open(path, create=False, read_only=True) as library:
        models = list(library.models())
        for stored in library.tracks(models[-1] if models else ""):
            tags = stored.tags
            for file in stored.paths:
                tracks.append(AuditTrack(file, tags.genre, tags.artist, tags.title))
                paths.append(file)
        failures = tuple(library.failures())
    cache = path.with_name(f"{path.name}-audit")
    return Collection("library", str(path), tuple(tracks), tuple(paths), cache, failures)
