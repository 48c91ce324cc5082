"""Unpacking an archive (zip, or tar of any compression) into a folder, whole or not at all, and within bounds.

Members are written below a hidden folder beside the target, which gets its name when all of it is there. No member is
written outside: tar members pass tarfile's data filter (PEP 706), and zipfile drops what leads elsewhere from names.
"""

from __future__ import annotations

import json
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from segue.errors import DatasetError
from segue.history.opening import directory_bytes

# Written into an unpacked folder last of all, so that a folder unpacked by other means is told apart.
MARK = ".segue-unpacked.json"
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,  # encrypted
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work on one file is: ``doing`` is "download", "check" or "unpack"; in bytes."""

    name: str
    doing: str
    done: int
    total: int | None


Progress = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an archive may hold at most.

    FMA's largest has 106,574 clips in 93 GiB, and its tables unpack to four times their archive. ``ratio`` counts
    from ``free_bytes`` unpacked bytes on, since small files of zeros compress well.
    """

    members: int = 1_000_000
    member_bytes: int = 8 << 30
    total_bytes: int = 1 << 40
    ratio: float = 100.0
    free_bytes: int = 1 << 30


BOUNDS = Bounds()


def unpacked_from(folder: Path) -> str | None:
    """Return the digest (hex) of the archive that ``folder`` came whole out of, None where none is known."""
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return mark.get("digest") if isinstance(mark, dict) else None


def require_free(folder: Path) -> None:
    """Raise DatasetError (``folder-in-the-way``) when something is at ``folder`` already."""
    if folder.exists():
        raise DatasetError(
            f"{folder} exists, but was not unpacked from the published archive: move it away and fetch again, "
            "or check it with `segue datasets verify`.",
            code="folder-in-the-way",
        )


def require_room(folder: Path, n_bytes: int, what: str) -> None:
    """Raise DatasetError (``no-room``) when the disk of ``folder`` has less than ``n_bytes`` free."""
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise DatasetError(
            f"There is no room for {what} in {folder}: it needs {_gb(n_bytes)} and {_gb(free)} are free; "
            "make room, or name another folder.",
            code="no-room",
        )


def unpack(
    archive: Path, folder: Path, archive_digest: str, progress: Progress, bounds: Bounds = BOUNDS
) -> int:
    """Unpack ``archive`` to ``folder`` and return the number of files.

    Where all of it lies in one folder inside, that is the one. Raises DatasetError, and leaves nothing at ``folder``,
    when something is there already (``folder-in-the-way``), the archive is damaged (``damaged-archive``), leads
    outside or has links, devices (``unsafe-archive``), goes beyond ``bounds`` (``archive-too-large``), or the disk is
    full (``not-written``, ``no-room``).
    """
    require_free(folder)
    begun = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(begun, ignore_errors=True)  # of a run that was killed
    try:
        begun.mkdir()
        unpack_all = _unpack_zip if zipfile.is_zipfile(archive) else _unpack_tar
        n_files = done = 0
        for n_bytes, total in unpack_all(archive, begun, bounds):
            n_files, done = n_files + 1, done + n_bytes
            progress(Step(archive.name, "unpack", done, total))
        whole = _single_folder(begun)
        mark = {"archive": archive.name, "digest": archive_digest, "files": n_files}
        (whole / MARK).write_text(json.dumps(mark) + "\n", encoding="utf-8")
        if hasattr(os, "sync"):
            os.sync()  # the name must not reach the disk before the files do
        os.replace(whole, folder)
    except tarfile.FilterError as error:
        raise DatasetError(
            f"{archive} is refused, nothing was unpacked: {error}.", code="unsafe-archive"
        ) from error
    except _DAMAGED as error:
        raise DatasetError(
            f"{archive} cannot be unpacked ({error}): delete it and fetch it again.", code="damaged-archive"
        ) from error
    except OSError as error:
        raise DatasetError(
            f"{archive} could not be unpacked into {folder.parent} ({error.strerror or error}): check the disk and "
            "fetch again; the archive is kept.",
            code="not-written",
        ) from error
    finally:
        shutil.rmtree(begun, ignore_errors=True)
    return n_files


def _unpack_zip(archive: Path, folder: Path, bounds: Bounds) -> Iterator[tuple[int, int | None]]:
    """Write each member; yield its size and that of all. What zipfile reads is at most the size it states."""
    if directory_bytes(archive) > 512 * bounds.members:
        raise _too_large(archive, f"more than {bounds.members:,} members")
    with zipfile.ZipFile(archive) as opened:
        members = [info for info in opened.infolist() if not info.is_dir()]
        count = _Count(archive, bounds)
        for info in members:
            count.add(info.file_size)
        require_room(folder.parent, count.total, f"what {archive.name} holds")
        for info in members:
            opened.extract(info, folder)
            yield info.file_size, count.total


def _unpack_tar(archive: Path, folder: Path, bounds: Bounds) -> Iterator[tuple[int, int | None]]:
    """Write each member; yield its size. A tar states sizes member by member, so bounds are asked on the way."""
    if not hasattr(tarfile, "data_filter"):
        raise DatasetError(
            "Unpacking a tar safely needs Python 3.11.4 or newer; update Python, or unpack it by hand.",
            code="old-python",
        )
    if not tarfile.is_tarfile(archive):
        raise DatasetError(
            f"{archive} is neither a zip nor a tar: delete it and fetch it again.", code="damaged-archive"
        )
    count = _Count(archive, bounds)
    with tarfile.open(archive) as opened:
        for info in opened:
            count.add(info.size)
            if not (info.isreg() or info.isdir()):
                raise tarfile.SpecialFileError(info)
            require_room(folder.parent, info.size, f"what {archive.name} holds")
            opened.extract(info, folder, filter="data")
            opened.members = []  # type: ignore[attr-defined]  # a million headers are not needed again
            if info.isreg():
                yield info.size, None


class _Count:
    """Members and bytes so far; raises DatasetError (``archive-too-large``) beyond the bounds."""

    def __init__(self, archive: Path, bounds: Bounds) -> None:
        self._archive, self._bounds = archive, bounds
        self._packed_bytes = archive.stat().st_size
        self._n_members = 0
        self.total = 0

    def add(self, n_bytes: int) -> None:
        bounds = self._bounds
        self._n_members += 1
        self.total += n_bytes
        if self._n_members > bounds.members:
            raise _too_large(self._archive, f"more than {bounds.members:,} members")
        if n_bytes > bounds.member_bytes:
            raise _too_large(self._archive, f"a file of {_gb(n_bytes)}")
        if self.total > bounds.total_bytes:
            raise _too_large(self._archive, f"more than {_gb(bounds.total_bytes)}")
        if self.total > max(bounds.free_bytes, bounds.ratio * self._packed_bytes):
            raise _too_large(self._archive, f"more than {bounds.ratio:.0f} times its own size")


def _too_large(archive: Path, what: str) -> DatasetError:
    return DatasetError(
        f"{archive} is refused, nothing was unpacked: it holds {what}.", code="archive-too-large"
    )


def _single_folder(begun: Path) -> Path:
    inside = list(begun.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else begun


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes:,} bytes"
