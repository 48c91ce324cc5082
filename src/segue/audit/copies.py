"""Copies of one recording in a collection: the same file, the same samples, or the same sound; and other versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from segue.audit.alignment import Alignment, align
from segue.audit.findings import Finding
from segue.audit.index import Candidate, LandmarkIndex
from segue.audit.landmarks import Landmarks
from segue.datasets.index import Track
from segue.datasets.names import groups_of, recording_key

# Shares of what two pieces have in common if they lie as found; see docs/results/audit.md.
_COPY_SHARE = 0.5
_COPY_S = 3.9  # two stretches of 2 s: less is a chance, or a sample
_PASSAGE_S = 8.0
_MOST_WAYS = 4  # a cut in the middle has two; more are repetitions within a piece
_ONE_SPEED = 0.003

LABELS_DIFFER = "Their labels differ"  # ends the evidence of copies where they do


@dataclass(frozen=True, slots=True)
class Pair:
    """Pieces number ``a`` and ``b`` run alike as ``alignment`` says; ``copy`` is False for no more than a passage."""

    a: int
    b: int
    alignment: Alignment
    copy: bool


def alike(pieces: Sequence[Landmarks], peaks_of: Callable[[int], np.ndarray]) -> list[Pair]:
    """Return the pairs of pieces that run alike, by number. ``peaks_of`` gives the peaks of a piece when asked."""
    ways: defaultdict[tuple[int, int], list[Candidate]] = defaultdict(list)
    for candidate in LandmarkIndex(pieces).candidates():
        ways[candidate.a, candidate.b].append(candidate)
    found = []
    for (a, b), of_pair in sorted(ways.items()):
        alignment = align(peaks_of(a), peaks_of(b), _best(of_pair))
        if alignment is not None and (pair := _pair(a, b, alignment)) is not None:
            found.append(pair)
    return found


def _best(ways: Sequence[Candidate]) -> list[Candidate]:
    """The ways with most votes that differ: the same one comes from both sides and in neighbouring bins."""
    chosen: list[Candidate] = []
    for way in sorted(ways, key=lambda way: -way.votes):
        lags = [way.frame_b - way.frame_a / way.speed - (c.frame_b - c.frame_a / c.speed) for c in chosen]
        if all(abs(lag) > 16.0 for lag in lags):
            chosen.append(way)
        if len(chosen) == _MOST_WAYS:
            break
    return chosen


def _pair(a: int, b: int, alignment: Alignment) -> Pair | None:
    if alignment.same_s >= _COPY_S and alignment.same_s >= _COPY_SHARE * alignment.overlap_s:
        return Pair(a, b, alignment, copy=True)
    return Pair(a, b, alignment, copy=False) if alignment.same_s >= _PASSAGE_S else None


def exact_copies(tracks: Sequence[Track], hashes: Sequence[str | None], what: str) -> Iterator[Finding]:
    """Yield a finding for every track whose hash an earlier one has; ``what`` says what is equal ("files")."""
    holders: defaultdict[str, list[Track]] = defaultdict(list)
    for track, digest in zip(tracks, hashes, strict=True):
        if digest:
            holders[digest].append(track)
    for digest, group in holders.items():
        for copy in group[1:]:
            evidence = f"It has the same {what} as {group[0].track_id}."
            yield copy_finding("exact-copy", copy, group[0], evidence, group, hash=digest)


def near_copies(
    tracks: Sequence[Track],
    durations_s: Sequence[float],
    pairs: Iterable[Pair],
    faulty: Collection[str] = frozenset(),
) -> Iterator[Finding]:
    """Yield a finding for every track that is a copy of a better one, and for shared passages.

    Better is one that is not ``faulty``, then the longest, then the first: of every recording one stays.
    """
    pairs = list(pairs)
    groups = groups_of(len(tracks), [(pair.a, pair.b) for pair in pairs if pair.copy])
    members: defaultdict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        members[group].append(number)
    kept = {
        group: max(numbers, key=lambda n: (tracks[n].track_id not in faulty, round(durations_s[n]), -n))
        for group, numbers in members.items()
    }
    by_track: defaultdict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.copy:
            by_track[pair.a].append(pair)
            by_track[pair.b].append(pair)
        elif groups[pair.a] != groups[pair.b]:
            yield _passage(tracks[pair.a], tracks[pair.b], pair.alignment)
    for number, linked in by_track.items():
        keeper = kept[groups[number]]
        if number == keeper:
            continue
        pair = max(linked, key=lambda p: (keeper in (p.a, p.b), p.alignment.same_s))
        other = pair.b if pair.a == number else pair.a
        yield copy_finding(
            "near-copy",
            tracks[number],
            tracks[other],
            f"It runs as {tracks[other].track_id} does {_how(pair.alignment, turned=pair.a != number)}.",
            [tracks[n] for n in members[groups[number]]],
            same_s=round(pair.alignment.same_s, 1),
            overlap_s=round(pair.alignment.overlap_s, 1),
            speed=round(_speed(pair.alignment, pair.a != number), 4),
        )


def versions(tracks: Sequence[Track], same: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Yield a finding for every track with the artists and title of an earlier one that it is no copy of."""
    row_of = {track.track_id: row for row, track in enumerate(tracks)}
    groups = groups_of(len(tracks), [(row_of[a], row_of[b]) for a, b in same if a in row_of and b in row_of])
    titled: defaultdict[object, list[int]] = defaultdict(list)
    for row, track in enumerate(tracks):
        if (key := recording_key(track)) is not None:
            titled[key].append(row)
    for rows in titled.values():
        for row in rows[1:]:
            if groups[row] != groups[rows[0]]:
                first, track = tracks[rows[0]], tracks[row]
                evidence = (
                    f"{first.track_id} is also {track.title!r} by {track.artist}, but no passage of the two was heard "
                    "to be one recording: another version, or another part."
                )
                yield Finding("version", "low", (track.track_id, first.track_id), evidence)


def copy_finding(
    kind: str, track: Track, other: Track, evidence: str, group: Sequence[Track], **values: float | str
) -> Finding:
    labels = sorted({member.label for member in group if member.label is not None})
    if len(labels) > 1:  # one of them is wrong, and nothing here tells which
        ids = tuple(dict.fromkeys((track.track_id, other.track_id)))
        evidence = f"{evidence} {LABELS_DIFFER}: {', '.join(labels)}."
        return Finding(kind, "high", ids, evidence, tuple(values.items()), ids)
    ids = (track.track_id, other.track_id)
    return Finding(kind, "medium", ids, evidence, tuple(values.items()), ids[:1])


def _passage(track: Track, other: Track, alignment: Alignment) -> Finding:
    evidence = f"{alignment.same_s:.0f} s of it run as in {other.track_id}, {alignment.overlap_s - alignment.same_s:.0f} s do not."
    values = (("same_s", round(alignment.same_s, 1)), ("overlap_s", round(alignment.overlap_s, 1)))
    return Finding("shared-passage", "low", (track.track_id, other.track_id), evidence, values)


def _speed(alignment: Alignment, turned: bool) -> float:
    """How many times as fast the finding's own track is played as the other."""
    return alignment.speed if turned else 1.0 / alignment.speed


def _how(alignment: Alignment, turned: bool) -> str:
    here, there = alignment.start_a_s, alignment.start_b_s
    if turned:
        here, there = there, here
    text = f"for {alignment.same_s:.0f} of {alignment.overlap_s:.0f} s, from {here:.1f} s on here and {there:.1f} s there"
    speed = _speed(alignment, turned)
    if abs(speed - 1.0) < _ONE_SPEED:
        return text
    return f"{text}, played {abs(speed - 1.0):.1%} {'faster' if speed > 1.0 else 'slower'}"
