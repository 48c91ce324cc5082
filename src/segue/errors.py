"""Every error segue raises on purpose.

Each message is one sentence that says what is wrong and what to do about it, so a command
can print it as it stands. A programming mistake is not one of these and keeps its traceback.
"""

from __future__ import annotations


class SegueError(Exception):
    """The root of all errors segue raises on purpose; its text is fit for a user to read."""


class AudioError(SegueError):
    """One file could not be turned into samples.

    ``stage`` is where it stopped: ``"open"`` (missing, unreadable, not a regular file),
    ``"probe"`` (not audio, or no decoder at hand), ``"decode"`` (damaged) or ``"analyse"``. Executors
    add ``"crash"``, ``"killed"`` and ``"timeout"`` to these in recorded failures.
    """

    def __init__(self, message: str, stage: str = "decode") -> None:
        super().__init__(message)
        self.stage = stage

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        # Exceptions cross process borders in a scan; without this the stage would be lost.
        return type(self), (str(self), self.stage)


class FrontEndMismatch(SegueError):
    """Two values computed with different front ends or models were about to be mixed."""


class ModelError(SegueError):
    """A model file or its passport is missing, damaged or of a kind this version cannot run."""


class LibraryError(SegueError):
    """The library file cannot be opened, read or written as asked."""


class LibraryInUse(LibraryError):
    """Another scan, or another program, is writing to the library."""


class NotInLibrary(SegueError):
    """Something was asked of a library that does not hold it."""


class DatasetError(SegueError):
    """A dataset on disk is missing something its index promises."""


class TrainingError(SegueError):
    """Training could not start or go on."""


class ExecutionError(SegueError):
    """The place where work was to run cannot run any."""


class MissingExtra(SegueError):
    """An optional dependency is needed for what was asked; the text names the extra."""
