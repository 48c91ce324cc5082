"""Leaks across a split as findings: each test track that something of was learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from segue.audit.findings import Finding
from segue.errors import SegueError
from segue.research.datasets.index import Track
from segue.research.datasets.leaks import SAME_TRACK
from segue.research.datasets.names import artist_keys, artist_names
from segue.research.leaks import leaks_document
from segue.service.audit.material import Material


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
    shared = frozenset().union(*(_keys(name) for name in document["artists"]))
    by_id = {track.track_id: track for track in material.tracks}
    # Chunks of its own on both sides make a track's artist shared, and are no other music of that artist.
    n_tracks = Counter(key for track in material.tracks for key in artist_keys(track))
    for track_id in document["tracks"]:
        reasons = []
        named = artist_names(by_id[track_id]) if track_id in by_id else {}
        if artists := sorted(name for key, name in named.items() if key in shared and n_tracks[key] > 1):
            reasons.append(f"other music by {', '.join(artists)} was learned from")
        others: list[str] = []
        for recording in document["recordings"]:
            if track_id not in recording["tracks"]:
                continue
            same = [other for other in recording["tracks"] if other != track_id]
            why = [reason for reason in recording["reasons"] if reason != SAME_TRACK]
            others += same
            if same and why:
                reasons.append(f"it is one recording with {', '.join(same)} ({'; '.join(why)})")
            if why != recording["reasons"]:
                reasons.append("chunks of it were learned from")
        evidence = f"Under {protocol}, {'; '.join(reasons) or 'something of it was learned from'}."
        yield Finding("leak", "high", (track_id, *dict.fromkeys(others)), evidence, (("protocol", protocol),))


def _keys(artist: str) -> frozenset[str]:
    """An artist as leaks are found by, however one row spells the name that another spells otherwise."""
    return artist_keys(Track("", None, artist))
