"""The findings of an audit: one record per fault, with its kind, severity, evidence and the tracks to exclude."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

SEVERITIES = ("low", "medium", "high")

# Kinds and what they mean, in the order in which a page explains them.
KINDS = {
    "undecodable": "cannot be decoded",
    "truncated": "holds less audio than it declares",
    "damaged": "could not be decoded in the middle or at the end",
    "too-short": "is shorter than one chunk of the network",
    "silent": "is silent, all of it or mostly",
    "clipped": "is clipped at full scale",
    "band-limited": "holds nothing above a sharp edge: it was encoded at a low bit rate or sampling rate",
    "hum": "contains mains hum at multiples of 50 or 60 Hz",
    "exact-copy": "is the same file, or the same samples in another file",
    "near-copy": "is the same recording at another bit rate, level, speed or cut",
    "shared-passage": "shares a passage with another recording: a sample, a medley, a loop",
    "version": "has the artist and title of another, but its audio does not match",
    "suspicious-label": "is classified otherwise by a model that was not trained on it",
    "leak": "is a test track that shares an artist or a recording with the training data",
}


@dataclass(frozen=True, slots=True)
class AuditTrack:
    """One track of an audited collection; a field is None where it is unknown.

    ``artist`` may name several, separated by ``;``. ``sha256`` is the hash of the file that an index promises.
    """

    track_id: str
    label: str | None = None
    artist: str | None = None
    title: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one track.

    ``tracks`` are ids (paths where there is no index), the one concerned first; ``evidence`` is one sentence;
    ``values`` are its figures, by name. ``leave_out`` are those of ``tracks`` that an exclusion list names.
    """

    kind: str
    severity: str
    tracks: tuple[str, ...]
    evidence: str
    values: tuple[tuple[str, float | str], ...] = ()
    leave_out: tuple[str, ...] = ()

    def __document__(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "severity": self.severity,
            "track": self.tracks[0],
            "others": self.tracks[1:],
            "evidence": self.evidence,
            "values": dict(self.values),
            "leave_out": self.leave_out,
        }


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The findings about one collection, the most severe first, and sentences on what could not be checked.

    ``kind`` is "dataset", "folder" or "library"; ``n_listened`` of ``n_tracks`` were decoded.
    """

    kind: str
    name: str
    n_tracks: int
    n_listened: int
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The number of findings of each kind."""
        return dict(Counter(finding.kind for finding in self.findings))

    def at_least(self, severity: str) -> AuditReport:
        """Return the report without findings below ``severity``. Raises ValueError for an unknown severity."""
        return replace(self, findings=at_least(self.findings, severity))

    def __document__(self) -> dict[str, object]:
        return {
            "target": self.name,
            "kind": self.kind,
            "tracks": self.n_tracks,
            "listened": self.n_listened,
            "counts": self.counts,
            "unchecked": self.unchecked,
            "findings": self.findings,
        }


def at_least(findings: Iterable[Finding], severity: str) -> tuple[Finding, ...]:
    """Return the findings of that severity and above, in their order. Raises ValueError for an unknown severity."""
    lowest = SEVERITIES.index(severity)
    return tuple(finding for finding in findings if SEVERITIES.index(finding.severity) >= lowest)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the most severe first, then by kind and track."""
    kinds = list(KINDS)
    return tuple(
        sorted(findings, key=lambda f: (-SEVERITIES.index(f.severity), kinds.index(f.kind), f.tracks))
    )


def to_leave_out(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the tracks to exclude, sorted, each with its reasons as one line."""
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        for track in finding.leave_out:
            reasons.setdefault(track, []).append(f"{finding.kind}: {finding.evidence}")
    return {track: " ".join(dict.fromkeys(reasons[track])) for track in sorted(reasons)}
