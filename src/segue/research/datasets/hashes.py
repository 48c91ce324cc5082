"""The SHA-256 of files whose index brings none: your own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from segue.files import sha256_of
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.index import Track


def with_hashes(dataset: Dataset) -> Dataset:
    """Return ``dataset`` with the SHA-256 of every file that is there and has none in the index.

    Reads those files to their end. A file that cannot be read keeps None. Members of a tar are left as they are.
    """
    if not isinstance(dataset.audio, FolderAudio):
        return dataset
    hashed = (_hashed(track, path) for track, path in dataset.audio.each(dataset.tracks))
    return replace(dataset, tracks=tuple(hashed))


def _hashed(track: Track, path: Path | None) -> Track:
    if track.sha256 is not None or path is None:
        return track
    try:
        return replace(track, sha256=sha256_of(path))
    except OSError:
        return track
