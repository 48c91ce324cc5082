"""segue hears what music sounds like: genres, what fits next, and how good its picks are.

    import segue

    with segue.open() as library:
        library.scan("~/Music")
        answer = library.like("song.mp3")

Importing this package does no work: what is named here is imported when it is first used.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from segue.service.session import Session

_LAZY = {
    "Session": "segue.service.session",
    "SegueError": "segue.errors",
    "AudioError": "segue.errors",
    "FrontEndMismatch": "segue.errors",
    "LibraryError": "segue.errors",
    "LibraryInUse": "segue.errors",
    "ModelError": "segue.errors",
    "NotInLibrary": "segue.errors",
    "MissingExtra": "segue.errors",
}
__all__ = [*_LAZY, "__version__", "open"]


def open(
    library: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | None = None,
    facets: Sequence[str] = (),
) -> Session:
    """Return a `Session`: the library at ``library`` with the model at ``model``, ready for many questions.

    Default library: ``SEGUE_LIBRARY`` or the user's data folder; default model: the one inside the package.
    ``facets`` are files with more facets.
    Raises LibraryError when the library cannot be read, ModelError when the model cannot be used.
    """
    from segue.service.session import open_session

    return open_session(library, model, facets)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'segue' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
