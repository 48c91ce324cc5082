"""Opening text files and zip archives from outside: any compression, and bounds on what they may unpack to.

Only regular files are opened: a device or a pipe may never end. The compression is read from the first bytes, since
browsers unpack downloads and keep the name. Bounds are checked while reading, so that memory and time stay those of
an honest file.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from segue.errors import DatasetError

MAX_LINE = 1 << 20  # characters; one listen or playlist entry is a thousandth of that
MAX_RATIO = 200  # unpacked to packed; text of listening logs compresses 5 to 50 times, gzip reaches 1,032
MAX_MEMBERS = 100_000  # files in a zip; an export of listens has one a month
_FREE_BYTES = 64 << 20  # unpacked bytes before the ratio counts
_MAX_DIRECTORY_BYTES = MAX_MEMBERS * 512  # of a zip's table of contents: 46 bytes and a name for each member
_BUFFER_BYTES = 1 << 20
_HEAD_BYTES = 512
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# RFC 1952; the header of bzip2 with its block size and what begins a block, or ends a file of none; the .xz format 1.2.1.
_PACKED = re.compile(
    rb"(?P<gz>\x1f\x8b)|(?P<bz2>BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90))|(?P<xz>\xfd7zXZ\x00)"
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # byte order marks
# What the readers of the standard library raise for damaged or odd files (also: a password, a zip of version 99).
_DAMAGED = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)


def one_line(error: BaseException) -> str:
    """Return the beginning of an error's text, fit to stand in a sentence."""
    return " ".join(str(error).split())[:120].rstrip(".")


def require_regular(path: Path) -> None:
    """Raise DatasetError (``not-readable``, ``not-a-file``) when ``path`` is no regular file."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read ({one_line(error)}).", code="not-readable") from None
    if not stat.S_ISREG(mode):
        raise DatasetError(
            f"{path} is not a regular file; save the data to a file, or pipe it to `segue history import -`.",
            code="not-a-file",
        )


@contextmanager
def opened(path: Path, *, as_utf8: bool = True, max_bytes: int | None = None) -> Iterator[io.BufferedReader]:
    """Open a file's bytes, unpacked (gz, bz2, xz, or the only file of a zip); UTF-16 is read as UTF-8.

    ``as_utf8`` False leaves UTF-16 as it is; ``max_bytes`` bounds the unpacked size. Raises DatasetError
    (``not-readable``, ``not-a-file``, ``unpacks-too-large``), also while the file is read.
    """
    require_regular(path)
    with readable(path), _unpacked(path) as packed:
        bounded = _Bounded(packed, path, path.stat().st_size, max_bytes)
        file: io.BufferedReader = io.BufferedReader(bounded, _BUFFER_BYTES)
        if as_utf8 and file.peek(2)[:2] in _UTF16:
            file = io.BufferedReader(_AsUtf8(file), _BUFFER_BYTES)
        yield file


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what a damaged file makes readers raise into one DatasetError (``not-readable``)."""
    try:
        yield
    except _DAMAGED as error:
        raise DatasetError(f"{path} cannot be read ({one_line(error)}).", code="not-readable") from None


def text_lines(
    path: Path, *, errors: str = "strict", too_long: Callable[[], object] | None = None
) -> Iterator[str]:
    """Yield the lines of a text file with their ends (LF, CR LF or CR), one at a time.

    ``errors`` says what becomes of bytes that are not UTF-8, as for `bytes.decode`. A line of more than `MAX_LINE`
    characters raises DatasetError (``line-too-long``), or is left out after a call of ``too_long``. Raises
    DatasetError (``not-utf-8``) and as `opened` does.
    """
    with opened(path) as file:
        yield from _lines(io.TextIOWrapper(file, "utf-8-sig", errors, newline=""), path, too_long)


def _lines(text: IO[str], path: Path, too_long: Callable[[], object] | None) -> Iterator[str]:
    try:
        while line := text.readline(MAX_LINE):
            if len(line) < MAX_LINE or line.endswith(("\n", "\r")):
                yield line
                continue
            if too_long is None:
                raise DatasetError(
                    f"{path} has a line of more than {MAX_LINE:,} characters; it is not a list of songs.",
                    code="line-too-long",
                )
            too_long()
            while (rest := text.readline(MAX_LINE)) and not rest.endswith(("\n", "\r")):
                pass
    except UnicodeDecodeError:
        raise DatasetError(
            f"{path} is not UTF-8 text; export it again, or convert it.", code="not-utf-8"
        ) from None


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive of at most `MAX_MEMBERS` files.

    Raises DatasetError (``not-readable``, ``not-a-file``, ``too-many-members``, ``encrypted``), also while it is read.
    """
    require_regular(path)
    with readable(path):
        if directory_bytes(path) > _MAX_DIRECTORY_BYTES:
            raise _too_many(path)
        with zipfile.ZipFile(path) as archive:
            if len(archive.filelist) > MAX_MEMBERS:
                raise _too_many(path)
            if any(info.flag_bits & 1 for info in archive.filelist):  # PKWARE APPNOTE 4.4.4
                raise DatasetError(f"{path} is encrypted; unpack it and name its folder.", code="encrypted")
            yield archive


@contextmanager
def member(archive: zipfile.ZipFile, name: str, path: Path) -> Iterator[io.BufferedReader]:
    """Open one file of the zip at ``path``, bounded as `opened` is. Raises DatasetError as `opened` does."""
    with readable(path), archive.open(name) as file:
        bounded = _Bounded(file, path, archive.getinfo(name).compress_size)
        yield io.BufferedReader(bounded, _BUFFER_BYTES)


def directory_bytes(path: Path) -> int:
    """Return the size of a zip's table of contents as its end record states it; 0 where there is none.

    zipfile reads the table whole before anything can be asked of it (PKWARE APPNOTE 4.3.14 to 4.3.16).
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 65_557))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            return 0
        stated = int(struct.unpack_from("<I", tail, at + 12)[0])
        if stated == 0xFFFFFFFF and at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
            file.seek(min(size, struct.unpack_from("<Q", tail, at - 12)[0]))
            record = file.read(56)
            return int(struct.unpack_from("<Q", record, 40)[0]) if len(record) == 56 else 0
        return stated


def _too_many(path: Path) -> DatasetError:
    return DatasetError(
        f"{path} holds more than {MAX_MEMBERS:,} files; it is no export of listens.", code="too-many-members"
    )


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix == ".zip":
        with opened_zip(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise DatasetError(
                    f"{path} holds {len(names)} files; unpack it and name one.", code="several-members"
                )
            with archive.open(names[0]) as file:
                yield file
    else:
        with _opener(path)(path, "rb") as file:
            yield file


def _opener(path: Path) -> Callable[..., Any]:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if packed := _PACKED.match(head):
        return _OPENERS[f".{packed.lastgroup}"]
    # Named as packed and no text either: damaged, which its own reader says best.
    is_text = head.startswith(_UTF16) or not any(byte < 0x09 for byte in head)
    return open if is_text else _OPENERS.get(path.suffix, open)


class _Bounded(io.RawIOBase):
    """The bytes of ``file``, with an error where it unpacks to more than its packed size explains."""

    def __init__(self, file: IO[bytes], path: Path, packed_bytes: int, max_bytes: int | None = None) -> None:
        self._file, self._path, self._n_bytes = file, path, 0
        self._most = max(_FREE_BYTES, MAX_RATIO * packed_bytes)
        if max_bytes is not None:
            self._most = min(self._most, max_bytes)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._file.read(len(buffer))
        self._n_bytes += len(block)
        if self._n_bytes > self._most:
            raise DatasetError(
                f"{self._path} unpacks to more than {self._most:,} bytes, which no honest file of its kind does.",
                code="unpacks-too-large",
            )
        buffer[: len(block)] = block
        return len(block)


class _AsUtf8(io.RawIOBase):
    """The text of a file in UTF-16 as the bytes of UTF-8, read as it is asked for; what is no text comes out as U+FFFD."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready and (chunk := self._file.read(_BUFFER_BYTES)):
            self._ready = self._decoder.decode(chunk).encode("utf-8")
        if not self._ready:
            self._ready = self._decoder.decode(b"", final=True).encode("utf-8")
        n_bytes = min(len(buffer), len(self._ready))
        buffer[:n_bytes] = self._ready[:n_bytes]
        self._ready = self._ready[n_bytes:]
        return n_bytes
