"""Labels that the sound speaks against, heard through what is at hand: embeddings, or mel spectrograms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segue.analysis.settings import AnalysisSettings
from segue.audit.findings import Finding
from segue.execution.processes import ProcessExecutor
from segue.research.audit.labels import suspicious_labels
from segue.research.datasets.index import Track
from segue.research.datasets.names import artist_keys
from segue.service.audit.material import Material, with_audio
from segue.service.jobs import AnalyseJob, timeout_for_file_s

_TEACHER = "openl3_512_without_test.npz"
_SURE = 0.8  # so much likelier must the other label be for a list of tracks to leave out


def label_findings(material: Material, jobs: int, unchecked: list[str]) -> Iterator[Finding]:
    """Yield the suspicious labels; ``unchecked`` is told what could not be judged. Analyses in ``jobs`` processes."""
    by_id = {track.track_id: track for track in material.tracks if track.label is not None}
    if len({track.label for track in by_id.values()}) < 2:
        unchecked.append("labels: there are none, or only one")
        return
    judged: set[str] = set()
    for heard_by, ids, features in _views(material, jobs):
        rows = [row for row, track_id in enumerate(ids) if track_id in by_id]
        tracks = [by_id[ids[row]] for row in rows]
        labels = [track.label or "" for track in tracks]
        for one in (
            suspicious_labels(features[rows], labels, [_group(track) for track in tracks]) if rows else ()
        ):
            track = tracks[one.row].track_id
            if track in judged:
                continue
            evidence = (
                f"Labelled {one.given}, it sounds like {one.other} ({one.other_probability:.2f} against "
                f"{one.given_probability:.2f}) to a model over {heard_by} that learned from none of its artists."
            )
            values = (
                ("given", one.given),
                ("other", one.other),
                ("given_probability", round(one.given_probability, 4)),
                ("other_probability", round(one.other_probability, 4)),
            )
            sure = one.margin >= _SURE
            yield Finding(
                "suspicious-label",
                "medium" if sure else "low",
                (track,),
                evidence,
                values,
                (track,) if sure else (),
            )
        judged.update(track.track_id for track in tracks)
    if len(judged) < len(by_id):
        unchecked.append(
            f"labels: {len(by_id) - len(judged):,} tracks have neither an embedding nor a spectrogram"
        )


def _group(track: Track) -> str:
    """What tracks that must not judge each other share: the first artist by name, or nothing but themselves."""
    return min(artist_keys(track), default=f"unknown artist of {track.track_id}")


def _views(material: Material, jobs: int) -> Iterator[tuple[str, list[str], np.ndarray]]:
    """What tracks are heard through, ids and features ``(n, dim)``; the view that tells more comes first."""
    if material.embeddings is not None:
        yield "segue's embeddings", list(material.embedded), material.embeddings.vectors
        return
    dataset = material.dataset
    if dataset is not None and dataset.archive is not None:
        from segue.research.datasets.mel_archive import read_mel_archive

        teacher = dataset.archive.with_name(_TEACHER)
        if teacher.is_file():
            yield "OpenL3's embeddings", *_teacher(teacher)
        archive = read_mel_archive(dataset.archive)
        yield "mel statistics", list(archive.ids), mel_statistics(archive.mel)
        return
    yield "segue's embeddings", *_analysed(material, jobs)


def mel_statistics(mel: np.ndarray) -> np.ndarray:
    """Return float32 ``(n, 384)``: of each band of ``(n, 128, n_frames)`` the mean, the spread and the mean change."""
    found = np.empty((len(mel), 3 * mel.shape[1]), np.float32)
    for row, levels in enumerate(mel):
        one = levels.astype(np.float32)
        found[row] = np.concatenate(
            (one.mean(axis=1), one.std(axis=1), np.abs(np.diff(one, axis=1)).mean(axis=1))
        )
    return found


def _teacher(path: Path) -> tuple[list[str], np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        return [str(track_id) for track_id in arrays["track_id"]], arrays["embedding"]


def _analysed(material: Material, jobs: int) -> tuple[list[str], np.ndarray]:
    """Embeddings by the model inside the package, which knows nothing of these labels; files that fail are left out."""
    analyse = AnalyseJob(None, AnalysisSettings(n_windows=1, loudness=False))
    id_of = {path: material.tracks[row].track_id for row, path in with_audio(material)}
    found = {}
    with ProcessExecutor(jobs) as executor:
        for outcome in executor.map(analyse, id_of, timeout_for_file_s):
            if outcome.value is not None and outcome.value.embedding is not None:
                found[id_of[outcome.item]] = outcome.value.embedding
    ids = sorted(found)
    return ids, np.stack([found[track_id] for track_id in ids]) if ids else np.zeros((0, 1), np.float32)
