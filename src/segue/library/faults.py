"""SQLite's error codes in our words: one sentence each, saying what to do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from segue.errors import LibraryError, LibraryInUse

# Primary result codes (https://sqlite.org/rescode.html); extended codes start with their name.
_SENTENCES = {
    "SQLITE_NOTADB": "{path} is not a segue library: name another file with --library.",
    "SQLITE_CORRUPT": "The library {path} is damaged: restore a copy, or move it away and scan again.",
    "SQLITE_FULL": "There is no room left for the library {path}: free some space and scan again; "
    "what was stored so far is safe.",
    "SQLITE_READONLY": "The library {path} is read-only: allow writing to the file and its folder, "
    "or name another with --library.",
    "SQLITE_PERM": "The library {path} may not be opened: allow reading it, or name another with --library.",
    "SQLITE_CANTOPEN": "The library {path} cannot be opened: check that its folder exists "
    "and that you may read and write there.",
    "SQLITE_IOERR": "Reading or writing the library {path} failed: check that its disk is well and has room.",
    "SQLITE_TOOBIG": "Something too large was to be stored in the library {path}: it was left out.",
}
# What SQLite and sqlite3 say of values, though not of the file: no text, no JSON, a sum beyond 64 bits.
_OF_VALUES = ("Could not decode", "malformed JSON", "integer overflow", "JSON ")
# The stable code of each; errors without one have the class's.
_CODES = {
    "SQLITE_NOTADB": "not-a-library",
    "SQLITE_CORRUPT": "library-damaged",
    "SQLITE_FULL": "library-no-room",
    "SQLITE_READONLY": "library-read-only",
    "SQLITE_PERM": "library-not-opened",
    "SQLITE_CANTOPEN": "library-not-opened",
    "SQLITE_IOERR": "library-disk-failed",
    "SQLITE_TOOBIG": "library-value-too-large",
}
_BUSY = "The library {path} is being written to by another program: wait for it to end, then try again."


def as_library_error(error: sqlite3.Error, path: str) -> LibraryError:
    """The error of ours that says what ``error`` means for the library at ``path``."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LibraryInUse(_BUSY.format(path=path))
    if name.startswith("SQLITE_CANTOPEN") and _is_read_only(path):
        name = "SQLITE_READONLY"
    for code, sentence in _SENTENCES.items():
        if name.startswith(code):
            return LibraryError(sentence.format(path=path), code=_CODES[code])
    return LibraryError(f"The library {path} could not be used ({error}): run 'segue doctor'.")


def damaged(path: str) -> LibraryError:
    """The error that says the library at ``path`` is damaged."""
    return LibraryError(_SENTENCES["SQLITE_CORRUPT"].format(path=path), code="library-damaged")


def _is_read_only(path: str) -> bool:
    """Whether the library is there and only writing is refused: SQLite cannot open its log then, and says no more."""
    folder = os.path.dirname(os.path.abspath(path))
    if not os.access(path, os.R_OK):
        return False
    return not (os.access(path, os.W_OK) and os.access(folder, os.W_OK))


@contextmanager
def in_our_words(path: str) -> Iterator[None]:
    """Turn SQLite's operational errors inside the block into LibraryError or LibraryInUse.

    Programming mistakes (bad SQL, broken constraints) keep their own type and traceback.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.InterfaceError):
        raise
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", None)
        if (
            name == "SQLITE_INTERRUPT"
        ):  # a signal came in the progress handler, where sqlite3 swallows what it raised
            raise KeyboardInterrupt from error
        if str(error).startswith(_OF_VALUES):
            raise damaged(path) from error
        if name == "SQLITE_ERROR":
            raise  # bad SQL: ours to mend
        raise as_library_error(error, path) from error
    except sqlite3.DatabaseError as error:
        raise as_library_error(error, path) from error
