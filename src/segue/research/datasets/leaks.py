"""Who is on both sides of a split: artists, performers, albums, recordings and files that a test shares with what
was learned from.

What was learned from is training and validation, since validation chooses among models. A split is called
leak-free only where nothing was found *and* everything could be looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from segue.research.datasets.index import Track
from segue.research.datasets.names import NameKey, names_by_field
from segue.research.datasets.protocols import ChunkSplit, Split
from segue.research.datasets.split_groups import SameRecording, SplitGroup, same_recordings, split_groups

SAME_TRACK = "chunks of the same track"
FIELDS = ("artist", "performer", "album")


@dataclass(frozen=True, slots=True)
class SharedRecording:
    """Ids of tracks in the split that are one recording and stand on both sides, and why that is believed."""

    ids: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedNames:
    """The names of one track of the test part that another track, one learned from, has too.

    A name counts whether the other has it as artist or as performer. All empty where only a recording is shared.
    """

    artist: tuple[str, ...] = ()
    performer: tuple[str, ...] = ()
    album: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaks:
    """What a test part shares with training and validation; all empty where it shares nothing.

    ``tracks`` are ids of the test part, ``by`` has for each of them the names it shares. ``validation`` are ids of the validation part that share something
    with training, which makes stopping early look better than it is but no test score.
    """

    artists: tuple[str, ...]
    recordings: tuple[SharedRecording, ...]
    tracks: tuple[str, ...]
    validation: tuple[str, ...]
    performers: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    by: tuple[SharedNames, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything leaks into the test part."""
        return bool(self.artists or self.performers or self.albums or self.recordings or self.tracks)


def find_leaks(
    tracks: Sequence[Track], split: Split | ChunkSplit, copies: Iterable[SameRecording] = ()
) -> Leaks:
    """Return what the test part of ``split`` shares with the others.

    ``tracks`` is the whole index, also of tracks in no part: two cuts may be tied by a third. ``copies``
    are tracks that are one recording beyond what hashes, artists and titles of the index say.
    Names are written as most tracks of the split write them.
    """
    train, valid, test = _parts(split)
    evidence = [*same_recordings(tracks), *copies]
    of = split_groups(tracks, [one.ids for one in evidence])
    learned = train | valid
    shared = _groups_of(test, of) & _groups_of(learned, of)
    leaking = {track_id for track_id in test if of.get(track_id, frozenset()) & shared or track_id in learned}
    in_train = _groups_of(train, of)
    in_split = [track for track in tracks if track.track_id in learned or track.track_id in test]
    named = {track.track_id: names_by_field(track) for track in in_split}
    shared_names = _shared_names(shared, named, test)
    ids = tuple(sorted(leaking))
    return Leaks(
        artists=shared_names["artist"],
        performers=shared_names["performer"],
        albums=shared_names["album"],
        by=_names_of_each(ids, named, learned),
        recordings=_recordings(shared, of, learned, test, evidence),
        tracks=ids,
        validation=tuple(sorted(i for i in valid if i in train or of.get(i, frozenset()) & in_train)),
    )


def joined(several: Sequence[Leaks]) -> Leaks:
    """Return the leaks of several splits of one dataset, such as the folds of a cross-validation, as one."""
    by: dict[str, list[SharedNames]] = {}
    for one in several:
        for track_id, names in zip(one.tracks, one.by, strict=True):
            by.setdefault(track_id, []).append(names)
    return Leaks(
        artists=_sorted_names(name for one in several for name in one.artists),
        performers=_sorted_names(name for one in several for name in one.performers),
        albums=_sorted_names(name for one in several for name in one.albums),
        by=tuple(
            SharedNames(*(_sorted_names(n for one in ones for n in getattr(one, field)) for field in FIELDS))
            for _, ones in sorted(by.items())
        ),
        recordings=tuple(dict.fromkeys(recording for one in several for recording in one.recordings)),
        tracks=tuple(sorted({track_id for one in several for track_id in one.tracks})),
        validation=tuple(sorted({track_id for one in several for track_id in one.validation})),
    )


def _sorted_names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=lambda name: (name.casefold(), name)))


_Named = Mapping[str, Mapping[str, Mapping[NameKey, str]]]  # names as written by track id, field and key


def _shared_names(
    shared: Collection[SplitGroup], named: _Named, test: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The shared names in each field of the test part, each as most tracks write it."""
    found = {}
    for field in FIELDS:
        spelt: defaultdict[NameKey, Counter[str]] = defaultdict(Counter)
        for fields in named.values():
            for key, name in fields[field].items():
                spelt[key][name] += 1
        asked = {key for i in test for key in named.get(i, {}).get(field, ())}
        found[field] = _sorted_names(spelt[k].most_common(1)[0][0] for k in asked if SplitGroup(*k) in shared)
    return found


def _names_of_each(ids: Sequence[str], named: _Named, learned: Collection[str]) -> tuple[SharedNames, ...]:
    """What each track shares with others; that its own chunks were learned from makes no name shared."""
    holders: defaultdict[NameKey, set[str]] = defaultdict(set)
    for track_id in learned:
        for names in named.get(track_id, {}).values():
            for key in names:
                holders[key].add(track_id)
    return tuple(
        SharedNames(
            *(
                _sorted_names(
                    name
                    for key, name in named.get(track_id, {}).get(field, {}).items()
                    if holders[key] - {track_id}
                )
                for field in FIELDS
            )
        )
        for track_id in ids
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
