"""Large tables of text in any compression, a batch at a time.

Memory is that of one batch, whatever the size of the file. How a file is packed is told by its
first bytes, since browsers unpack downloads and leave the name; UTF-16, told by its mark, becomes
UTF-8 on the way. Every batch of text has text columns only: what does not parse as a number is
then a counted row and not an error.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from segue.errors import DatasetError
from segue.history.frames import polars

if TYPE_CHECKING:
    import polars as pl

_BATCH_BYTES = 8 * 1024 * 1024
_BUFFER_BYTES = 1 << 20
_HEAD_BYTES = 512
_MAX_ROW_BYTES = 64 * 1024 * 1024
_PARITY_STEPS = 10_000  # line ends to go back for one outside quotes, before the quotes are called unbalanced
_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# RFC 1952; the header of bzip2 with its block size and what begins a block, or ends a file of none; the .xz format 1.2.1.
_PACKED = re.compile(
    rb"(?P<gz>\x1f\x8b)|(?P<bz2>BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90))|(?P<xz>\xfd7zXZ\x00)"
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # the mark in front, in either order of bytes


def first_row(path: Path, separator: str, *, quoted: bool = True) -> list[str]:
    """Return the cells of the first line, stripped; none for an empty file. Raises DatasetError."""
    with opened(path) as file:
        line = file.readline(_MAX_ROW_BYTES).decode("utf-8-sig", "replace")
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, quoting=quoting), [])]
    except csv.Error:
        raise DatasetError(
            f"The first line of {path} is no row (broken quotes, or lines that end in CR alone); convert the file."
        ) from None


def column_names(path: Path, separator: str) -> list[str]:
    """Return the cells of the first line, each of which names another column. Raises DatasetError."""
    names = first_row(path, separator)
    if len(set(names)) < len(names):
        raise DatasetError(f"{path} has two columns of one name ({', '.join(names)}); rename one.")
    return names


def text_batches(
    path: Path, names: Sequence[str], separator: str, *, header: bool, quoted: bool = True
) -> Iterator[tuple[pl.DataFrame, int]]:
    """Yield frames of text columns called ``names``, null where empty, with the rows of each batch that do not parse.

    ``header`` skips the first line. Bytes that are not UTF-8 come out as U+FFFD. Raises
    DatasetError when the file cannot be read.
    """
    with opened(path) as file:
        if header:
            file.readline(_MAX_ROW_BYTES)
        elif file.peek(3)[:3] == b"\xef\xbb\xbf":
            file.read(3)
        rest = b""
        while chunk := file.read(_BATCH_BYTES):
            block = rest + chunk
            end = _end_of_rows(block, quoted)
            if end:
                yield _parsed(block[:end], names, separator, quoted)
            rest = block[end:]
            if len(rest) > _MAX_ROW_BYTES:
                raise DatasetError(f"{path} has a row longer than 64 MiB; it is no table of rows.")
        if rest:
            yield _parsed(rest, names, separator, quoted)


def one_line(error: BaseException) -> str:
    """Return the beginning of an error's text, fit to stand in a sentence."""
    return " ".join(str(error).split())[:120].rstrip(".")


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """The bytes of a file, unpacked (gz, bz2, xz, or the one file in a zip) and UTF-16 as UTF-8. Raises DatasetError."""
    try:
        with _unpacked(path) as packed:
            file = io.BufferedReader(packed, _BUFFER_BYTES)  # type: ignore[arg-type]
            if file.peek(2)[:2] in _UTF16:
                file = io.BufferedReader(_AsUtf8(file), _BUFFER_BYTES)
            yield file
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path} cannot be read ({one_line(error)}).") from None


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise DatasetError(f"{path} holds {len(names)} files; unpack it and name one.")
            with archive.open(names[0]) as file:
                yield file
    else:
        with _opener(path)(path, "rb") as file:
            yield file  # type: ignore[misc]


def _opener(path: Path) -> Callable[..., IO[bytes]]:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if packed := _PACKED.match(head):
        return _OPENERS[f".{packed.lastgroup}"]
    # Named as packed and no text either: damaged, which its own reader says best.
    is_text = head.startswith(_UTF16) or not any(byte < 0x09 for byte in head)
    return open if is_text else _OPENERS.get(path.suffix, open)


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


def _end_of_rows(block: bytes, quoted: bool) -> int:
    """Return where the last whole row of ``block`` ends; a line end between quotes ends no row."""
    last = block.rfind(b"\n") + 1
    if not quoted or block.count(b'"', 0, last) % 2 == 0:
        return last
    end, odd = last, True
    for _ in range(_PARITY_STEPS):
        before = block.rfind(b"\n", 0, end - 1) + 1
        odd ^= block.count(b'"', before, end) % 2 == 1
        if not odd:
            return before
        if not before:
            break
        end = before
    return last


def _parsed(block: bytes, names: Sequence[str], separator: str, quoted: bool) -> tuple[pl.DataFrame, int]:
    pl = polars()
    schema = dict.fromkeys(names, pl.String)
    try:
        frame = pl.read_csv(
            block,
            has_header=False,
            schema=schema,
            separator=separator,
            quote_char='"' if quoted else None,
            encoding="utf8-lossy",
            infer_schema=False,
        )
    except (
        pl.exceptions.PolarsError
    ):  # some row has too many cells or broken quotes: go through them one by one
        return _parsed_row_by_row(block.decode("utf-8", "replace"), names, separator, quoted)
    return frame, 0


def _parsed_row_by_row(
    text: str, names: Sequence[str], separator: str, quoted: bool
) -> tuple[pl.DataFrame, int]:
    """The slow way: each line for itself, and those with another number of cells counted."""
    pl = polars()
    rows, bad = [], 0
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    for line in text.removesuffix("\n").split("\n"):
        line = line.removesuffix("\r")
        if not line:
            rows.append([None] * len(names))  # as polars has it, so that blank lines are counted the same way
            continue
        try:
            cells = next(csv.reader([line], delimiter=separator, quoting=quoting, strict=True), [])
        except csv.Error:
            cells = []
        if len(cells) == len(names):
            rows.append([cell or None for cell in cells])
        else:
            bad += 1
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"), bad
