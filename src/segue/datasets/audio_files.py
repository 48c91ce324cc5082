"""Where the audio of a dataset's tracks lies: files in a folder, or members of a tar that stays packed."""

from __future__ import annotations

import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import Protocol

from segue.datasets.index import Track
from segue.errors import DatasetError


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
        with tempfile.TemporaryDirectory(prefix="segue-") as folder, open_tar(self.tar) as tar:
            for number, member in enumerate(members(tar, self.tar)):
                track = wanted.pop(plain_name(member), None)
                if track is None or not member.isfile():
                    continue
                path = Path(folder) / f"{number}{Path(member.name).suffix}"
                with path.open("wb") as copy:
                    copyfileobj(tar.extractfile(member), copy)
                yield track, path
                path.unlink()
        given = {id(track) for track in wanted.values()}
        yield from ((track, None) for track in tracks if track.path is None or id(track) in given)


def open_tar(path: Path) -> tarfile.TarFile:
    """Return the tar, open for reading. Raises DatasetError where it is none."""
    try:
        return tarfile.open(path)
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} cannot be read as a tar ({error}); fetch it again.") from error


def members(tar: tarfile.TarFile, path: Path) -> Iterator[tarfile.TarInfo]:
    """Yield what the tar holds, in order. Raises DatasetError where it breaks off."""
    try:
        yield from tar
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} breaks off ({error}); fetch it again.") from error


def plain_name(member: tarfile.TarInfo) -> str:
    """Return the member's name without a leading ``./``."""
    return member.name.removeprefix("./")
