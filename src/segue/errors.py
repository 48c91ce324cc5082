"""Errors that segue raises on purpose, each with a stable code.

Every message is one sentence that says what is wrong and what to do about it; a command prints it as it
stands. ``code`` is a short name in lower case and hyphens that does not change when the sentence improves:
programs and tests compare codes. A class has a default code; a place that raises may give a more exact one.
A programming mistake is none of these and keeps its traceback.
"""

from __future__ import annotations


class SegueError(Exception):
    """Root of all errors that segue raises on purpose; its text is fit for a user to read."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code  # in __dict__, so that it survives pickling across processes


class AudioError(SegueError):
    """One file could not be turned into samples.

    ``stage`` is where it stopped: ``"open"`` (missing, unreadable, not a regular file),
    ``"probe"`` (not audio, or no decoder at hand), ``"decode"`` (damaged) or ``"analyse"``. Executors
    add ``"crash"``, ``"killed"`` and ``"timeout"`` to these in recorded failures.
    """

    code = "audio"

    def __init__(self, message: str, stage: str = "decode", *, code: str | None = None) -> None:
        super().__init__(message, code=code or f"audio-{stage}")
        self.stage = stage


class FrontEndMismatch(SegueError):
    """Two values computed with different front ends, models or facet versions were about to be mixed."""

    code = "version-mismatch"


class ModelError(SegueError):
    """A model file or its passport is missing, damaged or of a kind this version cannot run."""

    code = "model"


class LibraryError(SegueError):
    """The library file cannot be opened, read or written as asked."""

    code = "library"


class LibraryInUse(LibraryError):
    """Another scan, or another program, is writing to the library."""

    code = "library-in-use"


class NotInLibrary(SegueError):
    """Something was asked of a library that does not hold it."""

    code = "not-in-library"


class DatasetError(SegueError):
    """A dataset on disk is missing something its index promises."""

    code = "dataset"


class TrainingError(SegueError):
    """Training could not start or go on."""

    code = "training"


class ExecutionError(SegueError):
    """The executor cannot run any work."""

    code = "execution"


class MissingExtra(SegueError):
    """An optional dependency is needed for what was asked; the text names the extra."""

    code = "missing-extra"
