"""Work one item after another in this process: simplest, and easiest to debug.

Nothing protects this process from a native crash or a hang, so timeouts are not kept; a scan uses
segue.execution.processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from segue.execution.contract import LATER, Later, Outcome, X, Y, attempt, nothing_is_out


class SerialExecutor:
    """Runs each item where it is called."""

    def __enter__(self) -> SerialExecutor:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def map(
        self,
        function: Callable[[X], Y],
        items: Iterable[X | Later],
        timeout_s: Callable[[X], float],
        batch_size: int = 1,
    ) -> Iterator[Outcome[X, Y]]:
        """Yield one Outcome per item, in order; ``timeout_s`` cannot be kept here and is not asked."""
        for item in items:
            if item is LATER:
                raise nothing_is_out()
            yield attempt(function, item)
