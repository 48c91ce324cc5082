"""Work in processes of their own, where a native crash or a hang costs one item.

Pebble supplies the pool: it kills a worker whose item is late, notices one that died, says which
item it had, and starts another. Items travel by pickle, so functions must be importable.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from typing import TYPE_CHECKING

from segue.errors import ExecutionError
from segue.execution.contract import Outcome, Trouble, X, Y, trouble_of

if TYPE_CHECKING:
    from concurrent.futures import Future

# Each worker is one core's worth: libraries that start threads of their own would fight over cores.
_THREAD_CAPS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _start_worker(parent: int) -> None:
    """Cap threads, and end with the parent: a killed scan must not leave workers behind."""
    for name in _THREAD_CAPS:
        os.environ[name] = "1"
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


class ProcessExecutor:
    """Runs items in ``n_workers`` processes."""

    def __init__(self, n_workers: int) -> None:
        """Prepare, start nothing yet. Raises ValueError for fewer than one worker."""
        if n_workers < 1:
            raise ValueError("n_workers must be at least 1")
        self._n_workers = n_workers

    def __enter__(self) -> ProcessExecutor:
        from pebble import ProcessPool

        # Workers that Python starts afresh inherit this environment before they import NumPy.
        self._outer_environment = {name: os.environ.get(name) for name in _THREAD_CAPS}
        os.environ.update(dict.fromkeys(_THREAD_CAPS, "1"))
        # Spawned, not forked: a fork copies locks held by library threads and can hang for ever.
        self._pool = ProcessPool(
            max_workers=self._n_workers,
            initializer=_start_worker,
            initargs=(os.getpid(),),
            context=multiprocessing.get_context("spawn"),
        )
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            self._pool.close()
        else:
            self._pool.stop()
        self._pool.join()
        for name, value in self._outer_environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def map(
        self, function: Callable[[X], Y], items: Iterable[X], timeout_s: Callable[[X], float]
    ) -> Iterator[Outcome[X, Y]]:
        """Yield one Outcome per item as they complete.

        A worker that dies gives stage ``"crash"``, one that is late ``"timeout"``. Raises ExecutionError
        when no worker can start at all: that is no item's fault.
        """
        waiting: dict[Future[Y], tuple[X, float]] = {}
        source = iter(items)
        more = True
        while more or waiting:
            # One item queued behind each running one keeps every worker busy while we look away.
            while more and len(waiting) < 2 * self._n_workers:
                try:
                    item = next(source)
                except StopIteration:
                    more = False
                    break
                limit_s = timeout_s(item)
                waiting[self._pool.schedule(function, args=[item], timeout=limit_s)] = (item, limit_s)
            if waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    item, limit_s = waiting.pop(future)
                    yield self._outcome(item, future, limit_s)

    @staticmethod
    def _outcome(item: X, future: Future[Y], limit_s: float) -> Outcome[X, Y]:
        from pebble import ProcessExpired

        error = future.exception()
        if error is None:
            return Outcome(item, value=future.result())
        if isinstance(error, BrokenExecutor):
            raise ExecutionError(
                "The worker processes cannot start; in a script of your own, call segue below "
                "`if __name__ == '__main__':`."
            ) from error
        # Pebble reports lateness as TimeoutError with the limit; a TimeoutError of the function has text.
        if isinstance(error, TimeoutError):
            return Outcome(
                item, trouble=Trouble("timeout", f"Gave up after {limit_s:.0f} s; the file may be damaged.")
            )
        if isinstance(error, ProcessExpired):
            how = (
                f"signal {-error.exitcode}" if (error.exitcode or 0) < 0 else f"exit status {error.exitcode}"
            )
            return Outcome(
                item, trouble=Trouble("crash", f"The decoder crashed ({how}); the file may be damaged.")
            )
        return Outcome(item, trouble=trouble_of(error))
