"""Where the library lies when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from segue.errors import LibraryError

VARIABLE = "SEGUE_LIBRARY"


def library_path(explicit: str | os.PathLike[str] | None = None) -> Path:
    """The path asked for, else what SEGUE_LIBRARY says, else ``library.db`` in the user's data folder.

    Raises LibraryError for an empty path, which is a mistake (a variable nobody set, say) and no wish for
    the default, and for a home folder (``~name``) that nobody has.
    """
    if explicit is not None and not os.fspath(explicit):
        raise LibraryError(
            "The library's name is empty: name a file with --library, or leave the option out.",
            code="library-name-empty",
        )
    chosen = explicit or os.environ.get(VARIABLE)
    if chosen:
        try:
            return Path(chosen).expanduser()
        except RuntimeError as error:
            raise LibraryError(
                f"Nobody has the home folder in {chosen}: name another library.", code="no-home-folder"
            ) from error
    return Path(platformdirs.user_data_dir("segue", appauthor=False)) / "library.db"


def is_there(path: Path) -> bool:
    """Whether something is at ``path``, also where only opening it will tell what is wrong with it."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
