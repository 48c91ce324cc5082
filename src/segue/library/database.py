"""The open SQLite file: how it is opened, read and changed, with errors in our words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segue.errors import LibraryError
from segue.library.faults import damaged, in_our_words
from segue.library.migrations import MIGRATIONS, check_kind, migrate, schema_version
from segue.library.shape import require_shape
from segue.library.values import Columns

_WAIT_S = 10.0  # a writer holds the file for milliseconds; longer means something is wrong
_BATCH = 2048
_ROWS_AT_ONCE = 64  # looked at together, which is what makes looking cheap
_LOOK_UP_EVERY = 100_000  # steps of SQLite's machine, about a millisecond

Values = Sequence[Any] | Mapping[str, Any]


class Database:
    """One connection to a library file, brought to the newest shape unless ``read_only``.

    Every value that is read is one that its column may hold (segue.library.values), else LibraryError is raised.

    Raises LibraryError (not there and not to be created, no library, newer, damaged, not
    readable or writable, no room) and LibraryInUse (another program writes to it).
    """

    def __init__(self, path: Path, *, create: bool, read_only: bool) -> None:
        self.path = path
        self._connection = _open(path, create=create and not read_only, read_only=read_only)
        self._file = _device_and_inode(path)

    def require_in_place(self) -> None:
        """Raise LibraryError (code "library-gone") unless the file that is open is still the one at ``path``."""
        if self._file != _device_and_inode(self.path):
            raise LibraryError(
                f"The library {self.path} was removed or replaced while it was open, so what was written is lost: "
                "scan again.",
                code="library-gone",
            )

    def close(self) -> None:
        with in_our_words(str(self.path)):
            self._connection.close()

    def rows(self, sql: str, values: Values = ()) -> Iterator[sqlite3.Row]:
        """The rows of a query, one at a time: memory does not grow with the library."""
        with in_our_words(str(self.path)):
            cursor = self._connection.execute(sql, values)
            columns = Columns(cursor.description, str(self.path))
            while batch := cursor.fetchmany(_ROWS_AT_ONCE):
                columns.require(batch)
                yield from batch

    def batches(self, sql: str, values: Values = ()) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query as lists of plain tuples: twice as fast where there are many."""
        with in_our_words(str(self.path)):
            cursor = self._connection.execute(sql, values)
            cursor.row_factory = None
            columns = Columns(cursor.description, str(self.path))
            while batch := cursor.fetchmany(_BATCH):
                columns.require(batch)
                yield batch

    def row(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        with in_our_words(str(self.path)):
            cursor = self._connection.execute(sql, values)
            row = cursor.fetchone()
            Columns(cursor.description, str(self.path)).require([] if row is None else [row])
            return row

    def value(self, sql: str, values: Values = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        with in_our_words(str(self.path)):
            return self._connection.execute(sql, values)

    def insert(self, sql: str, values: Values = ()) -> int:
        """Run an INSERT of one row and return its rowid."""
        rowid = self.execute(sql, values).lastrowid
        assert rowid is not None
        return rowid

    @contextmanager
    def change(self) -> Iterator[None]:
        """All of the block or none of it; what was pending before is kept either way.

        The transaction stays open for more changes until ``commit``.
        """
        if not self._connection.in_transaction:
            self.execute("BEGIN IMMEDIATE")
        self.execute("SAVEPOINT change")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have rolled it back already
                self.execute("ROLLBACK TO change")
                self.execute("RELEASE change")
            raise
        self.execute("RELEASE change")

    def commit(self) -> None:
        if self._connection.in_transaction:
            self.execute("COMMIT")


def _device_and_inode(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _open(path: Path, *, create: bool, read_only: bool) -> sqlite3.Connection:
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise LibraryError(
            f"The library {path} cannot be reached ({error.strerror}): name another with --library.",
            code="library-unreachable",
        ) from error
    if path.is_dir():
        raise LibraryError(
            f"{path} is a folder, not a library: name a file with --library.", code="library-is-a-folder"
        )
    if not path.exists():
        if not create:
            raise LibraryError(
                f"There is no library at {path} yet: run 'segue scan FOLDER' first.", code="library-missing"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The folder for the library {path} cannot be made ({error.strerror}): "
                "name another with --library.",
                code="library-folder-not-made",
            ) from error
    with in_our_words(str(path)):
        if not read_only:
            return _prepared(path, "rwc" if create else "rw")
        try:
            return _prepared(path, "ro")
        except sqlite3.OperationalError:
            # On a medium that cannot be written SQLite cannot keep its index of the write-ahead
            # log; without a log, the file is whole by itself and nobody can change it.
            if _log_is_empty(path):
                return _prepared(path, "ro&immutable=1")
            raise


def _log_is_empty(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return not log.exists() or log.stat().st_size == 0


def _go_on() -> int:
    return 0


def _prepared(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{Path(os.path.abspath(path)).as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        # Python handles a signal (Ctrl-C, SIGTERM) between two of its own instructions: without some, a query that
        # never ends could only be killed. An exception in here ends the query; see segue.library.faults.
        connection.set_progress_handler(_go_on, _LOOK_UP_EVERY)
        connection.execute(
            "PRAGMA trusted_schema = OFF"
        )  # what the file defines may call nothing with effects
        check_kind(connection, str(path))
        require_shape(connection, str(path), schema_version(connection))
        connection.execute("PRAGMA foreign_keys = ON")
        if mode.startswith("ro"):
            if schema_version(connection) < len(MIGRATIONS):
                raise LibraryError(
                    f"The library {path} is of an older version: run 'segue scan' once to update it.",
                    code="library-older",
                )
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            # Safe against a killed process; a power cut may lose the last commits, never the file.
            connection.execute("PRAGMA synchronous = NORMAL")
            try:
                migrate(connection, str(path))
            except sqlite3.IntegrityError as error:  # values that no version of segue stored
                raise damaged(str(path)) from error
    except BaseException:
        connection.close()
        raise
    return connection
