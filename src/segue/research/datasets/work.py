"""How many files are worked on: one after another here, or however the caller says; failures are results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from segue.errors import AudioError
from segue.types import Failure

X = TypeVar("X")
Y = TypeVar("Y")


class Work(Protocol):
    """Applies a function to items and yields each of them once, in any order, with its value or its failure.

    Only items that have a ``path`` of their own, or are one, can be named in a failure: the caller names them.
    """

    def __call__(self, function: Callable[[X], Y], items: Iterable[X]) -> Iterator[tuple[X, Y | Failure]]: ...


def one_by_one(function: Callable[[X], Y], items: Iterable[X]) -> Iterator[tuple[X, Y | Failure]]:
    """Work in this process, in order; AudioErrors become failures, anything else is raised."""
    for item in items:
        try:
            value: Y | Failure = function(item)
        except AudioError as error:
            value = Failure(str(item), error.stage, str(error))
        yield item, value
