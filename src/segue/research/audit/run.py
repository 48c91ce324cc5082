"""The audit of research data: the product's audit, and checks of labels, of a split, and of a mel archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from segue.audit.findings import AuditReport, AuditTrack, Finding
from segue.errors import SegueError
from segue.execution.default import cores
from segue.research.audit import features
from segue.research.audit.archive import spectral_evidence
from segue.research.audit.label_findings import label_findings
from segue.research.audit.leak_findings import leak_findings
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.mel_archive import MelArchive, read_mel_archive
from segue.research.datasets.registry import KNOWN, read_dataset
from segue.service.audit.collection import Collection, cache_for, is_library, read_collection
from segue.service.audit.run import Check, MoreEvidence, audit_collection
from segue.service.scan import Progress


def audit_labelled(
    target: str,
    *,
    data: Path | None = None,
    protocol: str | None = None,
    seed: int = 0,
    cache: Path | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Return what is wrong with a labelled collection: the product's findings, suspicious labels, and leaks.

    ``target`` is a known dataset that lies in ``data``, a folder whose first level of folders are labels, a CSV of
    path and label, or a library, whose labels are genre tags. ``protocol`` names the split whose leaks are looked for.
    Raises SegueError (``audit-protocol``) where a library is to be divided, DatasetError or LibraryError where the
    target cannot be read.
    """
    jobs = jobs or cores()
    if target not in KNOWN and is_library(Path(target)):
        collection = read_collection(target)
        checks = _library_checks(Path(target), collection, protocol)
        more = MoreEvidence(checks=checks)
    else:
        dataset = read_dataset(target, data)
        collection = _collection(dataset)
        archive = None if dataset.archive is None else read_mel_archive(dataset.archive)
        checks = _dataset_checks(dataset, collection, archive, jobs)
        if protocol is not None:
            folder = data or Path(target)
            checks = (*checks, partial(leak_findings, target, folder, protocol, seed))
        more = _with_archive(collection, archive, checks)
    return audit_collection(collection, more, cache=cache, jobs=jobs, progress=progress)


def _library_checks(path: Path, collection: Collection, protocol: str | None) -> tuple[Check, ...]:
    if protocol is not None:
        raise SegueError(
            "A library has no split to check: leave --protocol out, or name a dataset.", code="audit-protocol"
        )
    return (partial(label_findings, collection.tracks, lambda: features.of_library(path)),)


def _dataset_checks(
    dataset: Dataset, collection: Collection, archive: MelArchive | None, jobs: int
) -> tuple[Check, ...]:
    def labels(unchecked: list[str]) -> Iterable[Finding]:
        if archive is None:
            return label_findings(
                collection.tracks, lambda: features.by_packaged_model(collection, jobs), unchecked
            )
        return label_findings(
            collection.tracks, lambda: features.of_archive(archive, dataset.archive), unchecked
        )

    return partial(_without_audio, dataset, collection, archive), labels


def _collection(dataset: Dataset) -> Collection:
    paths: dict[str, str | None] = dict.fromkeys(dataset.ids)
    if isinstance(dataset.audio, FolderAudio):
        for track, path in dataset.audio.each(dataset.tracks):
            paths[track.track_id] = str(path) if path is not None and path.is_file() else None
    return Collection(
        "dataset",
        dataset.name,
        tuple(AuditTrack(t.track_id, t.label, t.artist, t.title, t.sha256) for t in dataset.tracks),
        tuple(paths[track_id] for track_id in dataset.ids),
        cache_for(dataset.root),
        dataset.problems,
    )


def _with_archive(
    collection: Collection, archive: MelArchive | None, checks: tuple[Check, ...]
) -> MoreEvidence:
    if archive is None:
        return MoreEvidence(checks=checks)
    row_of = {track.track_id: row for row, track in enumerate(collection.tracks)}
    held = [number for number, track_id in enumerate(archive.ids) if track_id in row_of]
    rows = [row_of[archive.ids[number]] for number in held]
    hashes, pairs = spectral_evidence(len(collection.tracks), rows, archive.mel[held])
    return MoreEvidence((hashes,), pairs, checks)


def _without_audio(
    dataset: Dataset, collection: Collection, archive: MelArchive | None, unchecked: list[str]
) -> Iterator[Finding]:
    """Yield a finding for every track with neither audio nor a spectrogram."""
    paths = zip(collection.tracks, collection.paths, strict=True)
    missing = [track.track_id for track, path in paths if path is None]
    if not missing:
        return
    if not isinstance(dataset.audio, FolderAudio):
        unchecked.append("sound: the audio is packed in a tar; unpack it and audit the folder")
        return
    in_archive = frozenset(() if archive is None else archive.ids)
    for track_id in missing:
        if track_id not in in_archive:
            evidence = "There is neither audio nor a spectrogram of it."
            yield Finding("undecodable", "high", (track_id,), evidence, (("stage", "open"),), (track_id,))
    n_spectrograms = sum(track_id in in_archive for track_id in missing)
    if n_spectrograms:
        unchecked.append(
            f"sound: {n_spectrograms:,} of {len(collection.tracks):,} tracks have only a spectrogram, which shows copies "
            "but not damage, clipping, band limits or hum"
        )
