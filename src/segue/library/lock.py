"""One scan at a time, by a lock that dies with its process."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from segue.errors import LibraryInUse
from segue.library.faults import in_our_words


class ScanLock:
    """Held from construction to ``release``; the second to ask gets LibraryInUse at once.

    It is an SQLite lock on an empty file beside the library: the operating system drops it when
    the process ends, however it ends; forked workers do not inherit it; and it works alike on
    Linux, macOS and Windows. The library itself stays free for readers.
    """

    def __init__(self, library: Path) -> None:
        beside = library.with_name(library.name + "-scan")
        with in_our_words(str(library)):
            self._connection = sqlite3.connect(beside, timeout=0, isolation_level=None)
            try:
                self._connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                self._connection.close()
                if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                    raise LibraryInUse(
                        f"Another scan is filling the library {library}: "
                        "wait for it to end, or name another library with --library.",
                        code="scan-running",
                    ) from error
                raise

    def release(self) -> None:
        self._connection.close()
