"""Findings about test tracks that share an artist, a recording or chunks with the training data of a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from segue.audit.findings import Finding
from segue.copies.names import artist_keys, artist_names
from segue.research.datasets.index import Track
from segue.research.datasets.leaks import SAME_TRACK
from segue.research.leaks import dataset_leaks


def leak_findings(
    target: str, data: Path, tracks: Sequence[Track], protocol: str, seed: int, unchecked: list[str]
) -> Iterator[Finding]:
    """Yield a finding for every track of the test part that leaks under ``protocol``.

    ``target`` in ``data`` is the dataset of ``tracks``. Adds to ``unchecked`` what could not be checked. Raises
    DatasetError where the dataset cannot be divided so.
    """
    verdict = dataset_leaks(target, data, protocol, seed).verdict
    unchecked += verdict.unchecked
    # By key: one row may spell an artist otherwise than another.
    shared = frozenset().union(*(artist_keys(name) for name in verdict.artists))
    by_id = {track.track_id: track for track in tracks}
    # Its own chunks on both sides make a track's artist shared without other music of that artist.
    n_tracks = Counter(key for track in tracks for key in artist_keys(track.artist))
    for track_id in verdict.tracks:
        reasons = []
        named = artist_names(by_id[track_id].artist) if track_id in by_id else {}
        if artists := sorted(name for key, name in named.items() if key in shared and n_tracks[key] > 1):
            reasons.append(f"other music by {', '.join(artists)} was learned from")
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
