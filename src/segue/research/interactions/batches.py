"""Large tables in batches: CSV and other text in any compression, and Parquet. Memory is that of one batch.

Batches of text have text columns only: what does not parse as a number is then a counted row and not an error.
Parquet is read with pyarrow: of 13,860 changes of one byte in a small file it met all with an error or with other
numbers, where polars 2.1 panics and at some ends the process.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from segue.audio.quiet import quiet_stderr
from segue.errors import DatasetError, MissingExtra
from segue.history.opening import one_line, opened

if TYPE_CHECKING:
    import polars as pl
    from pyarrow.parquet import ParquetFile

_BATCH_BYTES = 8 * 1024 * 1024
_BATCH_ROWS = 500_000
_MAX_ROW_BYTES = 4 * 1024 * 1024
_PARITY_STEPS = 10_000  # line ends to go back for one outside quotes, before the quotes are called unbalanced


def polars() -> ModuleType:
    """Return the module polars, imported late. Raises MissingExtra."""
    try:
        import polars as pl
    except ImportError:
        raise MissingExtra(
            "Reading interactions needs polars; install it with: pip install 'segue[cf]'.",
            code="missing-polars",
        ) from None
    return pl


def first_row(path: Path, separator: str, *, quoted: bool = True) -> list[str]:
    """Return the cells of the first line, stripped; none for an empty file. Raises DatasetError."""
    with opened(path) as file:
        line = file.readline(_MAX_ROW_BYTES).decode("utf-8-sig", "replace")
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, quoting=quoting), [])]
    except csv.Error:
        raise DatasetError(
            f"The first line of {path} is no row (broken quotes, or lines that end in CR alone); convert the file.",
            code="not-a-table",
        ) from None


def column_names(path: Path, separator: str) -> list[str]:
    """Return the cells of the first line, each of which names another column. Raises DatasetError."""
    names = first_row(path, separator)
    if len(set(names)) < len(names):
        raise DatasetError(
            f"{path} has two columns of one name ({', '.join(names)}); rename one.", code="duplicate-column"
        )
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
                raise DatasetError(
                    f"{path} has a row longer than 4 MiB; it is no table of rows.", code="row-too-long"
                )
        if rest:
            yield _parsed(rest, names, separator, quoted)


def parquet_batches(
    path: Path, columns: Sequence[str], batch_rows: int = _BATCH_ROWS
) -> Iterator[pl.DataFrame]:
    """Yield frames of ``columns``, which the file must have, at most ``batch_rows`` rows each.

    Raises DatasetError when the file cannot be read, MissingExtra without pyarrow.
    """
    pl = polars()
    with _opened(path) as file:
        for batch in file.iter_batches(batch_rows, columns=list(columns)):
            batch.validate(full=True)
            try:
                with quiet_stderr():
                    frame = pl.from_arrow(batch)
            # A name in the schema that is no text; the panic prints its stack, whoever catches it.
            except pl.exceptions.PanicException as error:
                raise DatasetError(
                    f"{path} cannot be read as Parquet ({one_line(error)}).", code="not-readable"
                ) from None
            yield frame


def parquet_columns(path: Path) -> list[str]:
    """Return the names of the columns. Raises DatasetError when the file is no Parquet, MissingExtra without pyarrow."""
    with _opened(path) as file:
        return list(file.schema_arrow.names)


@contextmanager
def _opened(path: Path) -> Iterator[ParquetFile]:
    pq = _pyarrow_parquet()
    from pyarrow import ArrowException

    try:
        with pq.ParquetFile(path) as file:
            yield file
    # A column's name that is no text raises in Python, not in Arrow.
    except (ArrowException, OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path} cannot be read as Parquet ({one_line(error)}).", code="not-readable"
        ) from None


def _pyarrow_parquet() -> ModuleType:
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra(
            f"Reading Parquet needs pyarrow ({one_line(error)}); install it with: pip install 'segue[cf]'.",
            code="missing-pyarrow",
        ) from None
    return pq


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
