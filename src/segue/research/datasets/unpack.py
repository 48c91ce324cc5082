"""An archive becomes a folder, whole or not at all.

Members are written by us, one plain file after another, into a hidden folder beside the target, which gets its
name when all of it is there. Links, devices, absolute names and names that climb out ("../") are refused, and
so is anything a plain file cannot be; nobody's archive decides what is written outside its folder.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from segue.errors import DatasetError
from segue.research.datasets.transport import Progress, Step, require_room

# Written into an unpacked folder last of all, so that a folder unpacked by other means is told apart.
MARK = ".segue-unpacked.json"
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)
_UNFIT = re.compile(r'[\x00-\x1f\\:*?"<>|]')  # what some system cannot have in a name, or reads as a path


@dataclass(frozen=True, slots=True)
class _Member:
    name: PurePosixPath
    size: int
    open: Callable[[], IO[bytes] | None]


def unpacked_from(folder: Path) -> str | None:
    """Return the digest (hex) of the archive that ``folder`` came whole out of, None where none is known."""
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return mark.get("digest") if isinstance(mark, dict) else None


def require_free(folder: Path) -> None:
    """Raises DatasetError when something is at ``folder`` already: it is not ours to replace."""
    if folder.exists():
        raise DatasetError(
            f"{folder} is there, but not from the archive that is published: move it away and fetch again, "
            "or check it with `segue datasets verify`."
        )


def unpack(archive: Path, folder: Path, archive_digest: str, progress: Progress) -> int:
    """Put what ``archive`` (zip, or tar of any compression) holds at ``folder`` and return the number of files.

    Where all of it lies in one folder inside, that is the one. Raises DatasetError when
    something is at ``folder`` already, when the archive is damaged or holds what is refused, and when
    there is no room; nothing is at ``folder`` then.
    """
    require_free(folder)
    begun = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(begun, ignore_errors=True)  # of a run that was killed
    try:
        with _members(archive) as members:
            _refuse_twice(members, archive)
            require_room(folder.parent, sum(m.size for m in members), f"what {archive.name} holds")
            begun.mkdir()
            _write_all(members, begun, archive, progress)
        whole = _single_folder(begun)
        (whole / MARK).write_text(
            json.dumps({"archive": archive.name, "digest": archive_digest, "files": len(members)}) + "\n",
            encoding="utf-8",
        )
        if hasattr(os, "sync"):
            os.sync()  # the name must not reach the disk before the files do
        os.replace(whole, folder)
    except _DAMAGED as error:
        raise DatasetError(
            f"{archive} cannot be unpacked ({error}): delete it and fetch it again."
        ) from error
    except OSError as error:
        raise DatasetError(
            f"{archive} could not be unpacked into {folder.parent} ({error.strerror or error}): see to the disk and "
            "fetch again; the archive is kept."
        ) from error
    finally:
        shutil.rmtree(begun, ignore_errors=True)
    return len(members)


@contextmanager
def _members(archive: Path) -> Iterator[list[_Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            yield [_of_zip(opened, info) for info in opened.infolist() if not info.is_dir()]
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as opened:
            yield [_of_tar(opened, info) for info in opened if not info.isdir()]
    else:
        raise DatasetError(f"{archive} is neither a zip nor a tar: delete it and fetch it again.")


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 1 or kind not in (0, stat.S_IFREG):
        raise _refused(archive.filename, info.filename, "is encrypted or no plain file")
    # orig_filename: what the archive says, before zipfile turns backslashes or cuts at a NUL.
    return _Member(_safe(info.orig_filename, archive.filename), info.file_size, lambda: archive.open(info))


def _of_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    if not info.isreg():
        raise _refused(archive.name, info.name, "is no plain file")
    return _Member(_safe(info.name, archive.name), info.size, lambda: archive.extractfile(info))


def _safe(name: str, archive: object) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or _UNFIT.search(name):
        raise _refused(archive, name, "would lie outside its folder, or has a name not every system takes")
    return path


def _refused(archive: object, name: str, why: str) -> DatasetError:
    return DatasetError(f"{archive} is refused, nothing was unpacked: its member {name!r} {why}.")


def _refuse_twice(members: list[_Member], archive: Path) -> None:
    """Two members of one name, also where a disk does not tell capitals from small letters, cannot both be kept."""
    seen: set[str] = set()
    for member in members:
        key = str(member.name).casefold()
        if key in seen:
            raise _refused(archive, str(member.name), "is there twice")
        seen.add(key)


def _write_all(members: list[_Member], folder: Path, archive: Path, progress: Progress) -> None:
    done, total = 0, sum(member.size for member in members)
    for member in members:
        target = folder.joinpath(*member.name.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = member.open()
        assert source is not None  # plain files only
        with source, target.open("xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
        if target.stat().st_size != member.size:
            raise tarfile.ReadError(f"{member.name} is cut off")
        done += member.size
        progress(Step(archive.name, "unpack", done, total))


def _single_folder(begun: Path) -> Path:
    inside = list(begun.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else begun
