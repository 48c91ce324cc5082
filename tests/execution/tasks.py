"""Work for executors in tests; workers import it by name."""

import os
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
        os.kill(os.getpid(), 11)
    if kind == "hang":
        time.sleep(600)
    if kind == "mark":
        Path(value).write_text(str(os.getpid()))
        time.sleep(600)
    if kind == "threads":
        return os.environ.get("OMP_NUM_THREADS")
    raise AssertionError(kind)
