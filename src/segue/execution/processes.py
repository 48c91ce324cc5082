"""Work in processes of their own, where a native crash or a hang costs one item.

Pebble supplies the pool: it kills a worker whose item is late, notices one that died, says which
item it had, and starts another. Items travel by pickle, so functions must be importable.

A worker that somebody killed (the system for want of memory, a person) says nothing about its item,
which is tried once more, alone: nothing else of its map runs then, so that there is memory for it.
Killed while it has no item, or before it could say which, it takes Pebble's pool along; the pool is
started anew then, and what it held is tried once more as well.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from segue.errors import ExecutionError
from segue.execution.contract import KILLED, Outcome, Trouble, X, Y, trouble_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from pebble import ProcessPool

# Each worker is one core's worth: libraries that start threads of their own would fight over cores.
_THREAD_CAPS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

# SIGKILL and SIGTERM: no fault of the work's raises these, so somebody sent them. Pebble's workers answer
# the second by leaving with its number as their status.
_KILLED_FROM_OUTSIDE = (-9, -15, 15)


@dataclass(frozen=True, slots=True)
class _Task(Generic[X]):
    """An item at work in ``pool``; ``last_try`` when its worker was killed before."""

    item: X
    limit_s: float
    last_try: bool
    pool: ProcessPool


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
        # Workers that Python starts afresh inherit this environment before they import NumPy.
        self._outer_environment = {name: os.environ.get(name) for name in _THREAD_CAPS}
        os.environ.update(dict.fromkeys(_THREAD_CAPS, "1"))
        self._pool = self._new_pool()
        return self

    def _new_pool(self) -> ProcessPool:
        from pebble import ProcessPool

        self._answered = False
        # Spawned, not forked: a fork copies locks held by library threads and can hang for ever.
        return ProcessPool(
            max_workers=self._n_workers,
            initializer=_start_worker,
            initargs=(os.getpid(),),
            context=multiprocessing.get_context("spawn"),
        )

    def _replace(self, broken: ProcessPool, error: BaseException | None = None) -> None:
        """Start the pool anew, unless that is done. Raises ExecutionError where no worker ever answered."""
        if broken is not self._pool:
            return
        if not self._answered:
            raise ExecutionError(
                "The worker processes cannot start; in a script of your own, call segue below "
                "`if __name__ == '__main__':`."
            ) from error
        broken.stop()
        broken.join()
        self._pool = self._new_pool()

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

        A worker that crashes gives stage ``"crash"``, one that is late ``"timeout"``, one that is killed
        from outside twice with the same item ``"killed"``. Raises ExecutionError when no worker can start
        at all: that is no item's fault.
        """
        waiting: dict[Future[Y], _Task[X]] = {}
        killed: deque[X] = deque()
        source = iter(items)
        more = True

        def schedule(item: X, *, last_try: bool = False) -> None:
            limit_s = timeout_s(item)
            if not self._pool.active:
                self._replace(self._pool)
            future = self._pool.schedule(function, args=[item], timeout=limit_s)
            waiting[future] = _Task(item, limit_s, last_try, self._pool)

        while more or waiting or killed:
            if killed and not waiting:
                schedule(killed.popleft(), last_try=True)
            alone = bool(killed) or any(task.last_try for task in waiting.values())
            # One item queued behind each running one keeps every worker busy while we look away.
            while more and not alone and len(waiting) < 2 * self._n_workers:
                try:
                    item = next(source)
                except StopIteration:
                    more = False
                    break
                schedule(item)
            if waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    task = waiting.pop(future)
                    if isinstance(future.exception(), BrokenExecutor):
                        self._replace(task.pool, future.exception())
                    else:
                        self._answered = True
                    if _killed_from_outside(future) and not task.last_try:
                        killed.append(task.item)
                    else:
                        yield self._outcome(task.item, future, task.limit_s)

    @staticmethod
    def _outcome(item: X, future: Future[Y], limit_s: float) -> Outcome[X, Y]:
        from pebble import ProcessExpired

        error = future.exception()
        if error is None:
            return Outcome(item, value=future.result())
        # Pebble reports lateness as TimeoutError with the limit; a TimeoutError of the function has text.
        if isinstance(error, TimeoutError):
            return Outcome(
                item, trouble=Trouble("timeout", f"Gave up after {limit_s:.0f} s; the file may be damaged.")
            )
        if _killed_from_outside(future):
            return Outcome(
                item,
                trouble=Trouble(KILLED, "The worker was killed from outside (perhaps for want of memory)."),
            )
        if isinstance(error, ProcessExpired):
            how = (
                f"signal {-error.exitcode}" if (error.exitcode or 0) < 0 else f"exit status {error.exitcode}"
            )
            return Outcome(
                item, trouble=Trouble("crash", f"The decoder crashed ({how}); the file may be damaged.")
            )
        return Outcome(item, trouble=trouble_of(error))


def _killed_from_outside(future: Future[Y]) -> bool:
    from pebble import ProcessExpired

    error = future.exception()
    if isinstance(error, ProcessExpired):
        return error.exitcode in _KILLED_FROM_OUTSIDE
    return isinstance(error, BrokenExecutor)
