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

_SAME_SPEED = 0.003  # differences below this are not mentioned

LABELS_DIFFER = "Their labels differ"  # begins the last sentence of the evidence of copies where they do


@dataclass(frozen=True, slots=True)
class Hashes:
    """One hash of each track, None where it is unknown; ``what`` two tracks of one hash have in common ("bytes")."""

    what: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class SpectralPair:
    """Rows ``a`` and ``b`` whose mel spectrograms correlate by ``correlation``; see segue.copies.spectral."""

    a: int
    b: int
    correlation: float


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


def near_copies(
    tracks: Sequence[AuditTrack], pairs: Iterable[SharedPassage], groups: CopyGroups
) -> Iterator[Finding]:
    """Yield a finding for every copy that is not the best one, and for every shared passage.

    The numbers of ``pairs`` are rows of ``tracks``.
    """
    pairs = list(pairs)
    for pair in pairs:
        if not pair.is_copy and groups.best[pair.a] != groups.best[pair.b]:
            yield _passage(tracks[pair.a], tracks[pair.b], pair.alignment)
    links = [(pair.a, pair.b, pair.alignment.same_s) for pair in pairs if pair.is_copy]
    of_rows = {(pair.a, pair.b): pair.alignment for pair in pairs if pair.is_copy}
    for row, other in _best_links(links, groups):
        swapped = (row, other) not in of_rows
        alignment = of_rows[other, row] if swapped else of_rows[row, other]
        evidence = f"Duplicate of {tracks[other].track_id}: {_alignment(alignment, swapped)}."
        values = (
            ("same_s", round(alignment.same_s, 1)),
            ("overlap_s", round(alignment.overlap_s, 1)),
            ("speed", round(_speed(alignment, swapped), 4)),
        )
        yield _copy("near-copy", tracks, row, other, evidence, values, groups)


def spectral_copies(
    tracks: Sequence[AuditTrack], pairs: Iterable[SpectralPair], groups: CopyGroups
) -> Iterator[Finding]:
    """Yield a finding for every track that is a copy by its spectrogram and not the best one."""
    of_rows = {(pair.a, pair.b): pair.correlation for pair in pairs}
    for row, other in _best_links(((a, b, score) for (a, b), score in of_rows.items()), groups):
        correlation = of_rows.get((row, other), of_rows.get((other, row), 0.0))
        evidence = (
            f"Duplicate of {tracks[other].track_id}: their spectrograms correlate by {correlation:.2f}."
        )
        values = (("correlation", round(correlation, 3)),)
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


def _best_links(links: Iterable[tuple[int, int, float]], groups: CopyGroups) -> Iterator[tuple[int, int]]:
    """Yield every linked row that is not the best copy, and the row it is best linked to.

    A link is two rows and how similar they are; one with the best copy is better than any other.
    """
    linked: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for a, b, similarity in links:
        linked[a].append((b, similarity))
        linked[b].append((a, similarity))
    for row in sorted(linked):
        best = groups.best[row]
        if row != best:
            yield row, max(linked[row], key=lambda link: (link[0] == best, link[1]))[0]


def _copy(
    kind: str,
    tracks: Sequence[AuditTrack],
    row: int,
    other: int,
    evidence: str,
    values: tuple[tuple[str, float | str], ...],
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


def _speed(alignment: Alignment, swapped: bool) -> float:
    """How many times as fast the finding's own track is played as the other."""
    return alignment.speed if swapped else 1.0 / alignment.speed


def _alignment(alignment: Alignment, swapped: bool) -> str:
    here_s, there_s = alignment.start_a_s, alignment.start_b_s
    if swapped:
        here_s, there_s = there_s, here_s
    speed = _speed(alignment, swapped)
    faster = f", {abs(speed - 1.0):.1%} {'faster' if speed > 1.0 else 'slower'}"
    return (
        f"{alignment.same_s:.1f} of {alignment.overlap_s:.1f} s match (offset {here_s:.1f} s here, {there_s:.1f} s there"
        f"{faster if abs(speed - 1.0) >= _SAME_SPEED else ''})"
    )
