"""Who is on both sides of a split: artists, recordings and files that a test shares with what was learned from.

What was learned from is training and validation, since validation chooses among models. A split is called
leak-free only where nothing was found *and* everything could be looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from segue.copies.names import artist_names
from segue.research.datasets.index import Track
from segue.research.datasets.protocols import ChunkSplit, Split
from segue.research.datasets.split_groups import SameRecording, SplitGroup, same_recordings, split_groups

SAME_TRACK = "chunks of the same track"


@dataclass(frozen=True, slots=True)
class SharedRecording:
    """Ids of tracks in the split that are one recording and stand on both sides, and why that is believed."""

    ids: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaks:
    """What a test part shares with training and validation; all empty where it shares nothing.

    ``tracks`` are ids of the test part, ``validation`` ids of the validation part that share something
    with training, which makes stopping early look better than it is but no test score.
    """

    artists: tuple[str, ...]
    recordings: tuple[SharedRecording, ...]
    tracks: tuple[str, ...]
    validation: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything leaks into the test part."""
        return bool(self.artists or self.recordings or self.tracks)


def find_leaks(
    tracks: Sequence[Track], split: Split | ChunkSplit, copies: Iterable[SameRecording] = ()
) -> Leaks:
    """Return what the test part of ``split`` shares with the others.

    ``tracks`` is the whole index, also of tracks in no part: two cuts may be tied by a third. ``copies``
    are tracks that are one recording beyond what hashes, artists and titles of the index say.
    """
    train, valid, test = _parts(split)
    evidence = [*same_recordings(tracks), *copies]
    of = split_groups(tracks, [one.ids for one in evidence])
    learned = train | valid
    shared = _groups_of(test, of) & _groups_of(learned, of)
    leaking = {track_id for track_id in test if of.get(track_id, frozenset()) & shared or track_id in learned}
    in_train = _groups_of(train, of)
    spelt: dict[str, Counter[str]] = {}
    for track in tracks:
        if track.track_id in learned or track.track_id in test:
            for key, name in artist_names(track.artist).items():
                spelt.setdefault(key, Counter())[name] += 1
    artists = [spelt[group.key].most_common(1)[0][0] for group in shared if group.kind == "artist"]
    return Leaks(
        artists=tuple(sorted(artists, key=str.casefold)),
        recordings=_recordings(shared, of, learned, test, evidence),
        tracks=tuple(sorted(leaking)),
        validation=tuple(sorted(i for i in valid if i in train or of.get(i, frozenset()) & in_train)),
    )


def joined(several: Sequence[Leaks]) -> Leaks:
    """Return the leaks of several splits of one dataset, such as the folds of a cross-validation, as one."""
    return Leaks(
        artists=tuple(sorted({name for one in several for name in one.artists}, key=str.casefold)),
        recordings=tuple(dict.fromkeys(recording for one in several for recording in one.recordings)),
        tracks=tuple(sorted({track_id for one in several for track_id in one.tracks})),
        validation=tuple(sorted({track_id for one in several for track_id in one.validation})),
    )


def _parts(split: Split | ChunkSplit) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    if isinstance(split, ChunkSplit):
        train, test = (frozenset(track_id for track_id, _ in part) for part in (split.train, split.test))
        return train, frozenset(), test
    return frozenset(split.train), frozenset(split.valid), frozenset(split.test)


def _groups_of(ids: Collection[str], of: dict[str, frozenset[SplitGroup]]) -> frozenset[SplitGroup]:
    return frozenset(group for track_id in ids for group in of.get(track_id, ()))


def _recordings(
    shared: frozenset[SplitGroup],
    of: dict[str, frozenset[SplitGroup]],
    learned: frozenset[str],
    test: frozenset[str],
    evidence: Sequence[SameRecording],
) -> tuple[SharedRecording, ...]:
    keys = {group.key for group in shared if group.kind == "recording"}
    key_of = {i: group.key for i, own in of.items() for group in own if group.kind == "recording"}
    members: dict[str, list[str]] = {key: [] for key in sorted(keys)}
    for track_id in sorted(learned | test):
        if key_of.get(track_id) in keys:
            members[key_of[track_id]].append(track_id)
    reasons: dict[str, list[str]] = {key: [] for key in keys}
    for one in evidence:
        known = [track_id for track_id in one.ids if key_of.get(track_id) in keys]
        if known and one.reason not in reasons[key_of[known[0]]]:
            reasons[key_of[known[0]]].append(one.reason)
    return tuple(
        SharedRecording(tuple(ids), tuple(reasons[key] + [SAME_TRACK] * bool({*ids} & learned & test)))
        for key, ids in members.items()
    )
