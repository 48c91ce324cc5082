"""Files heard once each, in worker processes, and what was heard of them compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from segue.audio.open import open_audio
from segue.audit.cache import SoundCache
from segue.audit.sound import Sound, listen
from segue.copies.landmarks import Landmarks
from segue.copies.recordings import Pair, alike
from segue.execution.contract import KILLED, Trouble
from segue.execution.processes import ProcessExecutor
from segue.service.jobs import timeout_for_file_s
from segue.service.scan import Progress
from segue.types import Failure

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What the comparisons need of the file at ``path``; its peaks stay in the cache until somebody asks."""

    row: int
    path: str
    samples_hash: str
    landmarks: Landmarks


def hear(path: str) -> tuple[str, Sound]:
    """Return a file's SHA-256 and what is heard in it. Raises AudioError when it cannot be decoded."""
    digest = hashlib.sha256()
    with open_audio(path) as stream:
        with open(path, "rb") as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
        return digest.hexdigest(), listen(stream)


def listened(
    there: Sequence[tuple[int, str]], sounds: SoundCache, jobs: int, progress: Progress
) -> Iterator[tuple[int, str, int, Sound | Failure]]:
    """Yield row, SHA-256, size in bytes and sound of each row and path of ``there``, those that ``sounds`` knows first.

    A file that cannot be heard gives its Failure. Raises SegueError where the cache cannot be written,
    ExecutionError where no worker can start.
    """
    progress.total(len(there))
    new: dict[str, tuple[list[int], os.stat_result]] = {}
    for row, path in there:
        try:
            status = os.stat(path)
        except OSError as error:
            progress.step(failed=True)
            cause = f"The file cannot be opened: {error.strerror or error}."
            yield row, "", 0, Failure(path, "open", cause)
            continue
        known = sounds.get(path, status.st_size, status.st_mtime_ns)
        if known is None:
            new.setdefault(path, ([], status))[0].append(row)
            continue
        file_hash, sound = known
        progress.step(failed=isinstance(sound, Failure))
        yield row, file_hash, status.st_size, sound
    if not new:
        return
    with ProcessExecutor(min(jobs, len(new))) as executor:
        for outcome in executor.map(hear, new, timeout_for_file_s):
            rows, status = new[outcome.item]
            file_hash, sound = outcome.value or ("", _failure(outcome.item, outcome.trouble))
            if not isinstance(sound, Failure) or sound.stage != KILLED:  # which says nothing about the file
                sounds.put(outcome.item, status.st_size, status.st_mtime_ns, file_hash, sound)
            for row in rows:
                progress.step(failed=isinstance(sound, Failure))
                yield row, file_hash, status.st_size, sound


def running_alike(heard: Sequence[Heard], sounds: SoundCache) -> list[Pair]:
    """Return the pairs that run alike, by row; of those with the same samples the first stands for all."""
    distinct = list({one.samples_hash: one for one in reversed(heard)}.values())[::-1]

    def peaks_of(number: int) -> np.ndarray:
        return sounds.peaks(distinct[number].path)

    pairs = alike([one.landmarks for one in distinct], peaks_of)
    return [Pair(distinct[p.a].row, distinct[p.b].row, p.alignment, p.copy) for p in pairs]


def _failure(path: str, trouble: Trouble | None) -> Failure:
    assert trouble is not None
    return Failure(path, trouble.stage, trouble.cause)
