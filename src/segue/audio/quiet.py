"""Keeps C libraries from writing to the user's terminal.

libmpg123 prints a line for each oddity it meets in an MP3, and libsndfile leaves no way to tell
it not to; what matters of it reaches the user as a sentence in AudioStream.damage.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_STDERR_FD = 2
_lock = threading.Lock()
_n_inside = 0
_saved_fd = -1


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """While inside, file descriptor 2 leads nowhere; some 10 microseconds a use.

    The descriptor belongs to the process: what another thread writes to it meanwhile is lost
    too. Threads may be inside together; the last one out restores it.
    """
    global _n_inside, _saved_fd
    with _lock:
        if _n_inside == 0:
            _saved_fd = _redirect()
        _n_inside += 1
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0 and _saved_fd >= 0:
                os.dup2(_saved_fd, _STDERR_FD)
                os.close(_saved_fd)


def _redirect() -> int:
    """A copy of descriptor 2 as it was, or -1 where it is closed and there is nothing to keep quiet."""
    try:
        saved_fd = os.dup(_STDERR_FD)
    except OSError:
        return -1
    os.dup2(_null_fd(), _STDERR_FD)
    return saved_fd


@cache
def _null_fd() -> int:
    # Kept open: this happens at every block of every MP3.
    return os.open(os.devnull, os.O_WRONLY)
