"""Shared passages: which recordings of a collection share audio, where, at which speed, and how much of it.

1. All landmarks of all recordings lie in one sorted array. Each recording's landmarks, as they are and as if it were
   played one percent faster or slower, are looked up there; two recordings that share several with the same time
   difference are a candidate (Wang 2003). Work grows with the landmarks, not with the square of the recordings.
2. The peaks of a candidate are aligned, in segments of two seconds, at the speed that matches most of them. Where at
   least half of the overlap matches, the two are copies; 8 s and more of a smaller share are a shared passage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segue.copies.landmarks import CENTS_PER_STEP, FRAME_RATE_HZ, SPEEDS, TICKS_PER_FRAME, Landmarks

MIN_VOTES = 3
# So many holders of one landmark are followed: of a thousand copies, all are linked to the first ones.
_HOLDERS = 64
_BIN_FRAMES = 8  # time differences in one bin, or in neighbouring ones, are equal
_BLOCK_LANDMARKS = 1_000_000  # looked up at a time: bounds memory
_ROW_BITS = np.uint64(33)
_ROW_MASK = (np.uint64(1) << _ROW_BITS) - np.uint64(1)

_NEAR_FRAMES, _NEAR_STEPS = 2, 6  # peaks so near (46 ms, 30 cents) match
_SEGMENT_FRAMES = 86  # two seconds
_SAME_SHARE = 0.4  # of a segment's peaks that match
_FEWEST_PEAKS = 6  # in a segment that can be compared
_LOCAL_FRAMES = 215  # five seconds to either side: near enough for the speed not to matter
_LOCAL_SHARE = 0.25
_WELL_FOUND = 0.6  # of all peaks match: no other speed needs trying
# Relative to a candidate's speed, the nearest first: it wins where they match equally well.
_SPEEDS = sorted(np.linspace(-0.006, 0.006, 13).tolist(), key=abs)
_PITCHES = 2048

# Shares of what two recordings have in common when aligned; see docs/results/audit.md.
_COPY_SHARE = 0.5
_COPY_S = 3.9  # two segments of 2 s: less is a coincidence, or a sample
_PASSAGE_S = 8.0
_MAX_CANDIDATES = 4  # of a pair: a cut in the middle has two; more are repetitions within a recording
_DIFFERENT_LAG_FRAMES = 16.0


@dataclass(frozen=True, slots=True)
class SharedPassage:
    """Recordings number ``a`` and ``b`` share audio as ``alignment`` says; ``is_copy`` is False for a passage only."""

    a: int
    b: int
    alignment: Alignment
    is_copy: bool


def shared_passages(
    recordings: Sequence[Landmarks], peaks_of: Callable[[int], np.ndarray]
) -> list[SharedPassage]:
    """Return the pairs of recordings that share audio, by number, ``a < b``, sorted.

    ``peaks_of`` gives the peaks of a recording, int32 ``(n, 3)``; it is called for candidates only.
    """
    candidates: defaultdict[tuple[int, int], list[Candidate]] = defaultdict(list)
    for candidate in LandmarkIndex(recordings).candidates():
        candidates[candidate.a, candidate.b].append(candidate)
    found = []
    for (a, b), of_pair in sorted(candidates.items()):
        alignment = align(peaks_of(a), peaks_of(b), _distinct(of_pair))
        if alignment is None or alignment.same_s < _COPY_S:
            continue
        is_copy = alignment.same_s >= _COPY_SHARE * alignment.overlap_s
        if is_copy or alignment.same_s >= _PASSAGE_S:
            found.append(SharedPassage(a, b, alignment, is_copy))
    return found


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with most votes that differ: the same one comes from both sides and in neighbouring bins."""
    chosen: list[Candidate] = []
    for one in sorted(candidates, key=lambda one: -one.votes):
        lags = [one.frame_b - one.frame_a / one.speed - (c.frame_b - c.frame_a / c.speed) for c in chosen]
        if all(abs(lag) > _DIFFERENT_LAG_FRAMES for lag in lags):
            chosen.append(one)
        if len(chosen) == _MAX_CANDIDATES:
            break
    return chosen


@dataclass(frozen=True, slots=True)
class Alignment:
    """How recording ``b`` is aligned with recording ``a``.

    ``same_s`` seconds of ``a`` match ``b``, of an overlap of ``overlap_s``, which begins at ``start_a_s`` in ``a``
    and at ``start_b_s`` in ``b``; ``b`` is played ``speed`` times as fast.
    """

    same_s: float
    overlap_s: float
    start_a_s: float
    start_b_s: float
    speed: float


def align(peaks_a: np.ndarray, peaks_b: np.ndarray, candidates: Sequence[Candidate]) -> Alignment | None:
    """Return the best alignment of ``a`` and ``b`` at any of ``candidates``, None where none matches.

    Several candidates are for a cut in between: segments that match at any of them count once. Peaks are int32
    ``(n, 3)`` as PeakAccumulator gives them.
    """
    peaks_a, peaks_b = _in_frames(peaks_a), _in_frames(peaks_b)
    keys_b = np.sort(peaks_b[:, 0] * _PITCHES + peaks_b[:, 1])
    end_b = int(peaks_b[:, 0].max(initial=0))
    segment = peaks_a[:, 0] // _SEGMENT_FRAMES
    n_segments = int(segment.max(initial=0)) + 1
    matched = np.zeros(n_segments, bool)
    best: tuple[int, Alignment] | None = None
    for one in candidates:
        local = peaks_a[np.abs(peaks_a[:, 0] - one.frame_a) <= _LOCAL_FRAMES]
        if not len(local) or _found(local, keys_b, one, one.speed).mean() < _LOCAL_SHARE:
            continue
        speed = _speed(peaks_a, keys_b, one)
        at = one.frame_b + (peaks_a[:, 0] - one.frame_a) / speed
        both = (at >= 0) & (at <= end_b)
        n = np.bincount(segment[both], minlength=n_segments)
        n_found = np.bincount(segment[both & _found(peaks_a, keys_b, one, speed)], minlength=n_segments)
        comparable = n >= _FEWEST_PEAKS
        same = comparable & (n_found >= _SAME_SHARE * np.maximum(n, 1))
        matched |= same
        if best is None or same.sum() > best[0]:
            begin = max(0.0, one.frame_a - one.frame_b * speed)
            end = min(float(peaks_a[-1, 0]), one.frame_a + (end_b - one.frame_b) * speed)
            alignment = Alignment(
                0.0,
                max(0.0, end - begin) / FRAME_RATE_HZ,
                begin / FRAME_RATE_HZ,
                max(0.0, one.frame_b - one.frame_a / speed) / FRAME_RATE_HZ,
                speed,
            )
            best = int(same.sum()), alignment
    if best is None:
        return None
    same_s = matched.sum() * _SEGMENT_FRAMES / FRAME_RATE_HZ
    return replace(best[1], same_s=float(min(same_s, best[1].overlap_s)))


def _speed(peaks_a: np.ndarray, keys_b: np.ndarray, one: Candidate) -> float:
    """The speed at which most peaks match: the candidate's own where enough do, else one near it."""
    if _found(peaks_a, keys_b, one, one.speed).mean() >= _WELL_FOUND:
        return one.speed
    speeds = [one.speed * (1.0 + extra) for extra in _SPEEDS]
    return max(speeds, key=lambda speed: int(_found(peaks_a, keys_b, one, speed).sum()))


def _found(peaks_a: np.ndarray, keys_b: np.ndarray, one: Candidate, speed: float) -> np.ndarray:
    """Return bool ``(n,)``: which peaks of ``a`` have a peak of ``b`` near their aligned position."""
    frame = np.rint(one.frame_b + (peaks_a[:, 0] - one.frame_a) / speed).astype(np.int64)
    pitch = peaks_a[:, 1] + round(1200.0 / CENTS_PER_STEP * np.log2(speed))
    found = np.zeros(len(peaks_a), bool)
    for delay in range(-_NEAR_FRAMES, _NEAR_FRAMES + 1):
        lowest = (frame + delay) * _PITCHES + pitch - _NEAR_STEPS
        at = np.minimum(np.searchsorted(keys_b, lowest), len(keys_b) - 1)
        found |= (keys_b[at] >= lowest) & (keys_b[at] <= lowest + 2 * _NEAR_STEPS)
    return found


def _in_frames(peaks: np.ndarray) -> np.ndarray:
    return np.stack((np.rint(peaks[:, 0] / TICKS_PER_FRAME), peaks[:, 1]), axis=1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Recordings ``a`` and ``b`` share ``votes`` landmarks with one time difference.

    ``frame_a`` of ``a`` corresponds to ``frame_b`` of ``b``, which is played ``speed`` times as fast.
    """

    a: int
    b: int
    speed: float
    frame_a: float
    frame_b: float
    votes: int

    def swapped(self) -> Candidate:
        """Return the same candidate with ``a`` and ``b`` exchanged."""
        return Candidate(self.b, self.a, 1.0 / self.speed, self.frame_b, self.frame_a, self.votes)


class LandmarkIndex:
    """The landmarks of all recordings, sorted: 16 bytes for each."""

    def __init__(self, recordings: Sequence[Landmarks]) -> None:
        n_rows = [len(recording.numbers) for recording in recordings]
        self._recordings = recordings
        self._owner = np.repeat(np.arange(len(recordings), dtype=np.int32), n_rows)
        self._frame = (
            np.concatenate([recording.frames for recording in recordings])
            if n_rows
            else np.zeros(0, np.int32)
        )
        self._keys = np.empty(len(self._owner), np.uint64)
        row = 0
        for recording in recordings:
            end = row + len(recording.numbers)
            self._keys[row:end] = recording.numbers
            row = end
        self._keys <<= _ROW_BITS
        self._keys |= np.arange(len(self._keys), dtype=np.uint64)
        self._keys.sort()

    def candidates(self, min_votes: int = MIN_VOTES) -> Iterator[Candidate]:
        """Yield candidates with ``a < b``; a pair may come more than once, for several passages or speeds."""
        for first, last in self._blocks():
            for number, speed in enumerate(SPEEDS):
                asked = [recording.queries[number] for recording in self._recordings[first:last]]
                owner = np.repeat(np.arange(first, last, dtype=np.int32), [len(n) for n, _ in asked])
                numbers, frame = (np.concatenate(column) for column in zip(*asked, strict=True))
                rows, found = self._holders(numbers)
                other = owner[rows] != self._owner[found]
                rows, found = rows[other], found[other]
                for candidate in _with_one_offset(
                    owner[rows], self._owner[found], frame[rows], self._frame[found], speed, min_votes
                ):
                    yield candidate if candidate.a < candidate.b else candidate.swapped()

    def _blocks(self) -> Iterator[tuple[int, int]]:
        first = held = 0
        for number, recording in enumerate(self._recordings):
            held += len(recording.queries[0][0])
            if held >= _BLOCK_LANDMARKS or number == len(self._recordings) - 1:
                yield first, number + 1
                first, held = number + 1, 0

    def _holders(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pairs ``(row of numbers, row of the index)`` of equal landmarks."""
        order = np.argsort(numbers)
        wanted = numbers[order].astype(np.uint64)
        at = np.searchsorted(self._keys, wanted << _ROW_BITS)
        alive = np.arange(len(wanted))
        rows, found = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for step in range(_HOLDERS):
            alive = alive[at[alive] + step < len(self._keys)]
            held = self._keys[at[alive] + step]
            same = (held >> _ROW_BITS) == wanted[alive]
            alive, held = alive[same], held[same]
            if not len(alive):
                break
            rows.append(order[alive])
            found.append((held & _ROW_MASK).astype(np.int64))
        return np.concatenate(rows), np.concatenate(found)


def _with_one_offset(
    a: np.ndarray, b: np.ndarray, frame_a: np.ndarray, frame_b: np.ndarray, speed: float, min_votes: int
) -> Iterator[Candidate]:
    apart = (frame_b - frame_a) // _BIN_FRAMES + (1 << 19)
    key = (
        (a.astype(np.uint64) << np.uint64(42))
        | (b.astype(np.uint64) << np.uint64(20))
        | apart.astype(np.uint64)
    )
    order = np.argsort(key)
    key, frame_a, frame_b = key[order], frame_a[order], frame_b[order]
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))[: len(key)])
    counts = np.diff(np.append(starts, len(key)))
    votes = counts.copy()
    touching = np.flatnonzero(key[starts[1:]] == key[starts[:-1]] + np.uint64(1))
    votes[touching] += counts[touching + 1]
    for group in np.flatnonzero(votes >= min_votes):
        members = slice(starts[group], starts[group] + votes[group])
        number = int(key[starts[group]])
        yield Candidate(
            a=number >> 42,
            b=number >> 20 & (1 << 22) - 1,
            speed=speed,
            frame_a=float(np.median(frame_a[members])) * speed,
            frame_b=float(np.median(frame_b[members])),
            votes=int(votes[group]),
        )
