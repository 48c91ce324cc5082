"""A worker process at the end of a pipe of its own.

No worker shares anything with another, neither lock nor pipe, so the death of one at any moment stops no other.
The parent sends a function with a batch of items and gets one answer per item, in their order; what was answered
tells which item a dead worker had.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any, Generic

from segue.errors import ExecutionError
from segue.execution.contract import Outcome, X, attempt, trouble_of

# Each worker is one core's worth: libraries that start threads of their own would fight over cores.
_THREAD_CAPS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_START_LIMIT_S = 120.0  # a worker that takes longer to start will never
_LEAVE_LIMIT_S = 5.0
_READY = b""


@dataclass(frozen=True, slots=True)
class Task(Generic[X]):
    """An item on its way: pickled, with its time limit, and how many workers died with it before."""

    item: X
    packed: bytes
    limit_s: float
    n_deaths: int = 0


class Worker:
    """The parent's end of one worker process. Raises ExecutionError where no process can be started."""

    def __init__(self) -> None:
        # Spawned, not forked: a fork copies locks held by library threads and can hang for ever.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        try:
            with _one_thread(), _interrupts_held():
                self._process.start()
        except OSError as error:
            raise ExecutionError(
                f"No worker process can be started ({error.strerror}): close other programs, or ask for fewer jobs.",
                code="workers-cannot-start",
            ) from error
        finally:
            theirs.close()  # the only other end is the worker's, so that its death ends the pipe
        self.pid, self.sentinel = self._process.pid, self._process.sentinel
        self.ready = False
        self.batch: deque[Task[Any]] = deque()  # the first is being worked on
        self.deadline_s = time.monotonic() + _START_LIMIT_S

    def take(self, function: bytes, batch: Sequence[Task[Any]]) -> None:
        """Give the idle worker a batch. Raises OSError where it died meanwhile: then it has none of it."""
        self.connection.send_bytes(pack((function, [task.packed for task in batch])))
        self.batch.extend(batch)
        self.deadline_s = time.monotonic() + batch[0].limit_s

    def hear(self) -> Iterator[tuple[Task[Any], Outcome[Any, Any]]]:
        """Yield the tasks whose outcomes have arrived, with those. Raises EOFError or OSError once the worker is no more."""
        while self.connection.poll():
            answer = self.connection.recv_bytes()
            if answer == _READY:
                self.ready = True
                continue
            task = self.batch.popleft()
            if self.batch:
                self.deadline_s = time.monotonic() + self.batch[0].limit_s
            yield task, _outcome(task.item, answer)

    def end(self, *, kill: bool = True) -> int:
        """End the process, at once or when it has nothing to do, and return its exit status."""
        self.connection.close()
        if kill:
            self._process.kill()
        self._process.join(_LEAVE_LIMIT_S)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        status = self._process.exitcode
        self._process.close()
        return status if status is not None else -1


def pack(value: object) -> bytes:
    """Return ``value`` as bytes that can travel. Raises what pickle raises where it cannot."""
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _outcome(item: X, answer: bytes) -> Outcome[X, Any]:
    try:
        value, trouble = pickle.loads(answer)
    except Exception as error:  # noqa: BLE001 - a value that cannot be read back is its item's failure
        return Outcome(item, trouble=trouble_of(error))
    return Outcome(item, value, trouble)


def _serve(parent: connection.Connection) -> None:
    """Answer batches until the pipe or the parent ends; what runs in the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone, or has no more for us
        parent.send_bytes(_READY)
        while True:
            function, items = pickle.loads(parent.recv_bytes())
            for item in items:
                parent.send_bytes(_answer(function, item))


def _leave_with_parent() -> None:
    """End this process with its parent, also in the middle of an item: a killed scan must leave no workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _answer(function: bytes, item: bytes) -> bytes:
    try:
        done = attempt(lambda packed: pickle.loads(function)(pickle.loads(packed)), item)
        return pack((done.value, done.trouble))
    except BaseException as error:  # noqa: BLE001 - SystemExit, or a value that cannot travel
        return pack((None, trouble_of(error)))


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Inside, what is started is held to one thread; processes inherit this before they import NumPy."""
    outer = {name: os.environ.get(name) for name in _THREAD_CAPS}
    os.environ.update(dict.fromkeys(_THREAD_CAPS, "1"))
    try:
        yield
    finally:
        for name, value in outer.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Inside, what is started is deaf to Ctrl-C until it says otherwise: it reaches the whole group of a terminal."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    outer = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, outer)
