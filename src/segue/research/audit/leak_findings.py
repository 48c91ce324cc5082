"""Findings about test tracks that share an artist, a recording or chunks with the training data of a split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from segue.audit.findings import Finding
from segue.research.datasets.leaks import SAME_TRACK
from segue.research.leaks import dataset_leaks


def leak_findings(
    target: str, data: Path, protocol: str, seed: int, unchecked: list[str]
) -> Iterator[Finding]:
    """Yield a finding for every track of the test part that leaks under ``protocol``.

    ``target`` in ``data`` is the dataset. Adds to ``unchecked`` what could not be checked. Raises
    DatasetError where the dataset cannot be divided so.
    """
    verdict = dataset_leaks(target, data, protocol, seed).verdict
    unchecked += verdict.unchecked
    for track_id, names in zip(verdict.tracks, verdict.by, strict=True):
        reasons = []
        if names.artist:
            reasons.append(f"other music by {', '.join(names.artist)} was learned from")
        if performers := [name for name in names.performer if name not in names.artist]:
            reasons.append(f"other music performed by {', '.join(performers)} was learned from")
        if names.album:
            reasons.append(f"other music of the album {', '.join(names.album)} was learned from")
        others: list[str] = []
        for recording in verdict.recordings:
            if track_id not in recording.ids:
                continue
            same = [other for other in recording.ids if other != track_id]
            why = [reason for reason in recording.reasons if reason != SAME_TRACK]
            others += same
            if same and why:
                reasons.append(f"it is one recording with {', '.join(same)} ({'; '.join(why)})")
            if len(why) < len(recording.reasons):
                reasons.append("chunks of it were learned from")
        evidence = f"Under {protocol}, {'; '.join(reasons) or 'something of it was learned from'}."
        yield Finding("leak", "high", (track_id, *dict.fromkeys(others)), evidence, (("protocol", protocol),))
