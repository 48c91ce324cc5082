"""What every executor promises, so that callers need not know where their work runs.

`map` gives exactly one outcome for every item, in the order of completion, whatever happens to the
item: a value, or a failure with stage and cause. It takes items lazily and holds only a few at a
time, so a million of them need no more memory than ten; a generator that itself maps on the same
executor may feed it. One item's failure never costs another item.

An executor whose workers can die tells why one did. Stage ``"crash"`` is the item's own doing (a bad
address, an abort). A worker that was killed from outside is no item's: the item is tried once more, and
only if that ends alike fails, with the stage `KILLED`, which says nothing about the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from segue.errors import AudioError, SegueError

X = TypeVar("X")
Y = TypeVar("Y")

KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an item has no value: the stage it stopped at and one sentence."""

    stage: str
    cause: str


@dataclass(frozen=True, slots=True)
class Outcome(Generic[X, Y]):
    """What became of one item: ``value``, or ``trouble`` when there is none."""

    item: X
    value: Y | None = None
    trouble: Trouble | None = None


class Executor(Protocol):
    """Runs a function over items; used as a context manager, which frees what it holds."""

    def __enter__(self) -> Executor: ...

    def __exit__(self, *exc: object) -> None: ...

    def map(
        self, function: Callable[[X], Y], items: Iterable[X], timeout_s: Callable[[X], float]
    ) -> Iterator[Outcome[X, Y]]:
        """Yield one Outcome per item as they complete; ``timeout_s`` says how long each may take."""
        ...


def trouble_of(error: BaseException) -> Trouble:
    """Return what to record for an exception that one item raised.

    Our own errors speak for themselves; any other is a fault of segue that must not stop the rest,
    so it is recorded with its type.
    """
    if isinstance(error, AudioError):
        return Trouble(error.stage, str(error))
    if isinstance(error, SegueError):
        return Trouble("analyse", str(error))
    return Trouble(
        "analyse", f"segue failed unexpectedly ({type(error).__name__}: {error}); please report it."
    )
