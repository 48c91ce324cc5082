"""Work in processes of their own, where a native crash or a hang costs one item.

Each worker has a pipe of its own (segue.execution.worker) and at most one batch. A worker whose item is late is
killed; one that dies is replaced, and the items of its batch that it had not begun go to another.

A worker that somebody killed (the system for want of memory, a person) says nothing about its item. That is tried
again when the rest of the map is done and nothing else runs, so that there is memory for it; up to three times, as
whatever kills workers may go on for a while.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from multiprocessing import connection
from typing import Any, Generic

from segue.errors import ExecutionError
from segue.execution.contract import (
    KILLED,
    LATER,
    Later,
    Outcome,
    Trouble,
    X,
    Y,
    nothing_is_out,
    trouble_of,
)
from segue.execution.worker import Task, Worker, pack

# SIGKILL and SIGTERM: no fault of the work's raises these, so somebody sent them.
_KILLED_FROM_OUTSIDE = (-9, -15)
# So many starts in a row that end at once are no accident. The pause lets what kills them pass (want of memory).
_MOST_FAILED_STARTS = 20
_PAUSE_S = 0.05
_MOST_KILLS = 4  # of one item's workers
_LONGEST_WAIT_S = 3600.0  # polling takes no infinity


class ProcessExecutor:
    """Runs items in up to ``n_workers`` processes, started when there is work for them."""

    def __init__(self, n_workers: int) -> None:
        """Prepare, start nothing yet. Raises ValueError for fewer than one worker."""
        if n_workers < 1:
            raise ValueError("n_workers must be at least 1")
        self.n_workers = n_workers
        self.workers: list[Worker] = []
        self._mapping = False
        self._any_was_ready = False
        self._failed_starts = 0

    def __enter__(self) -> ProcessExecutor:
        return self

    def __exit__(self, *exc: object) -> None:
        failed = bool(exc) and exc[0] is not None
        for worker in self.workers:
            worker.end(kill=failed or bool(worker.batch))
        self.workers.clear()

    def map(
        self,
        function: Callable[[X], Y],
        items: Iterable[X | Later],
        timeout_s: Callable[[X], float],
        batch_size: int = 1,
    ) -> Iterator[Outcome[X, Y]]:
        """Yield one Outcome per item as they complete.

        A worker that crashes gives stage ``"crash"``, one that is late ``"timeout"``, one that is killed
        from outside again and again with the same item ``"killed"``. Raises ExecutionError when no worker can start
        at all: that is no item's fault.
        """
        if self._mapping:
            raise RuntimeError("One map at a time: this executor is within another.")
        self._mapping = True
        try:
            yield from _Map(self, function, items, timeout_s, batch_size).outcomes()
        finally:
            self._mapping = False
            for worker in [worker for worker in self.workers if worker.batch]:  # left early
                self.drop(worker, kill=True)

    def start_worker(self) -> None:
        self.workers.append(Worker())

    def note_ready(self) -> None:
        self._any_was_ready, self._failed_starts = True, 0

    def drop(self, worker: Worker, *, kill: bool = False) -> int:
        """Part with a worker and return its exit status. Raises ExecutionError where none gets as far as working."""
        self.workers.remove(worker)
        status = worker.end(kill=kill)
        if worker.ready:
            return status
        self._failed_starts += 1
        if self._failed_starts >= _MOST_FAILED_STARTS or (status > 0 and not self._any_was_ready):
            raise ExecutionError(
                f"The worker processes end as they start ({_how(status)}); in a script of your own, call segue "
                "below `if __name__ == '__main__':`.",
                code="workers-cannot-start",
            )
        time.sleep(_PAUSE_S)
        return status


class _Map(Generic[X, Y]):
    """One map under way."""

    def __init__(
        self,
        executor: ProcessExecutor,
        function: Callable[[X], Y],
        items: Iterable[X | Later],
        timeout_s: Callable[[X], float],
        batch_size: int,
    ) -> None:
        self._executor = executor
        self._function = pack(function)
        self._items: Iterator[X | Later] | None = iter(items)  # None: there are no more
        self._timeout_s = timeout_s
        self._batch_size = batch_size
        self._pending: deque[list[Task[X]]] = deque()  # for whoever is idle next
        self._killed: list[Task[X]] = []  # to be tried again alone
        self._done: deque[Outcome[X, Y]] = deque()

    def outcomes(self) -> Iterator[Outcome[X, Y]]:
        while True:
            self._hand_out()
            if self._done:
                yield self._done.popleft()
            elif self._pending or self._busy():
                self._wait()
            elif self._killed:
                self._pending.append([self._next_alone()])
            elif self._items is None:
                return
            else:
                raise nothing_is_out()

    def _busy(self) -> list[Worker]:
        return [worker for worker in self._executor.workers if worker.batch]

    def _next_alone(self) -> Task[X]:
        """The killed item that should take least time, so that a long one keeps no short one waiting."""
        task = min(self._killed, key=lambda task: task.limit_s)
        self._killed.remove(task)
        return replace(task, n_deaths=task.n_deaths + 1)

    def _hand_out(self) -> None:
        """Take items while there is room, give them to idle workers, and start workers for the rest."""
        at_work = [*self._pending, *(worker.batch for worker in self._busy())]
        if not any(batch[0].n_deaths for batch in at_work):
            for _ in range(self._executor.n_workers - len(at_work)):
                if not (batch := self._next_batch()):
                    break
                self._pending.append(batch)
        for worker in list(self._executor.workers):
            if self._pending and worker.ready and not worker.batch:
                try:
                    worker.take(self._function, self._pending[0])
                except OSError:  # it was killed while it had nothing to do
                    self._executor.drop(worker)
                else:
                    self._pending.popleft()
        while len(self._pending) > sum(not worker.ready for worker in self._executor.workers):
            self._executor.start_worker()

    def _next_batch(self) -> list[Task[X]]:
        batch: list[Task[X]] = []
        while self._items is not None and len(batch) < self._batch_size:
            try:
                item = next(self._items)
            except StopIteration:
                self._items = None
                break
            if item is LATER:
                break
            try:
                batch.append(Task(item, pack(item), self._timeout_s(item)))
            except Exception as error:  # noqa: BLE001 - the contract: an item that cannot travel is its own failure
                self._done.append(Outcome(item, trouble=trouble_of(error)))
        return batch

    def _wait(self) -> None:
        """Wait until a worker says something, dies or is late, and take in what that means."""
        workers = list(self._executor.workers)
        waiting_for = [worker for worker in workers if worker.batch or not worker.ready]
        ends: list[Any] = [end for worker in workers for end in (worker.connection, worker.sentinel)]
        first_s = min((worker.deadline_s for worker in waiting_for), default=float("inf"))
        heard = connection.wait(ends, min(max(0.0, first_s - time.monotonic()), _LONGEST_WAIT_S))
        for worker in workers:
            if worker.connection in heard or worker.sentinel in heard:
                was_ready = worker.ready
                try:
                    for task, outcome in worker.hear():
                        self._conclude(task, outcome)
                    dead = worker.sentinel in heard
                except (EOFError, OSError):
                    dead = True
                if worker.ready and not was_ready:
                    self._executor.note_ready()
                if dead:
                    self._bury(worker)
            elif worker in waiting_for and time.monotonic() > worker.deadline_s:
                self._give_up(worker)

    def _conclude(self, task: Task[X], outcome: Outcome[X, Y]) -> None:
        if outcome.trouble is not None and outcome.trouble.stage == KILLED and not task.n_deaths:
            self._killed.append(task)
        else:
            self._done.append(outcome)

    def _bury(self, worker: Worker) -> None:
        """Part with a dead worker; what it was doing fails or is tried again, what it had not begun goes on."""
        status = self._executor.drop(worker)
        if not worker.batch:
            return
        task = worker.batch.popleft()
        self._put_back(worker)
        if status in _KILLED_FROM_OUTSIDE:
            again = task.n_deaths + 1 < _MOST_KILLS
            trouble = Trouble(KILLED, "The worker was killed from outside (perhaps for want of memory).")
        elif status < 0:
            self._done.append(Outcome(task.item, trouble=_crash(f"crashed ({_how(status)})")))
            return
        else:
            again = not task.n_deaths
            trouble = _crash(f"ended its worker twice ({_how(status)})")
        if again:
            self._killed.append(task)
        else:
            self._done.append(Outcome(task.item, trouble=trouble))

    def _give_up(self, worker: Worker) -> None:
        """Part with a worker that is late."""
        self._executor.drop(worker, kill=True)
        if worker.batch:
            task = worker.batch.popleft()
            self._put_back(worker)
            cause = f"Gave up after {task.limit_s:.0f} s; the file may be damaged."
            self._done.append(Outcome(task.item, trouble=Trouble("timeout", cause)))

    def _put_back(self, worker: Worker) -> None:
        if worker.batch:
            self._pending.appendleft(list(worker.batch))
            worker.batch.clear()


def _crash(how: str) -> Trouble:
    return Trouble("crash", f"The decoder {how}; the file may be damaged.")


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
