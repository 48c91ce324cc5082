"""What an audit finds: one record per fault, with its evidence, its severity and whom it would leave out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SEVERITIES = ("low", "medium", "high")

# Kinds, each with the question it answers; a page explains them in this order.
KINDS = {
    "undecodable": "cannot be decoded",
    "truncated": "holds clearly less audio than it declares",
    "damaged": "lost something in the middle or at the end",
    "too-short": "is shorter than what a genre can be heard in",
    "silent": "is silent, all of it or mostly",
    "clipped": "was cut off at full scale",
    "band-limited": "holds nothing above a sharp edge: it comes from a low bit rate or sampling rate",
    "hum": "carries the hum of a mains supply",
    "exact-copy": "is the same file, or the same samples in another file",
    "near-copy": "is the same recording at another bit rate, level, speed or cut",
    "shared-passage": "shares a passage with another recording: a sample, a medley, a loop",
    "version": "has the artist and title of another, but was not heard to be the same recording",
    "suspicious-label": "sounds like another label to a model that did not learn from it",
    "leak": "is asked in the test part, while something of it was learned from",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    ``tracks`` are ids (paths where there is no index), the one concerned first; ``evidence`` is one sentence;
    ``values`` are the figures behind it, by name. ``leave_out`` are those of ``tracks`` an exclusion list would name.
    """

    kind: str
    severity: str
    tracks: tuple[str, ...]
    evidence: str
    values: tuple[tuple[str, float | str], ...] = ()
    leave_out: tuple[str, ...] = ()


def at_least(findings: Iterable[Finding], severity: str) -> tuple[Finding, ...]:
    """Return the findings of that severity and above, in their order. Raises ValueError for an unknown severity."""
    lowest = SEVERITIES.index(severity)
    return tuple(finding for finding in findings if SEVERITIES.index(finding.severity) >= lowest)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, gravest first, then by kind and track."""
    kinds = list(KINDS)
    return tuple(
        sorted(findings, key=lambda f: (-SEVERITIES.index(f.severity), kinds.index(f.kind), f.tracks))
    )


def to_leave_out(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the tracks an exclusion list names, sorted, each with the reasons as one line."""
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        for track in finding.leave_out:
            reasons.setdefault(track, []).append(f"{finding.kind}: {finding.evidence}")
    return {track: " ".join(dict.fromkeys(reasons[track])) for track in sorted(reasons)}
