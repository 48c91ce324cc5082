"""Getting a dataset from its publishers: only when asked, only what is missing, and checked before it counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from segue.errors import DatasetError, MissingExtra
from segue.research.datasets.checksum import check
from segue.research.datasets.download import announced_size, download
from segue.research.datasets.sources import Digest, Offer, Source
from segue.research.datasets.transport import PATIENT, Progress, Transport, require_room
from segue.research.datasets.unpack import require_free, unpack, unpacked_from

_LOCK = ".segue-fetch.lock"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file of a dataset, whole and checked.

    ``status`` is "fetched", "resumed" (an earlier run had begun it) or "already there". ``size`` and
    ``sha256`` are None where only what it unpacked to is there any more. ``digest`` is the published one
    it was held against, None where none is published. ``folder`` is what it was unpacked to.
    """

    name: str
    url: str
    status: str
    size: int | None
    sha256: str | None
    digest: Digest | None
    folder: Path | None


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a fetch brought: ``files``, or the ``reason`` why there are none and ``steps`` for a person."""

    dataset: str
    to: Path
    files: tuple[Fetched, ...]
    reason: str
    steps: tuple[str, ...]


def fetch(
    offer: Offer, to: Path, *, progress: Progress = lambda step: None, transport: Transport = PATIENT
) -> FetchResult:
    """Put the files of ``offer`` into the folder ``to``, unpack them there, and return what was done.

    What is there whole is not fetched again; what an earlier run began is continued. An offer of steps
    alone touches neither network nor disk.

    Raises MissingExtra without httpx, and DatasetError when there is no room, when a publisher
    cannot be reached or refuses, when a file is not what was published, and when an archive holds what
    it must not. Nothing half-written ever has the name of a whole file or folder.
    """
    if not offer.sources:
        return FetchResult(offer.dataset, to, (), offer.reason, offer.steps)
    if find_spec("httpx") is None:
        raise MissingExtra("Fetching needs httpx; install it with: pip install 'segue[datasets]'.")
    try:
        to.mkdir(parents=True, exist_ok=True)
        with _alone(to):
            require_room(to, sum(_missing_bytes(source, to) for source in offer.sources), offer.dataset)
            files = tuple(_fetch(source, to, progress, transport) for source in offer.sources)
    except OSError as error:
        raise DatasetError(
            f"{to} cannot be used ({error.strerror}): see to it, or name another folder."
        ) from error
    return FetchResult(offer.dataset, to, files, offer.reason, offer.steps)


def _fetch(source: Source, to: Path, progress: Progress, transport: Transport) -> Fetched:
    target, folder = to / source.name, to / source.folder if source.folder else None
    unpacked = unpacked_from(folder) if folder else None
    if folder and source.digest and unpacked == source.digest.hex:
        return Fetched(source.name, source.url, "already there", None, None, source.digest, folder)
    if folder and (source.digest or not unpacked):
        require_free(folder)  # said before gigabytes are fetched for nothing
    if target.exists():
        found = check(target, source, progress)
        wrong = found.wrong or _other_size(found.size, source, transport)
        if wrong:
            raise DatasetError(f"{target} is there, but {wrong}: move it away and fetch it again.")
        status = "already there"
    else:
        found = download(source, target, transport, progress)
        status = "resumed" if found.resumed_from else "fetched"
    hashed = source.digest.hex if source.digest else found.sha256
    if folder and unpacked != hashed:
        unpack(target, folder, hashed, progress)
    return Fetched(source.name, source.url, status, found.size, found.sha256, source.digest, folder)


def _other_size(size: int, source: Source, transport: Transport) -> str | None:
    """Where no digest is published, the server's word on the size is all there is to hold a file against."""
    if source.digest:
        return None
    named = announced_size(source, transport)
    return None if named == size else f"has {size} bytes, and the server names {named or 'no size'}"


def _missing_bytes(source: Source, to: Path) -> int:
    """Room that ``source`` will take beyond what it takes now, by the published sizes."""
    target, part = to / source.name, to / f"{source.name}.segue-part"
    folder = to / source.folder if source.folder else None
    if folder and folder.exists():
        return 0
    arrived = source.about_bytes if target.exists() else part.stat().st_size if part.exists() else 0
    return max(0, source.about_bytes - arrived) + source.unpacked_about_bytes


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """One fetch into a folder at a time; the lock is SQLite's and dies with its process, however it ends."""
    lock = to / _LOCK
    connection = sqlite3.connect(lock, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        raise DatasetError(
            f"{to} cannot be locked ({error}): wait for the other fetch to end, or name another folder."
        ) from error
    try:
        yield
    finally:
        connection.close()
        lock.unlink(missing_ok=True)
