"""Groups tracks that must not be split between training and test: those of one artist, album or recording.

Tracks are one recording when their files have one hash, when artists and title are the same, or when something beyond
the index says so (a list of duplicates, a comparison of the audio); also by way of a third track.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from segue.copies.groups import groups_of
from segue.copies.names import recording_key
from segue.research.datasets.index import Track
from segue.research.datasets.names import name_keys

SAME_HASH = "same file hash"
SAME_TITLE = "same artist and title"


class SplitGroup(NamedTuple):
    """A group that a track belongs to: ``kind`` is "artist" (also performers), "album" or "recording".

    Tracks of one group have one ``key``.
    """

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class SameRecording:
    """Ids of two and more tracks that are one recording, and the reason."""

    reason: str
    ids: tuple[str, ...]


def same_recordings(tracks: Iterable[Track]) -> list[SameRecording]:
    """Return the tracks that are one recording by what the index says, reason by reason."""
    found: defaultdict[tuple[str, object], list[str]] = defaultdict(list)
    for track in tracks:
        if track.sha256:
            found[SAME_HASH, track.sha256.lower()].append(track.track_id)
        if (key := recording_key(track.artist, track.title)) is not None:
            found[SAME_TITLE, key].append(track.track_id)
    return [SameRecording(reason, tuple(sorted(ids))) for (reason, _), ids in found.items() if len(ids) > 1]


def split_groups(
    tracks: Sequence[Track], copies: Iterable[Collection[str]] = ()
) -> dict[str, frozenset[SplitGroup]]:
    """Return the groups of each track by its id; ``copies`` are further groups of ids that are one recording.

    The key of a recording is the id of its first track.
    """
    ids = sorted(track.track_id for track in tracks)
    row_of = {track_id: row for row, track_id in enumerate(ids)}
    same = [*(one.ids for one in same_recordings(tracks)), *copies]
    known = [[row_of[track_id] for track_id in group if track_id in row_of] for group in same]
    first = groups_of(len(ids), [(rows[0], row) for rows in known for row in rows[1:]])
    return {
        track.track_id: frozenset(SplitGroup(*key) for key in name_keys(track))
        | {SplitGroup("recording", ids[first[row_of[track.track_id]]])}
        for track in tracks
    }
