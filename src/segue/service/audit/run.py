"""The audit: every file heard once, then compared with all others, its label and its split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segue.audit.cache import SoundCache
from segue.audit.faults import faults
from segue.audit.findings import Finding, in_order
from segue.audit.keeping import Worth, recordings, worth_of
from segue.copies.recordings import LABELS_DIFFER, exact_copies, near_copies, same_hash, shown_of, versions
from segue.research.audit.archive import SpectralCopies, spectral_copies, spectral_findings
from segue.research.audit.label_findings import label_findings
from segue.research.audit.leak_findings import leak_findings
from segue.research.datasets.audio_files import FolderAudio
from segue.service.audit.hearing import Heard, listened, running_alike
from segue.service.audit.material import Material, read_material, with_audio
from segue.service.jobs import cores
from segue.service.scan import Progress, Silent
from segue.types import Failure


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
    heard: list[Heard] = []
    file_hashes: list[str | None] = [None] * len(material.tracks)
    worths = [Worth()] * len(material.tracks)
    with SoundCache(cache or material.cache) as sounds:
        there = with_audio(material)
        for row, file_hash, n_bytes, sound in listened(there, sounds, jobs or cores(), progress):
            track = material.tracks[row].track_id
            if isinstance(sound, Failure):
                values = (("stage", sound.stage),)
                found.append(Finding("undecodable", "high", (track,), sound.cause, values, (track,)))
                worths[row] = Worth(faulty=True)
                continue
            wrong = list(faults(track, sound))
            found += wrong
            worths[row] = worth_of(sound, n_bytes, faulty=any(finding.leave_out for finding in wrong))
            file_hashes[row] = file_hash
            heard.append(Heard(row, material.paths[row] or "", sound.samples_hash, sound.landmarks))
        heard.sort(key=lambda one: one.row)
        copies = _copies(material, heard, file_hashes, worths, sounds)
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


def _copies(
    material: Material,
    heard: Sequence[Heard],
    file_hashes: Sequence[str | None],
    worths: Sequence[Worth],
    sounds: SoundCache,
) -> list[Finding]:
    """Findings of exact and near copies, by the index, by what was heard, and by spectrograms."""
    tracks = material.tracks
    samples_hashes: list[str | None] = [None] * len(tracks)
    for one in heard:
        samples_hashes[one.row] = one.samples_hash
    exact = (
        ([track.sha256 for track in tracks], "SHA-256 in the index"),
        (file_hashes, "bytes"),
        (samples_hashes, "decoded samples"),
    )
    pairs = running_alike(heard, sounds)
    spectral = _in_archive(material)
    same = [rows for hashes, _ in exact for rows in same_hash(hashes)]
    same += [(pair.a, pair.b) for pair in pairs if pair.copy]
    same += spectral.groups() if spectral is not None else []
    of = recordings(worths, same)
    found = [finding for hashes, what in exact for finding in exact_copies(tracks, hashes, what, of)]
    # Of equal samples the copy that stays is told of, though another was compared.
    shown = {row: shown_of(rows, of) for rows in same_hash(samples_hashes) for row in rows}
    found += near_copies(
        tracks, [replace(p, a=shown.get(p.a, p.a), b=shown.get(p.b, p.b)) for p in pairs], of
    )
    if spectral is not None:
        found += spectral_findings(tracks, spectral, of)
    return found


def _in_archive(material: Material) -> SpectralCopies | None:
    if material.dataset is None or material.dataset.archive is None:
        return None
    from segue.research.datasets.mel_archive import read_mel_archive

    archive = read_mel_archive(material.dataset.archive)
    row_of = {track.track_id: row for row, track in enumerate(material.tracks)}
    held = [number for number, track_id in enumerate(archive.ids) if track_id in row_of]
    rows = [row_of[archive.ids[number]] for number in held]
    return spectral_copies(len(material.tracks), rows, archive.mel[held])


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
        from segue.research.datasets.mel_archive import read_mel_archive

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
