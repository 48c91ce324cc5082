"""Which audio files of a dataset are the same recording by their audio, for its splits and their leaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segue.audit.cache import SoundCache
from segue.copies.groups import same_hash
from segue.errors import SegueError
from segue.execution.contract import KILLED
from segue.execution.default import default_executor
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.split_groups import SameRecording
from segue.service.audit.collection import cache_for
from segue.service.audit.listening import Listened, listen_to_files, shared_audio
from segue.service.scan import Progress, Silent
from segue.types import Failure

NEAR_COPY = "near copy by its sound"
_SAME_SAMPLES = "same decoded samples"
_NOT_LASTING = ("crash", "timeout", KILLED)  # another attempt may succeed


def copies_by_sound(
    dataset: Dataset, progress: Progress | None = None
) -> tuple[list[SameRecording], list[str]]:
    """Return the groups of files that are the same recording, and a sentence for everything that could not be checked.

    Files are decoded as in the audit, one worker for each core; the measurements are kept in the cache of an audit of
    the same folder, so that only new files are decoded again. Files that are missing or cannot be decoded are skipped:
    training skips them too. Raises ExecutionError where no worker can start.
    """
    if not isinstance(dataset.audio, FolderAudio):
        return [], ["near copies: the audio is packed in a tar; unpack it to have it compared"]
    paths = [str(path) if path is not None else "" for _, path in dataset.audio.each(dataset.tracks)]
    files = [(row, path) for row, path in enumerate(paths) if path and Path(path).is_file()]
    if not files:
        return [], ["near copies: there is neither audio nor a mel archive to compare"]
    listened, given_up = [], []
    hashes: list[str | None] = [None] * len(paths)
    with _cache(cache_for(dataset.root)) as sounds:
        for one in listen_to_files(files, sounds, default_executor(), progress or Silent()):
            sound = one.sound
            if isinstance(sound, Failure):
                given_up += [one.row] if sound.stage in _NOT_LASTING else []
                continue
            hashes[one.row] = sound.samples_hash
            listened.append(Listened(one.row, paths[one.row], sound.samples_hash, sound.landmarks))
        pairs = shared_audio(sorted(listened, key=lambda one: one.row), sounds)
    ids = dataset.ids
    rows_of: defaultdict[str, list[tuple[int, ...]]] = defaultdict(list)
    rows_of[_SAME_SAMPLES] += same_hash(hashes)
    rows_of[NEAR_COPY] += ((pair.a, pair.b) for pair in pairs if pair.is_copy)
    copies = [
        SameRecording(reason, tuple(ids[row] for row in rows))
        for reason, groups in rows_of.items()
        for rows in groups
    ]
    if not given_up:
        return copies, []
    others = f" and {len(given_up) - 1:,} others" if len(given_up) > 1 else ""
    return copies, [f"near copies: {ids[min(given_up)]}{others} could not be decoded to the end; try again"]


def groups_by_sound(dataset: Dataset, progress: Progress | None = None) -> list[tuple[str, ...]]:
    """Return the ids of `copies_by_sound`, group by group: a split of ``dataset`` keeps each group together."""
    return [one.ids for one in copies_by_sound(dataset, progress)[0]]


@contextmanager
def _cache(path: Path) -> Iterator[SoundCache]:
    """The cache at ``path``, or one in memory where none can be written there: a split must not fail for want of it."""
    try:
        sounds = SoundCache(path)
    except SegueError:
        sounds = SoundCache(Path(":memory:"))
    with sounds:
        yield sounds
