"""Findings about copies of one recording, shared passages and other versions; segue.copies says which are the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segue.audit.best_copy import CopyGroups
from segue.audit.findings import AuditTrack, Finding
from segue.copies.groups import groups_of, same_hash
from segue.copies.names import recording_key
from segue.copies.passages import Alignment, SharedPassage
from segue.copies.same import Link, Reason

Values = tuple[tuple[str, float | str], ...]

_SAME_SPEED = 0.003  # differences below this are not mentioned

LABELS_DIFFER = "Their labels differ"  # begins the last sentence of the evidence of copies where they do


@dataclass(frozen=True, slots=True)
class Hashes:
    """One hash of each track, None where it is unknown; ``what`` two tracks of one hash have in common ("bytes")."""

    what: str
    values: tuple[str | None, ...]


def exact_copies(tracks: Sequence[AuditTrack], hashes: Hashes, groups: CopyGroups) -> Iterator[Finding]:
    """Yield a finding for every track whose hash another has.

    It names the best copy of the recording, or the first with this hash where the best has another.
    """
    for rows in same_hash(hashes.values):
        shown = shown_of(rows, groups)
        for row in rows:
            if row != shown:
                evidence = f"It has the same {hashes.what} as {tracks[shown].track_id}."
                values = (("hash", str(hashes.values[row])),)
                yield _copy("exact-copy", tracks, row, shown, evidence, values, groups)


def shown_of(rows: Sequence[int], groups: CopyGroups) -> int:
    """Return which of ``rows``, exact copies of one another, stands for them: the best copy, else the first."""
    best = groups.best[rows[0]]
    return best if best in rows else rows[0]


def shared_passages(
    tracks: Sequence[AuditTrack], pairs: Iterable[SharedPassage], groups: CopyGroups
) -> Iterator[Finding]:
    """Yield a finding for every passage that two different recordings share; numbers of ``pairs`` are rows."""
    for pair in pairs:
        if not pair.is_copy and groups.best[pair.a] != groups.best[pair.b]:
            yield _passage(tracks[pair.a], tracks[pair.b], pair.alignment)


def near_copies(tracks: Sequence[AuditTrack], links: Iterable[Link], groups: CopyGroups) -> Iterator[Finding]:
    """Yield a finding for every linked track that is not the best copy.

    ``links`` are between rows of ``tracks``, by passages or by spectrograms, not by both. The finding names the best
    copy where a link leads there, else the track of the strongest link.
    """
    linked: defaultdict[int, list[tuple[int, Reason, bool]]] = defaultdict(list)
    for link in links:
        linked[link.a].append((link.b, link.reason, False))
        linked[link.b].append((link.a, link.reason, True))
    for row in sorted(linked):
        best = groups.best[row]
        if row == best:
            continue
        other, reason, swapped = max(linked[row], key=lambda one: (one[0] == best, _strength(one[1])))
        sentence, values = _evidence(reason, swapped)
        evidence = f"Duplicate of {tracks[other].track_id}: {sentence}."
        yield _copy("near-copy", tracks, row, other, evidence, values, groups)


def versions(tracks: Sequence[AuditTrack], same: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Yield a finding for every track with the artists and title of an earlier one that it is no copy of."""
    row_of = {track.track_id: row for row, track in enumerate(tracks)}
    groups = groups_of(len(tracks), [(row_of[a], row_of[b]) for a, b in same if a in row_of and b in row_of])
    titled: defaultdict[object, list[int]] = defaultdict(list)
    for row, track in enumerate(tracks):
        if (key := recording_key(track.artist, track.title)) is not None:
            titled[key].append(row)
    for rows in titled.values():
        for row in rows[1:]:
            if groups[row] != groups[rows[0]]:
                first, track = tracks[rows[0]], tracks[row]
                evidence = (
                    f"{first.track_id} is also {track.title!r} by {track.artist}, but no audio of the two matches: "
                    "another version, or another part."
                )
                yield Finding("version", "low", (track.track_id, first.track_id), evidence)


def _strength(reason: Reason) -> float:
    return reason.alignment.same_s if reason.alignment is not None else reason.score or 0.0


def _evidence(reason: Reason, swapped: bool) -> tuple[str, Values]:
    """Words and figures of a link, from the side of ``a``, or of ``b`` where ``swapped``."""
    alignment = reason.alignment
    if alignment is None:
        correlation = reason.score or 0.0
        return f"their spectrograms correlate by {correlation:.2f}", (("correlation", round(correlation, 3)),)
    here_s, there_s = alignment.start_a_s, alignment.start_b_s
    if swapped:
        here_s, there_s = there_s, here_s
    # How many times as fast the finding's own track is played as the other.
    speed = alignment.speed if swapped else 1.0 / alignment.speed
    faster = f", {abs(speed - 1.0):.1%} {'faster' if speed > 1.0 else 'slower'}"
    sentence = (
        f"{alignment.same_s:.1f} of {alignment.overlap_s:.1f} s match (offset {here_s:.1f} s here, {there_s:.1f} s there"
        f"{faster if abs(speed - 1.0) >= _SAME_SPEED else ''})"
    )
    return sentence, (
        ("same_s", round(alignment.same_s, 1)),
        ("overlap_s", round(alignment.overlap_s, 1)),
        ("speed", round(speed, 4)),
    )


def _copy(
    kind: str,
    tracks: Sequence[AuditTrack],
    row: int,
    other: int,
    evidence: str,
    values: Values,
    groups: CopyGroups,
) -> Finding:
    ids = (tracks[row].track_id, tracks[other].track_id)
    labels = sorted({label for n in groups.members(row) if (label := tracks[n].label) is not None})
    if len(labels) > 1:  # one of them is wrong, and nothing here says which
        return Finding(kind, "high", ids, f"{evidence} {LABELS_DIFFER}: {', '.join(labels)}.", values, ids)
    return Finding(kind, "medium", ids, evidence, values, ids[:1])


def _passage(track: AuditTrack, other: AuditTrack, alignment: Alignment) -> Finding:
    differs_s = alignment.overlap_s - alignment.same_s
    evidence = f"{alignment.same_s:.0f} s match {other.track_id}, {differs_s:.0f} s of the overlap do not."
    values = (("same_s", round(alignment.same_s, 1)), ("overlap_s", round(alignment.overlap_s, 1)))
    return Finding("shared-passage", "low", (track.track_id, other.track_id), evidence, values)
