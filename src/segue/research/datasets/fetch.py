"""Fetching a dataset from its publishers: only on request, only what is missing, checked before it counts.

pooch downloads into a hidden folder and checks the published digest; a file gets its name by one rename. A download
that is cut begins anew, so archives beyond 20 GB are left to curl, which can resume: its line is printed instead.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from segue.encode import json_field
from segue.errors import DatasetError, MissingExtra
from segue.files import sha256_of
from segue.research.datasets.archive import (
    Progress,
    Step,
    require_free,
    require_room,
    unpack,
    unpacked_from,
)
from segue.research.datasets.registry import known
from segue.research.datasets.sources import Digest, Offer, Source, offer_of

RESUMABLE_BYTES = 20_000_000_000  # beyond this, a download must be able to go on where it stopped
_LOCK, _STAGING = ".segue-fetch.lock", ".segue-fetch"
_CHUNK_BYTES = 1 << 18
_TIMEOUTS_S = (20.0, 60.0)  # to connect, and between two blocks
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # RFC 9110, RFC 6585: worth another try


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file of a dataset, whole and checked.

    ``status`` is "fetched" or "already there". ``size`` and ``sha256`` are None where only what it unpacked to is
    there any more. ``digest`` is the published one it was checked against. ``folder`` is what it was unpacked to.
    """

    name: str
    url: str
    status: str
    size: int | None
    sha256: str | None
    digest: Digest = json_field(name="published_digest")
    folder: Path | None


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a fetch brought: ``files``, and ``steps`` for a person with the ``reason`` why segue does not do them."""

    dataset: str
    to: Path
    licence: str
    files: tuple[Fetched, ...]
    reason: str | None
    steps: tuple[str, ...]


def fetch_dataset(
    name: str, to: Path | None = None, *, progress: Progress = lambda step: None
) -> FetchResult:
    """Fetch, check and unpack the dataset ``name`` into ``to`` (default: see `default_folder`). Raises as `fetch`."""
    return fetch(offer_of(name), to or default_folder(name), progress=progress)


def default_folder(name: str) -> Path:
    """The folder of datasets in the user's data folder; FMA's three sizes share one, and its metadata with it."""
    family = name.split("-")[0]
    return Path(platformdirs.user_data_dir("segue", appauthor=False)) / "datasets" / family


def fetch(
    offer: Offer, to: Path, *, progress: Progress = lambda step: None, tries: int = 4, wait_s: float = 1.0
) -> FetchResult:
    """Put the files of ``offer`` into the folder ``to``, unpack them there, and return what was done.

    What is there whole is not fetched again. A broken connection is tried ``tries`` times, waiting ``wait_s`` and
    then twice as long each time. An offer of steps alone touches neither network nor disk.

    Raises MissingExtra without pooch, and DatasetError when there is no room, a publisher cannot be reached or
    refuses, a file is not what was published, or an archive holds what it must not. Nothing half-written ever has
    the name of a whole file or folder.
    """
    licence = known(offer.dataset).licence
    if not offer.sources:
        return FetchResult(offer.dataset, to, licence, (), offer.reason or None, offer.steps)
    if find_spec("pooch") is None:
        raise MissingExtra(
            "Fetching needs pooch; install it with: pip install 'segue[datasets]'.", code="missing-pooch"
        )
    files, steps, reason = [], [], None
    try:
        to.mkdir(parents=True, exist_ok=True)
        with _alone(to):
            require_room(to, sum(_missing_bytes(source, to) for source in offer.sources), offer.dataset)
            for source in offer.sources:
                if _is_for_curl(source, to):
                    reason = f"{source.name} has {source.about_bytes / 1e9:.0f} GB, which takes a resumable download."
                    steps += _curl_steps(source, to, offer.dataset)
                else:
                    files.append(_fetch(source, to, progress, tries, wait_s))
    except OSError as error:
        raise DatasetError(
            f"{to} cannot be used ({error.strerror or error}): check it, or name another folder.",
            code="not-written",
        ) from error
    return FetchResult(offer.dataset, to, licence, tuple(files), reason, tuple(steps))


def _fetch(source: Source, to: Path, progress: Progress, tries: int, wait_s: float) -> Fetched:
    target, folder = to / source.name, to / source.folder if source.folder else None
    digest = source.digest
    if folder and unpacked_from(folder) == digest.hex:
        return Fetched(source.name, source.url, "already there", None, None, digest, folder)
    if folder:
        require_free(folder)  # said before gigabytes are fetched for nothing
    if target.exists():
        _check(target, source, to, progress)
        status = "already there"
    else:
        _download(source, target, progress, tries, wait_s)
        status = "fetched"
    if folder:
        unpack(target, folder, digest.hex, progress)
    return Fetched(source.name, source.url, status, target.stat().st_size, sha256_of(target), digest, folder)


def _check(target: Path, source: Source, to: Path, progress: Progress) -> None:
    """Raise DatasetError (``not-as-published``) when the file that is there is another than the published one."""
    import pooch

    size = target.stat().st_size
    progress(Step(source.name, "check", 0, size))
    found = pooch.file_hash(str(target), alg=source.digest.algorithm)
    progress(Step(source.name, "check", size, size))
    if found != source.digest.hex:
        large = source.about_bytes > RESUMABLE_BYTES
        raise DatasetError(
            f"{target} exists, but {_other_than_published(source, found)}: "
            f"{f'finish it with `{_curl(source, to)}`, or ' if large else ''}move it away and fetch it again.",
            code="not-as-published",
        )


def _download(source: Source, target: Path, progress: Progress, tries: int, wait_s: float) -> None:
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    staging = target.parent / _STAGING
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    downloader = pooch.HTTPDownloader(
        progressbar=_Bar(source.name, progress),
        chunk_size=_CHUNK_BYTES,
        timeout=_TIMEOUTS_S,
        headers={"Accept-Encoding": "identity"},  # packed on the way, an archive would arrive as another file
    )
    digest = f"{source.digest.algorithm}:{source.digest.hex}"
    try:
        for n_failed in range(1, tries + 1):
            try:
                pooch.retrieve(source.url, digest, source.name, staging, downloader=downloader)
                break
            except requests.RequestException as error:
                if n_failed == tries or not _may_pass(error):
                    raise _not_fetched(source, error) from None
                time.sleep(wait_s * 2 ** (n_failed - 1))
            except ValueError:  # pooch's for a digest that differs
                raise DatasetError(
                    f"{source.url} {_other_than_published(source)}; it was deleted, fetch it again.",
                    code="not-as-published",
                ) from None
        with (staging / source.name).open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(staging / source.name, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class _Bar:
    """What pooch tells its progress to, told on as steps."""

    def __init__(self, name: str, progress: Progress) -> None:
        self._name, self._progress, self._done = name, progress, 0
        self.total = 0

    def update(self, n_bytes: int) -> None:
        self._done = min(self._done + n_bytes, self.total) if self.total else self._done + n_bytes
        self._progress(Step(self._name, "download", self._done, self.total or None))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        self._done = 0


def _may_pass(error: Exception) -> bool:
    """Return whether the same request may well succeed later."""
    import requests

    if isinstance(error, requests.HTTPError):
        return error.response is not None and error.response.status_code in _PASSING
    return isinstance(
        error,
        requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError,
    ) and not isinstance(error, requests.exceptions.ProxyError)


def _not_fetched(source: Source, error: Exception) -> DatasetError:
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        meaning = {401: "wants a login", 403: "refuses", 404: "no longer has it", 410: "no longer has it"}
        return DatasetError(
            f"{source.url}: the server {meaning.get(status, 'does not send it')} (status {status}); "
            "see the publisher's page, and try again later.",
            code="download-refused",
        )
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return DatasetError(
        f"{source.url} could not be fetched ({reason}); check the connection and proxy settings, and try again.",
        code="download-failed",
    )


def _other_than_published(source: Source, found: str | None = None) -> str:
    digest = source.digest
    told = (
        f"its {digest.algorithm.upper()} is {found}, and"
        if found
        else f"its {digest.algorithm.upper()} differs:"
    )
    return f"is not what was published: {told} {digest.published_at} states {digest.hex}"


def _is_for_curl(source: Source, to: Path) -> bool:
    there = (to / source.name).exists() or bool(source.folder and (to / source.folder).exists())
    return source.about_bytes > RESUMABLE_BYTES and not there


def _curl(source: Source, to: Path) -> str:
    return f"curl -fL -C - -o {shlex.quote(str(to / source.name))} {shlex.quote(source.url)}"


def _curl_steps(source: Source, to: Path, dataset: str) -> tuple[str, str]:
    return (
        f"Download {source.name}; the same line resumes where it stopped: {_curl(source, to)}",
        f"Check and unpack it: segue datasets fetch {dataset} --to {shlex.quote(str(to))}",
    )


def _missing_bytes(source: Source, to: Path) -> int:
    """Room that ``source`` will take beyond what it takes now, by the published sizes."""
    if source.folder and (to / source.folder).exists():
        return 0
    return (0 if (to / source.name).exists() else source.about_bytes) + source.unpacked_about_bytes


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
            f"{to} cannot be locked ({error}): wait for the other fetch to end, or name another folder.",
            code="fetch-in-progress",
        ) from error
    try:
        yield
    finally:
        connection.close()
        lock.unlink(missing_ok=True)
