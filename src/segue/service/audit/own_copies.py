"""Which tracks of a dataset of audio files are one recording by their sound, for its splits and their leaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segue.audit.cache import SoundCache
from segue.copies.recordings import same_hash
from segue.errors import SegueError
from segue.execution.contract import KILLED
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.kinship import Alike
from segue.service.audit.hearing import Heard, listened, running_alike
from segue.service.audit.material import cache_for
from segue.service.jobs import cores
from segue.service.scan import Progress, Silent
from segue.types import Failure

NEAR_COPY = "near copy by its sound"
_SAME_SAMPLES = "same decoded samples"
_GIVEN_UP = ("crash", "timeout", KILLED)  # whoever tries again may hear it


def copies_by_sound(dataset: Dataset, progress: Progress | None = None) -> tuple[list[Alike], list[str]]:
    """Return what is one recording among the files of ``dataset``, and one sentence for each thing that could not be heard.

    Files are heard as the audit hears them, one worker for each core, and kept where an audit of the same folder keeps
    them, so that only new ones are heard again. What is not there or cannot be decoded is nothing to learn from and
    is passed over. Raises ExecutionError where no worker can start.
    """
    if not isinstance(dataset.audio, FolderAudio):
        return [], ["near copies: the audio is packed in a tar; unpack it to have it compared"]
    files = [str(path) if path is not None else "" for _, path in dataset.audio.each(dataset.tracks)]
    there = [(row, path) for row, path in enumerate(files) if path and Path(path).is_file()]
    if not there:
        return [], ["near copies: there is neither audio nor a mel archive to compare"]
    heard, given_up = [], []
    hashes: list[str | None] = [None] * len(files)
    with _cache(cache_for(dataset.root)) as sounds:
        for row, _, _, sound in listened(there, sounds, cores(), progress or Silent()):
            if isinstance(sound, Failure):
                given_up += [row] if sound.stage in _GIVEN_UP else []
                continue
            hashes[row] = sound.samples_hash
            heard.append(Heard(row, files[row], sound.samples_hash, sound.landmarks))
        pairs = running_alike(sorted(heard, key=lambda one: one.row), sounds)
    ids = dataset.ids
    rows_of: defaultdict[str, list[tuple[int, ...]]] = defaultdict(list)
    rows_of[_SAME_SAMPLES] += same_hash(hashes)
    rows_of[NEAR_COPY] += ((pair.a, pair.b) for pair in pairs if pair.copy)
    copies = [
        Alike(reason, tuple(ids[row] for row in rows))
        for reason, groups in rows_of.items()
        for rows in groups
    ]
    if not given_up:
        return copies, []
    others = f" and {len(given_up) - 1:,} others" if len(given_up) > 1 else ""
    return copies, [f"near copies: {ids[min(given_up)]}{others} could not be heard to the end; try again"]


def groups_by_sound(dataset: Dataset, progress: Progress | None = None) -> list[tuple[str, ...]]:
    """Return the ids of `copies_by_sound` group by group: what a division of ``dataset`` keeps together."""
    return [one.ids for one in copies_by_sound(dataset, progress)[0]]


@contextmanager
def _cache(path: Path) -> Iterator[SoundCache]:
    """The cache of an audit, or one that is forgotten where none can be kept: no split should fail for want of it."""
    try:
        sounds = SoundCache(path)
    except SegueError:
        sounds = SoundCache(Path(":memory:"))
    with sounds:
        yield sounds
