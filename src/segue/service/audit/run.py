"""The audit: every file heard once, then compared with all others, its label and its split."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segue.audio.open import open_audio
from segue.audit.cache import SoundCache
from segue.audit.copies import LABELS_DIFFER, alike, exact_copies, near_copies, versions
from segue.audit.faults import faults
from segue.audit.findings import Finding, in_order
from segue.audit.landmarks import Landmarks
from segue.audit.sound import Sound, listen
from segue.datasets.audio_files import FolderAudio
from segue.execution.contract import Trouble
from segue.execution.processes import ProcessExecutor
from segue.service.audit.labels import label_findings
from segue.service.audit.leaks import leak_findings
from segue.service.audit.material import Material, read_material, with_audio
from segue.service.jobs import cores, timeout_for_file_s
from segue.service.scan import Progress, Silent
from segue.types import Failure

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found, gravest first, and what could not be looked at."""

    kind: str
    name: str
    n_tracks: int
    n_listened: int
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        return dict(Counter(finding.kind for finding in self.findings))


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the comparisons need of a file; its peaks stay in the cache until somebody asks."""

    row: int
    file_hash: str
    samples_hash: str
    duration_s: float
    landmarks: Landmarks


def audit(
    target: str,
    *,
    data: Path | None = None,
    labelled: bool = False,
    protocol: str | None = None,
    seed: int = 0,
    cache: Path | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Return what is wrong with a dataset, a folder or a library; see `read_material` for ``target``.

    ``protocol`` names the split whose leaks are looked for. Files that ``cache`` (by default beside the
    library, else in the user's cache folder) has heard before and that have not changed are not heard again.
    Raises SegueError where the target or the cache cannot be read.
    """
    progress = progress or Silent()
    material = read_material(target, data, labelled)
    unchecked: list[str] = []
    found: list[Finding] = [
        Finding("undecodable", "high", (f.path,), f.cause, (("stage", f.stage),), (f.path,))
        for f in material.failures
    ]
    heard: list[_Heard] = []
    with SoundCache(cache or material.cache) as sounds:
        for row, file_hash, sound in _listened(material, sounds, jobs or cores(), progress):
            track = material.tracks[row].track_id
            if isinstance(sound, Failure):
                values = (("stage", sound.stage),)
                found.append(Finding("undecodable", "high", (track,), sound.cause, values, (track,)))
                continue
            found += faults(track, sound)
            heard.append(_Heard(row, file_hash, sound.samples_hash, sound.duration_s, sound.landmarks))
        heard.sort(key=lambda one: one.row)
        copies = _copies(material, heard, sounds, {track for f in found for track in f.leave_out})
    found += copies
    found += _without_audio(material, unchecked)
    found += versions(material.tracks, [(f.tracks[0], f.tracks[1]) for f in copies])
    found += label_findings(material, jobs or cores(), unchecked)
    found += leak_findings(target, material, protocol, seed, unchecked)
    return AuditReport(
        material.kind,
        material.name,
        len(material.tracks),
        len(heard),
        in_order(_merged(found)),
        tuple(unchecked),
    )


def hear(path: str) -> tuple[str, Sound]:
    """Return a file's SHA-256 and what is heard in it. Raises AudioError when it cannot be decoded."""
    digest = hashlib.sha256()
    with open_audio(path) as stream:
        with open(path, "rb") as file:
            while piece := file.read(_READ_BYTES):
                digest.update(piece)
        return digest.hexdigest(), listen(stream)


def _listened(
    material: Material, sounds: SoundCache, jobs: int, progress: Progress
) -> Iterator[tuple[int, str, Sound | Failure]]:
    """Row, file hash and sound of every track with audio, known ones first."""
    there = with_audio(material)
    progress.total(len(there))
    new: dict[str, tuple[list[int], os.stat_result]] = {}
    for row, path in there:
        try:
            status = os.stat(path)
        except OSError as error:
            progress.step(failed=True)
            yield row, "", Failure(path, "open", f"The file cannot be opened: {error.strerror or error}.")
            continue
        known = sounds.get(path, status.st_size, status.st_mtime_ns)
        if known is None:
            new.setdefault(path, ([], status))[0].append(row)
            continue
        progress.step(failed=isinstance(known[1], Failure))
        yield row, *known
    if not new:
        return
    with ProcessExecutor(min(jobs, len(new))) as executor:
        for outcome in executor.map(hear, new, timeout_for_file_s):
            rows, status = new[outcome.item]
            file_hash, sound = outcome.value or ("", _failure(outcome.item, outcome.trouble))
            sounds.put(outcome.item, status.st_size, status.st_mtime_ns, file_hash, sound)
            for row in rows:
                progress.step(failed=isinstance(sound, Failure))
                yield row, file_hash, sound


def _failure(path: str, trouble: Trouble | None) -> Failure:
    assert trouble is not None
    return Failure(path, trouble.stage, trouble.cause)


def _copies(
    material: Material, heard: Sequence[_Heard], sounds: SoundCache, faulty: set[str]
) -> list[Finding]:
    """Findings of exact and near copies, by the index, by what was heard, and by spectrograms."""
    found: list[Finding] = []
    indexed = [track for track in material.tracks if track.sha256]
    found += exact_copies(indexed, [track.sha256 for track in indexed], "SHA-256 in the index")
    tracks = [material.tracks[one.row] for one in heard]
    found += exact_copies(tracks, [one.file_hash for one in heard], "bytes")
    found += exact_copies(tracks, [one.samples_hash for one in heard], "decoded samples")
    distinct = list({one.samples_hash: one for one in reversed(heard)}.values())[::-1]

    def peaks_of(number: int) -> np.ndarray:
        path = material.paths[distinct[number].row]
        assert path is not None
        return sounds.peaks(path)

    pairs = alike([one.landmarks for one in distinct], peaks_of)
    distinct_tracks = [material.tracks[one.row] for one in distinct]
    found += near_copies(distinct_tracks, [one.duration_s for one in distinct], pairs, faulty)
    if material.dataset is not None and material.dataset.archive is not None:
        found += _copies_in_archive(material)
    return found


def _copies_in_archive(material: Material) -> Iterator[Finding]:
    from segue.audit.archive import spectral_copies
    from segue.datasets.mel_archive import read_mel_archive

    assert material.dataset is not None and material.dataset.archive is not None
    archive = read_mel_archive(material.dataset.archive)
    by_id = {track.track_id: track for track in material.tracks}
    rows = [row for row, track_id in enumerate(archive.ids) if track_id in by_id]
    yield from spectral_copies([by_id[archive.ids[row]] for row in rows], archive.mel[rows])


def _without_audio(material: Material, unchecked: list[str]) -> Iterator[Finding]:
    missing = [t.track_id for t, path in zip(material.tracks, material.paths, strict=True) if path is None]
    if not missing:
        return
    if material.dataset is not None and not isinstance(material.dataset.audio, FolderAudio):
        unchecked.append(
            "sound: the audio is packed in a tar; unpack it and audit the folder to have it heard"
        )
        return
    seen: frozenset[str] = frozenset()
    if material.dataset is not None and material.dataset.archive is not None:
        from segue.datasets.mel_archive import read_mel_archive

        seen = frozenset(read_mel_archive(material.dataset.archive).ids)
    for track_id in missing:
        if track_id not in seen:
            evidence = "There is neither audio nor a spectrogram of it."
            yield Finding("undecodable", "high", (track_id,), evidence, (("stage", "open"),), (track_id,))
    unheard = sum(track_id in seen for track_id in missing)
    if unheard:
        unchecked.append(
            f"sound: of {unheard:,} of {len(material.tracks):,} tracks there is only a spectrogram here, which tells "
            "copies but not damage, clipping, band limits or hum"
        )


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """One record for findings of one kind about the same tracks, with the evidence of all."""
    merged: dict[tuple[str, tuple[str, ...]], Finding] = {}
    for finding in findings:
        one = merged.setdefault((finding.kind, finding.tracks), finding)
        if one is not finding:
            new = finding.evidence.partition(LABELS_DIFFER)[0].strip()
            merged[one.kind, one.tracks] = replace(
                one,
                evidence=f"{new} {one.evidence}",
                values=tuple((dict(finding.values) | dict(one.values)).items()),
            )
    return list(merged.values())
