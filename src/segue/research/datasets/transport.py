"""What fetching asks of its surroundings: patience, room on the disk, and someone to tell how far it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segue.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Transport:
    """How patient a download is.

    ``tries`` attempts in a row may bring nothing new before it gives up; the first waits
    ``wait_s`` for the second, each further one twice as long, at most a minute.
    """

    connect_timeout_s: float = 20.0
    read_timeout_s: float = 60.0
    tries: int = 6
    wait_s: float = 1.0


PATIENT = Transport()


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work on one file is: ``doing`` is "download", "check" or "unpack"; in bytes."""

    name: str
    doing: str
    done: int
    total: int | None


Progress = Callable[[Step], None]


def require_room(folder: Path, n_bytes: int, what: str) -> None:
    """Raises DatasetError when the disk of ``folder`` has less than ``n_bytes`` free for ``what``."""
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise DatasetError(
            f"There is no room for {what} in {folder}: it takes {_gb(n_bytes)} and {_gb(free)} are free; "
            "make room, or name another folder."
        )


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes:,} bytes"
