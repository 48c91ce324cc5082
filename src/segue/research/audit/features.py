"""Feature vectors that labels are judged by: stored embeddings, mel statistics, or the packaged model's embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from segue.analysis.settings import AnalysisSettings
from segue.execution.default import default_executor
from segue.library.store import Library
from segue.research.datasets.mel_archive import MelArchive
from segue.service.audit.collection import Collection
from segue.service.jobs import AnalyseJob, timeout_for_file_s

_OPENL3 = "openl3_512_without_test.npz"


class Features(NamedTuple):
    """Feature vectors float ``(n, dim)``; row i is track ``ids[i]``. ``name`` says what they are."""

    name: str
    ids: tuple[str, ...]
    vectors: np.ndarray


def of_library(path: Path) -> Iterator[Features]:
    """Yield the embeddings of a library's latest model, a track by its first path; nothing without any."""
    with Library.open(path, create=False, read_only=True) as library:
        models = list(library.models())
        if not models:
            return
        first = {stored.track_id: stored.paths[0] for stored in library.tracks(models[-1]) if stored.paths}
        embeddings = library.vectors(models[-1])
    rows = [row for row, track_id in enumerate(embeddings.track_ids.tolist()) if track_id in first]
    ids = tuple(first[int(embeddings.track_ids[row])] for row in rows)
    yield Features("segue's embeddings", ids, embeddings.vectors[rows])


def of_archive(archive: MelArchive, path: Path | None) -> Iterator[Features]:
    """Yield OpenL3's embeddings where they lie beside the archive at ``path``, then the archive's mel statistics."""
    openl3 = None if path is None else path.with_name(_OPENL3)
    if openl3 is not None and openl3.is_file():
        with np.load(openl3, allow_pickle=False) as arrays:
            yield Features("OpenL3's embeddings", tuple(map(str, arrays["track_id"])), arrays["embedding"])
    yield Features("mel statistics", archive.ids, mel_statistics(archive.mel))


def by_packaged_model(collection: Collection, jobs: int) -> Iterator[Features]:
    """Yield embeddings of the audio by the packaged model, which was not trained on these labels.

    Files that cannot be analysed are left out. Runs in ``jobs`` processes.
    """
    analyse = AnalyseJob(None, AnalysisSettings(n_windows=1, loudness=False))
    id_of = {path: collection.tracks[row].track_id for row, path in collection.files()}
    found = {}
    with default_executor(jobs) as executor:
        for outcome in executor.map(analyse, id_of, timeout_for_file_s):
            if outcome.value is not None and outcome.value.embedding is not None:
                found[id_of[outcome.item]] = outcome.value.embedding
    ids = tuple(sorted(found))
    vectors = np.stack([found[track_id] for track_id in ids]) if ids else np.zeros((0, 1), np.float32)
    yield Features("segue's embeddings", ids, vectors)


def mel_statistics(mel: np.ndarray) -> np.ndarray:
    """Return float32 ``(n, 384)``: of each band of ``(n, 128, n_frames)`` the mean, the spread and the mean change."""
    found = np.empty((len(mel), 3 * mel.shape[1]), np.float32)
    for row, levels in enumerate(mel):
        one = levels.astype(np.float32)
        found[row] = np.concatenate(
            (one.mean(axis=1), one.std(axis=1), np.abs(np.diff(one, axis=1)).mean(axis=1))
        )
    return found
