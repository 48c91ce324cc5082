"""Copies of one recording in a collection: the same file, the same samples, or the same sound; and other versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from segue.audit.findings import Finding
from segue.audit.keeping import Recordings
from segue.copies.alignment import Alignment, align
from segue.copies.index import Candidate, LandmarkIndex
from segue.copies.landmarks import Landmarks
from segue.research.datasets.index import Track
from segue.research.datasets.names import groups_of, recording_key

# Shares of what two pieces have in common if they lie as found; see docs/results/audit.md.
_COPY_SHARE = 0.5
_COPY_S = 3.9  # two stretches of 2 s: less is a chance, or a sample
_PASSAGE_S = 8.0
_MOST_WAYS = 4  # a cut in the middle has two; more are repetitions within a piece
_ONE_SPEED = 0.003

T = TypeVar("T")

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


def same_hash(hashes: Sequence[str | None]) -> list[tuple[int, ...]]:
    """Return the groups of rows, two or more, that have one hash; None is nobody's."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for row, digest in enumerate(hashes):
        if digest:
            holders[digest].append(row)
    return [tuple(rows) for rows in holders.values() if len(rows) > 1]


def exact_copies(
    tracks: Sequence[Track], hashes: Sequence[str | None], what: str, of: Recordings
) -> Iterator[Finding]:
    """Yield a finding for every track whose hash another has; ``what`` says what is equal ("files").

    The other one is the one that stays of the recording, or the first where that is none of these.
    """
    for rows in same_hash(hashes):
        shown = shown_of(rows, of)
        for row in rows:
            if row != shown:
                evidence = f"It has the same {what} as {tracks[shown].track_id}."
                group = [tracks[n] for n in of.members(row)]
                yield copy_finding(
                    "exact-copy", tracks[row], tracks[shown], evidence, group, hash=str(hashes[row])
                )


def shown_of(rows: Sequence[int], of: Recordings) -> int:
    """Return which of ``rows``, all exact copies, stands for them: the one that stays, else the first."""
    keeper = of.keeper[rows[0]]
    return keeper if keeper in rows else rows[0]


def near_copies(tracks: Sequence[Track], pairs: Iterable[Pair], of: Recordings) -> Iterator[Finding]:
    """Yield a finding for every track that runs as another and does not stay, and for shared passages.

    The numbers of ``pairs`` are rows of ``tracks``.
    """
    pairs = list(pairs)
    for pair in pairs:
        if not pair.copy and of.keeper[pair.a] != of.keeper[pair.b]:
            yield _passage(tracks[pair.a], tracks[pair.b], pair.alignment)
    copies = [(pair.a, pair.b, pair.alignment.same_s, pair) for pair in pairs if pair.copy]
    for row, other, pair in to_tell(copies, of):
        yield copy_finding(
            "near-copy",
            tracks[row],
            tracks[other],
            f"It runs as {tracks[other].track_id} does {_how(pair.alignment, turned=pair.a != row)}.",
            [tracks[n] for n in of.members(row)],
            same_s=round(pair.alignment.same_s, 1),
            overlap_s=round(pair.alignment.overlap_s, 1),
            speed=round(_speed(pair.alignment, pair.a != row), 4),
        )


def to_tell(links: Iterable[tuple[int, int, float, T]], of: Recordings) -> Iterator[tuple[int, int, T]]:
    """Yield for every row that is linked and does not stay: it, the other of its best link, and what that link holds.

    A link is two rows, how much they have in common, and anything; one with what stays is better than any other.
    """
    linked: defaultdict[int, list[tuple[int, float, T]]] = defaultdict(list)
    for a, b, common, what in links:
        linked[a].append((b, common, what))
        linked[b].append((a, common, what))
    for row in sorted(linked):
        keeper = of.keeper[row]
        if row != keeper:
            other, _, what = max(linked[row], key=lambda link: (link[0] == keeper, link[1]))
            yield row, other, what


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
