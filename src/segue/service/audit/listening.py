"""Decodes each audited file once, in worker processes, and finds shared audio among the files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from segue.audio.open import open_audio
from segue.audit.cache import SoundCache
from segue.audit.sound import Sound, listen
from segue.copies.landmarks import Landmarks
from segue.copies.passages import SharedPassage, shared_passages
from segue.execution.contract import Executor, Trouble, says_nothing_of_the_item
from segue.files import mtime_ns, sha256_of
from segue.service.jobs import timeout_for_file_s
from segue.service.scan import Progress
from segue.types import Failure


@dataclass(frozen=True, slots=True)
class Listened:
    """What comparing needs of the file at ``path``; its peaks stay in the cache until they are needed."""

    row: int
    path: str
    samples_hash: str
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class FileSound:
    """One audited file: its row, SHA-256, size in bytes, and measurements or why there are none.

    ``sha256`` is empty and ``n_bytes`` may be 0 where the file could not be read.
    """

    row: int
    sha256: str
    n_bytes: int
    sound: Sound | Failure


def listen_to_file(path: str) -> tuple[str, Sound]:
    """Return the SHA-256 and the measurements of a file. Raises AudioError when it cannot be decoded."""
    with open_audio(path) as stream:
        digest = sha256_of(path)
        return digest, listen(stream)


def listen_to_files(
    files: Sequence[tuple[int, str]], cache: SoundCache, executor: Executor, progress: Progress
) -> Iterator[FileSound]:
    """Yield what is measured of each row and path of ``files``, those in the cache first.

    ``executor`` decodes the others; it is opened and closed here. A file that cannot be decoded yields its Failure.
    Raises SegueError where the cache cannot be written, ExecutionError where no worker can start.
    """
    progress.total(len(files))
    new: dict[str, tuple[list[int], os.stat_result]] = {}
    for row, path in files:
        try:
            status = os.stat(path)
        except OSError as error:
            progress.step(failed=True)
            cause = f"The file cannot be opened: {error.strerror or error}."
            yield FileSound(row, "", 0, Failure(path, "open", cause))
            continue
        known = cache.get(path, status.st_size, mtime_ns(status))
        if known is None or _is_worker_failure(known[1]):
            new.setdefault(path, ([], status))[0].append(row)
            continue
        sha256, sound = known
        progress.step(failed=isinstance(sound, Failure))
        yield FileSound(row, sha256, status.st_size, sound)
    if not new:
        return
    with executor:
        for outcome in executor.map(listen_to_file, new, timeout_for_file_s):
            rows, status = new[outcome.item]
            sha256, sound = outcome.value or ("", _failure(outcome.item, outcome.trouble))
            if not _is_worker_failure(sound):
                cache.put(outcome.item, status.st_size, mtime_ns(status), sha256, sound)
            for row in rows:
                progress.step(failed=isinstance(sound, Failure))
                yield FileSound(row, sha256, status.st_size, sound)


def shared_audio(files: Sequence[Listened], cache: SoundCache) -> list[SharedPassage]:
    """Return the pairs of rows that share audio; of files with the same samples the first stands for all."""
    distinct = list({one.samples_hash: one for one in reversed(files)}.values())[::-1]

    def peaks_of(number: int) -> np.ndarray:
        return cache.peaks(distinct[number].path)

    pairs = shared_passages([one.landmarks for one in distinct], peaks_of)
    return [SharedPassage(distinct[p.a].row, distinct[p.b].row, p.alignment, p.is_copy) for p in pairs]


def _is_worker_failure(sound: Sound | Failure) -> bool:
    return isinstance(sound, Failure) and says_nothing_of_the_item(sound.stage, sound.cause)


def _failure(path: str, trouble: Trouble | None) -> Failure:
    assert trouble is not None
    return Failure(path, trouble.stage, trouble.cause)
