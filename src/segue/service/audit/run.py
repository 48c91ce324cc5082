"""The audit: every file is decoded once, checked by itself, and compared with all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segue.audit.best_copy import Quality, group_copies, quality_of
from segue.audit.cache import SoundCache
from segue.audit.copy_findings import (
    LABELS_DIFFER,
    Hashes,
    exact_copies,
    near_copies,
    shared_passages,
    shown_of,
    versions,
)
from segue.audit.faults import faults
from segue.audit.findings import AuditReport, Finding, in_order
from segue.copies.groups import same_hash
from segue.copies.same import Link, Method, Reason
from segue.execution.default import default_executor
from segue.service.audit.collection import Collection, read_collection
from segue.service.audit.listening import Listened, listen_to_files, shared_audio
from segue.service.scan import Progress, Silent
from segue.types import Failure

# Returns findings, and adds a sentence to the list for everything that could not be checked.
Check = Callable[[list[str]], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class MoreEvidence:
    """What a caller knows beyond the audio files, by row: further hashes, further links, and further checks."""

    hashes: tuple[Hashes, ...] = ()
    links: tuple[Link, ...] = ()
    checks: tuple[Check, ...] = ()


def audit(
    target: str, *, cache: Path | None = None, jobs: int | None = None, progress: Progress | None = None
) -> AuditReport:
    """Return the damaged, clipped, humming and duplicate files of a folder or a library.

    ``cache`` (by default beside the library, else in the user's cache folder) keeps the measurements: unchanged files
    are not decoded again. Raises SegueError where the target or the cache cannot be read.
    """

    def labels(unchecked: list[str]) -> Iterable[Finding]:
        unchecked.append("labels: not compared with the audio; add --labelled")
        return ()

    return audit_collection(
        read_collection(target), MoreEvidence(checks=(labels,)), cache=cache, jobs=jobs, progress=progress
    )


def audit_collection(
    collection: Collection,
    more: MoreEvidence = MoreEvidence(),
    *,
    cache: Path | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Return the findings about a collection, also by ``more``; see `audit`."""
    unchecked: list[str] = []
    findings = [_undecodable(failure.path, failure) for failure in collection.failures]
    n_tracks = len(collection.tracks)
    listened: list[Listened] = []
    file_hashes: list[str | None] = [None] * n_tracks
    samples_hashes: list[str | None] = [None] * n_tracks
    qualities = [Quality()] * n_tracks
    with SoundCache(cache or collection.cache) as sounds:
        for one in listen_to_files(collection.files(), sounds, default_executor(jobs), progress or Silent()):
            track, sound = collection.tracks[one.row].track_id, one.sound
            if isinstance(sound, Failure):
                findings.append(_undecodable(track, sound))
                qualities[one.row] = Quality(faulty=True)
                continue
            found = list(faults(track, sound))
            findings += found
            qualities[one.row] = quality_of(sound, one.n_bytes, faulty=any(f.leave_out for f in found))
            file_hashes[one.row], samples_hashes[one.row] = one.sha256, sound.samples_hash
            path = collection.paths[one.row] or ""
            listened.append(Listened(one.row, path, sound.samples_hash, sound.landmarks))
        listened.sort(key=lambda one: one.row)
        pairs = shared_audio(listened, sounds)
    tracks = collection.tracks
    exact = [
        Hashes("SHA-256 in the index", tuple(track.sha256 for track in tracks)),
        Hashes("bytes", tuple(file_hashes)),
        Hashes("decoded samples", tuple(samples_hashes)),
    ]
    same = [rows for hashes in (*exact, *more.hashes) for rows in same_hash(hashes.values)]
    same += [(pair.a, pair.b) for pair in pairs if pair.is_copy]
    same += [(link.a, link.b) for link in more.links]
    groups = group_copies(qualities, same)
    # Of files with equal samples the best copy is named, though another was compared.
    shown = {row: shown_of(rows, groups) for rows in same_hash(samples_hashes) for row in rows}
    pairs = [replace(pair, a=shown.get(pair.a, pair.a), b=shown.get(pair.b, pair.b)) for pair in pairs]
    copies = [finding for hashes in exact for finding in exact_copies(tracks, hashes, groups)]
    links = [
        Link(pair.a, pair.b, Reason(Method.PASSAGES, alignment=pair.alignment))
        for pair in pairs
        if pair.is_copy
    ]
    copies += near_copies(tracks, links, groups)
    copies += [finding for hashes in more.hashes for finding in exact_copies(tracks, hashes, groups)]
    copies += near_copies(tracks, more.links, groups)
    findings += copies
    shared = list(shared_passages(tracks, pairs, groups))
    findings += shared
    findings += versions(tracks, [(finding.tracks[0], finding.tracks[1]) for finding in (*copies, *shared)])
    for check in more.checks:
        findings += check(unchecked)
    return AuditReport(
        collection.kind,
        collection.name,
        n_tracks,
        len(listened),
        in_order(_merged(findings)),
        tuple(unchecked),
    )


def _undecodable(track: str, failure: Failure) -> Finding:
    return Finding("undecodable", "high", (track,), failure.cause, (("stage", failure.stage),), (track,))


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
