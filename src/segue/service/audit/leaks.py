"""Leaks across a split as findings: each test track that something of was learned from."""

from __future__ import annotations

from collections.abc import Iterator

from segue.audit.findings import Finding
from segue.datasets.names import artist_names
from segue.errors import SegueError
from segue.service.audit.material import Material
from segue.service.leaks import leaks_document


def leak_findings(
    target: str, material: Material, protocol: str | None, seed: int, unchecked: list[str]
) -> Iterator[Finding]:
    """Yield a finding for every track of the test part that leaks under ``protocol``, nothing without one.

    ``target`` is what ``material`` was read from.

    Raises SegueError where a protocol is given and the target is no dataset, DatasetError where it cannot be
    divided so.
    """
    if protocol is None:
        return
    if material.data is None:
        raise SegueError("Only a dataset has a split to check: leave --protocol out, or name a dataset.")
    document = leaks_document(target, material.data, protocol, seed)
    unchecked += document["unchecked"]
    shared = set(document["artists"])
    by_id = {track.track_id: track for track in material.tracks}
    for track_id in document["tracks"]:
        reasons = []
        if track_id in by_id and (artists := sorted(set(artist_names(by_id[track_id]).values()) & shared)):
            reasons.append(f"other music by {', '.join(artists)} was learned from")
        others: list[str] = []
        for recording in document["recordings"]:
            if track_id in recording["tracks"]:
                others += [other for other in recording["tracks"] if other != track_id]
                reasons.append(
                    f"it is one recording with {', '.join(others)} ({'; '.join(recording['reasons'])})"
                )
        evidence = "; ".join(reasons) or "chunks of it were learned from"
        evidence = f"Under {protocol}, {evidence}."
        yield Finding("leak", "high", (track_id, *dict.fromkeys(others)), evidence, (("protocol", protocol),))
