"""Where the library lies when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "SEGUE_LIBRARY"


def library_path(explicit: str | os.PathLike[str] | None = None) -> Path:
    """The path asked for, else what SEGUE_LIBRARY says, else ``library.db`` in the user's data folder."""
    chosen = explicit or os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir("segue", appauthor=False)) / "library.db"
