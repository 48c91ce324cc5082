"""Running segue as a user would, and saying what must never happen."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

HANG_S = 180.0
_SOURCE = Path(__file__).resolve().parents[2] / "src"
# Escape sequences, 8-bit control characters and what turns text around: none may reach a terminal.
_ESCAPES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Done:
    """One run of segue: its exit status (None: it hung and was ended), what it printed, and its cost."""

    words: tuple[str, ...]
    status: int | None
    out: str
    err: str
    seconds: float
    peak_mb: float


@dataclass(slots=True)
class Tally:
    """Counts of what was tried and of what must never happen, with the first examples of each fault."""

    tried: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    peak_mb: float = 0.0
    slowest_s: float = 0.0

    def fault(self, kind: str, example: str) -> None:
        """Count a fault and keep its example, of the first five."""
        self.faults[kind] += 1
        kept = self.examples.setdefault(kind, [])
        if len(kept) < 5:
            kept.append(example[:300])

    def judge(self, done: Done, what: str, allowed: Sequence[int] = (0, 1, 2, 3)) -> None:
        """Count one run and every way in which it broke a promise."""
        self.tried[what] += 1
        self.peak_mb = max(self.peak_mb, done.peak_mb)
        self.slowest_s = max(self.slowest_s, done.seconds)
        line = f"{' '.join(done.words)}: {done.err.strip()[-200:]!r}"
        if done.status is None:
            self.fault("hang", line)
        elif done.status < 0:
            self.fault("crash", f"signal {-done.status}: {line}")
        elif done.status not in allowed:
            self.fault("odd exit status", f"{done.status}: {line}")
        if "Traceback" in done.err:
            self.fault("traceback", line)
        if _ESCAPES.search(done.out) or _ESCAPES.search(done.err):
            self.fault("escape sequence", line)

    def merge(self, other: Tally) -> None:
        """Add what another tally counted."""
        self.tried += other.tried
        self.faults += other.faults
        for kind, examples in other.examples.items():
            self.examples[kind] = (self.examples.get(kind, []) + examples)[:5]
        self.peak_mb = max(self.peak_mb, other.peak_mb)
        self.slowest_s = max(self.slowest_s, other.slowest_s)


def segue(*words: str | Path, folder: Path, hang_s: float = HANG_S, text: bytes | None = None) -> Done:
    """Run ``segue WORDS`` in ``folder``, with a library of its own there, and return what came of it."""
    environment = os.environ | {
        "PYTHONPATH": str(_SOURCE),
        "SEGUE_LIBRARY": str(folder / "library.db"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "segue", *map(str, words)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(text, timeout=hang_s)
        status: int | None = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        status = None
    seconds = time.monotonic() - started
    # The largest of all children so far: a figure that only grows is this run's when it grew.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Done(
        tuple(map(str, words)),
        status,
        out.decode("utf-8", "surrogateescape"),
        err.decode("utf-8", "surrogateescape"),
        seconds,
        peak / 1024 if peak > before else 0.0,
    )
