"""Work for executors in tests; workers import it by name."""

import os
import signal
import time
from pathlib import Path

from segue.errors import AudioError


def work(item):
    """Do what the item says."""
    kind, value = item
    if kind == "square":
        return value * value
    if kind == "audio error":
        raise AudioError("The file is empty.", "open")
    if kind == "fault":
        raise ZeroDivisionError("one over nothing")
    if kind == "crash":
        os.kill(os.getpid(), value or signal.SIGSEGV)
    if kind == "leaves":
        os._exit(value)
    if kind == "leaves once":
        if not Path(value).exists():
            Path(value).touch()
            os._exit(1)
        return None
    if kind == "no memory":
        raise MemoryError
    if kind == "killed once":
        return spent_after_dying_once(Path(value))
    if kind == "span":
        return spent(value)
    if kind == "hang":
        time.sleep(600)
    if kind == "mark":
        Path(value).write_text(str(os.getpid()))
        time.sleep(600)
    if kind == "pid":
        return os.getpid()
    if kind == "threads":
        return os.environ.get("OMP_NUM_THREADS")
    raise AssertionError(kind)


def spent(seconds):
    """Sleep, and return when that began and ended; the clock is one for all processes."""
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


def spent_after_dying_once(mark):
    """Die as of `kill -9` the first time, and take half a second the second time."""
    if mark.exists():
        return spent(0.5)
    mark.touch()
    os.kill(os.getpid(), signal.SIGKILL)
