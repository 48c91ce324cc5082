"""Large Parquet tables, a batch at a time.

Read with pyarrow: of 13,860 changes of one byte in a small file it met all with an error or with other
numbers, where polars 2.1 panics and at some ends the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from segue.audio.quiet import quiet_stderr
from segue.errors import DatasetError, MissingExtra
from segue.history.batches import one_line
from segue.history.frames import polars

if TYPE_CHECKING:
    import polars as pl
    from pyarrow.parquet import ParquetFile

_BATCH_ROWS = 500_000


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
                raise DatasetError(f"{path} cannot be read as Parquet ({one_line(error)}).") from None
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
        raise DatasetError(f"{path} cannot be read as Parquet ({one_line(error)}).") from None


def _pyarrow_parquet() -> ModuleType:
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra(
            f"Reading Parquet needs pyarrow ({one_line(error)}); install it with: pip install 'segue[cf]'."
        ) from None
    return pq
