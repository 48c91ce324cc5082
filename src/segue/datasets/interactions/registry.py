"""Every form of interactions segue reads, by name."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from segue.datasets.interactions.report import ImportReport
from segue.errors import DatasetError
from segue.types import Interactions, ItemContent

# Readers are imported when asked for: each is a module of its own.
READERS = {
    "mpd-audio": ("segue.datasets.interactions.mpd_audio", "read_mpd_audio"),
}


def read_interactions(
    kind: str, path: str | os.PathLike[str], **options: object
) -> tuple[Interactions, ItemContent | None, ImportReport]:
    """Return the interactions at ``path``, the content of their items where it comes along, and a report.

    ``kind`` is a name of `READERS`. Raises DatasetError when nothing of that kind is there or the
    kind is unknown, MissingExtra without polars.
    """
    if kind not in READERS:
        raise DatasetError(
            f"segue reads no interactions of kind {kind!r}; choose one of {', '.join(READERS)}."
        )
    module, name = READERS[kind]
    reader = getattr(importlib.import_module(module), name)
    return reader(Path(path), **options)
