"""Where the audio of a dataset's tracks lies: files in a folder, or members of a tar that stays packed."""

from __future__ import annotations

import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import Protocol

from segue.errors import DatasetError
from segue.research.datasets.index import Track


class AudioFiles(Protocol):
    """Gives tracks a path that can be opened."""

    def each(self, tracks: Sequence[Track]) -> Iterator[tuple[Track, Path | None]]:
        """Yield every track once with the path of its audio, None where there is none.

        A path need only exist until the next one is asked for, and need not exist at all: opening it
        tells. The order is the store's own.
        """
        ...


@dataclass(frozen=True, slots=True)
class FolderAudio:
    """Files below ``root``."""

    root: Path

    def each(self, tracks: Sequence[Track]) -> Iterator[tuple[Track, Path | None]]:
        """Yield tracks in the order given; see AudioFiles."""
        for track in tracks:
            yield track, self.root / track.path if track.path is not None else None


@dataclass(frozen=True, slots=True)
class TarAudio:
    """Regular members of a tar, packed by gzip or not, whose names are the tracks' paths.

    A member is written to a temporary file under a name of our own, read and removed: whatever a
    member calls itself, nothing is ever written where its name points.
    """

    tar: Path

    def each(self, tracks: Sequence[Track]) -> Iterator[tuple[Track, Path | None]]:
        """Yield tracks in the order of the tar, those it does not hold last.

        Raises DatasetError where the tar cannot be read.
        """
        wanted = {track.path: track for track in tracks if track.path is not None}
        found = set()
        with tempfile.TemporaryDirectory(prefix="segue-") as folder, open_tar(self.tar) as tar:
            for number, member in enumerate(members(tar, self.tar)):
                track = wanted.get(plain_name(member))
                if track is None or track.track_id in found or not member.isfile():
                    continue
                found.add(track.track_id)
                path = Path(folder) / f"{number}{Path(member.name).suffix}"
                with reading_tar(self.tar), path.open("wb") as copy:
                    copyfileobj(tar.extractfile(member), copy)  # type: ignore[arg-type]
                yield track, path
                path.unlink()
        yield from ((track, None) for track in tracks if track.track_id not in found)


@contextmanager
def reading_tar(path: Path) -> Iterator[None]:
    """Inside, what a damaged tar makes of reading becomes a DatasetError."""
    try:
        yield
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise DatasetError(
            f"{path} cannot be read as a whole tar ({error}); fetch it again.", code="damaged-archive"
        ) from error


def open_tar(path: Path) -> tarfile.TarFile:
    """Return the tar, open for reading. Raises DatasetError where it is none."""
    with reading_tar(path):
        return tarfile.open(path)


def members(tar: tarfile.TarFile, path: Path) -> Iterator[tarfile.TarInfo]:
    """Yield what the tar holds, in order. Raises DatasetError where it breaks off."""
    following = iter(tar)
    while True:
        with reading_tar(path):
            member = next(following, None)
        if member is None:
            return
        yield member


def plain_name(member: tarfile.TarInfo) -> str:
    """Return the member's name without a leading ``./``."""
    return member.name.removeprefix("./")
