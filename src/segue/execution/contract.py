"""The contract of every executor: a function is run over items, and each item ends in exactly one outcome.

`Executor.map` yields outcomes in the order of completion: a value, or a failure with stage and cause. One item's
failure never costs another item.

- **Items are taken lazily**, in the caller's thread, when there is room for one: a million of them need no more
  memory than ten. An item may therefore depend on outcomes that were yielded before; an iterable that has nothing
  now and may have something after the next outcome yields `LATER`. There is one map at a time on one executor.
- **Items may travel in batches** (``batch_size``), for engines and functions where one message an item costs too
  much. Each item of a batch keeps its own outcome, its own time limit and its own failure.
- **Deaths of workers are told apart.** Stage ``"crash"`` is the item's own doing (a bad address, an abort). A worker
  that was killed from outside, or left in a way that may not be its item's doing, costs no item: its item is tried
  again, alone, when the others are done. Only if that ends alike, every time, does it fail, with the stage `KILLED`,
  which says nothing about the item (or ``"crash"`` where the worker left by itself both times).

A function and its items travel by pickle to most executors, so the function must be importable there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, Literal, Protocol, TypeVar

from segue.errors import AudioError, SegueError

X = TypeVar("X")
Y = TypeVar("Y")

KILLED = "killed"

# What earlier versions recorded when a worker lost the lock it shared with one that was killed.
_LOST_LOCK = "The decoder crashed (exit status 1); the file may be damaged."


class _Later(Enum):
    LATER = "later"


LATER: Final = _Later.LATER
Later = Literal[_Later.LATER]


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
        self,
        function: Callable[[X], Y],
        items: Iterable[X | Later],
        timeout_s: Callable[[X], float],
        batch_size: int = 1,
    ) -> Iterator[Outcome[X, Y]]:
        """Yield one Outcome per item as they complete.

        ``timeout_s`` says how long each item may take, in seconds; ``batch_size`` how many items travel together at
        most. Raises RuntimeError for an iterable that yields `LATER` while no item is out, and for a map that is
        asked for within another.
        """
        ...


def attempt(function: Callable[[X], Y], item: X) -> Outcome[X, Y]:
    """Return what becomes of ``item`` when ``function`` is called with it here; nothing is raised."""
    try:
        return Outcome(item, value=function(item))
    except Exception as error:  # noqa: BLE001 - the contract: any failure is that item's outcome
        return Outcome(item, trouble=trouble_of(error))


def nothing_is_out() -> RuntimeError:
    """Return the error for an iterable that waits for an outcome where none can come."""
    return RuntimeError("The items said LATER while none of them was out.")


def trouble_of(error: BaseException) -> Trouble:
    """Return what to record for an exception that one item raised.

    Our own errors speak for themselves. Want of memory says nothing about the item. Any other is a fault of segue
    that must not stop the rest, so it is recorded with its type.
    """
    if isinstance(error, AudioError):
        return Trouble(error.stage, str(error))
    if isinstance(error, SegueError):
        return Trouble("analyse", str(error))
    if isinstance(error, MemoryError):
        return Trouble(KILLED, "There was not enough memory for it.")
    return Trouble(
        "analyse", f"segue failed unexpectedly ({type(error).__name__}: {error}); please report it."
    )


def says_nothing_of_the_item(stage: str, cause: str) -> bool:
    """Return whether a recorded failure is that of a worker, not of its item, which deserves another try."""
    return stage == KILLED or (stage, cause) == ("crash", _LOST_LOCK)
