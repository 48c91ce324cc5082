"""Every form of interactions segue reads, by name."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from segue.errors import DatasetError
from segue.history.guess import guess_kind
from segue.research.interactions.report import ImportReport
from segue.types import Interactions, ItemContent

# Readers are imported when asked for: each is a module of its own.
_ROOM = "segue.research.interactions"
READERS = {
    "mpd-audio": (f"{_ROOM}.mpd_audio", "read_mpd_audio"),
    "table": (f"{_ROOM}.table", "read_table"),
    "yambda": (f"{_ROOM}.yambda", "read_yambda"),
    "music4all-onion": (f"{_ROOM}.music4all_onion", "read_music4all_onion"),
    "taste-profile": (f"{_ROOM}.taste_profile", "read_taste_profile"),
    "mpd": (f"{_ROOM}.mpd", "read_mpd"),
    "hetrec-lastfm": (f"{_ROOM}.hetrec_lastfm", "read_hetrec_lastfm"),
    "listenbrainz": (f"{_ROOM}.own", "read_listenbrainz_set"),
    "lastfm": (f"{_ROOM}.own", "read_lastfm_set"),
    "playlists": (f"{_ROOM}.own", "read_playlists"),
}


def read_interactions(
    kind: str | None, path: str | os.PathLike[str], **options: Any
) -> tuple[Interactions, ItemContent | None, ImportReport]:
    """Return the interactions at ``path``, the content of their items where it comes along, and a report.

    ``kind`` is a name of `READERS`, or None to look at the files; the report says what was taken
    for what. ``options`` go to the reader (``user=``, ``item=`` ... of a table, ``organic_only=`` of
    yambda). Raises DatasetError when nothing of that kind is there or the kind is unknown,
    MissingExtra without polars.
    """
    path = Path(path)
    kind = kind or guess_kind(path)
    if kind not in READERS:
        raise DatasetError(
            f"segue reads no interactions of kind {kind!r}; choose one of {', '.join(READERS)}.",
            code="unknown-kind",
        )
    if not path.exists():
        raise DatasetError(
            f"There is nothing at {path}; name a file or folder of {kind}.", code="nothing-there"
        )
    module, name = READERS[kind]
    reader = getattr(importlib.import_module(module), name)
    return reader(path, **options)
