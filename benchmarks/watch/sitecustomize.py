"""Loaded by every Python process that finds this folder on PYTHONPATH, and notes what it enters, opens and reads.

The command under measurement and its workers write lines of words to one log; see benchmarks/structure.py.
"""

import builtins
import io
import os
import sys
import threading

_log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_package, _song = os.environ["WATCH_PACKAGE"] + os.sep, os.environ["WATCH_SONG"]
_seen = set()


def _note(*words):
    os.write(_log, ("\t".join(map(str, words)) + "\n").encode())


def _importing(frame):
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _profile(frame, event, arg):
    code = frame.f_code
    if event != "call" or not code.co_filename.startswith(_package) or not code.co_flags & 1:
        return
    if code.co_name.startswith("<"):
        return
    key = (code.co_filename, code.co_qualname)
    if (key, True) in _seen:
        return
    running = not _importing(frame)
    if (key, running) not in _seen:
        _seen.add((key, running))
        _note("running" if running else "importing", *key)


def _is_song(path):
    return isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path) == _song


def _audit(event, args):
    if event == "open" and _is_song(args[0]):
        _note("open", args[1])


class _Counted(io.FileIO):
    _n = 0

    def readinto(self, buffer):
        n = super().readinto(buffer)
        self._n += n or 0
        return n

    def read(self, size=-1):
        data = super().read(size)
        self._n += len(data or b"")
        return data

    def readall(self):
        data = super().readall()
        self._n += len(data or b"")
        return data

    def close(self):
        if self._n:
            _note("read", self._n)
            self._n = 0
        super().close()


_open = io.open


def _counting(file, mode="r", buffering=-1, *args, **more):
    if not _is_song(file) or "b" not in mode or "r" not in mode:
        return _open(file, mode, buffering, *args, **more)
    raw = _Counted(file, "r")
    return (
        raw
        if buffering == 0
        else io.BufferedReader(raw, io.DEFAULT_BUFFER_SIZE if buffering < 0 else buffering)
    )


if os.environ.get("WATCH_WHAT") == "files":
    builtins.open = io.open = _counting
    sys.addaudithook(_audit)
else:
    threading.setprofile(_profile)
    sys.setprofile(_profile)
