"""Which pieces of a collection share landmarks in step, found by sorting and not by comparing all pairs.

All landmarks of all pieces lie in one sorted array. Each piece's landmarks, as they are and as if it were
played one percent faster or slower, are looked up there; two pieces that share some the same time apart, several
times over, are candidates (Wang 2003). Work grows with the landmarks, not with the square of the pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from segue.copies.landmarks import SPEEDS, Landmarks

MIN_VOTES = 3
_HOLDERS = (
    64  # of equal landmarks so many are followed: of a thousand copies, all are linked to the first ones
)
_BIN_FRAMES = 8  # in step: so far apart, or one bin on
_BLOCK_LANDMARKS = 1_000_000  # asked for at a time: bounds memory
_ROW_BITS = np.uint64(33)
_ROW_MASK = (np.uint64(1) << _ROW_BITS) - np.uint64(1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Pieces ``a`` and ``b`` share ``votes`` landmarks in step.

    What is at ``frame_a`` in ``a`` is at ``frame_b`` in ``b``, which is played ``speed`` times as fast.
    """

    a: int
    b: int
    speed: float
    frame_a: float
    frame_b: float
    votes: int

    def turned(self) -> Candidate:
        """Return the same seen from ``b``."""
        return Candidate(self.b, self.a, 1.0 / self.speed, self.frame_b, self.frame_a, self.votes)


class LandmarkIndex:
    """The landmarks of all pieces, sorted: 16 bytes for each."""

    def __init__(self, pieces: Sequence[Landmarks]) -> None:
        n_rows = [len(piece.numbers) for piece in pieces]
        self._pieces = pieces
        self._owner = np.repeat(np.arange(len(pieces), dtype=np.int32), n_rows)
        self._frame = np.concatenate([piece.frames for piece in pieces]) if n_rows else np.zeros(0, np.int32)
        self._keys = np.empty(len(self._owner), np.uint64)
        row = 0
        for piece in pieces:
            end = row + len(piece.numbers)
            self._keys[row:end] = piece.numbers
            row = end
        self._keys <<= _ROW_BITS
        self._keys |= np.arange(len(self._keys), dtype=np.uint64)
        self._keys.sort()

    def candidates(self, min_votes: int = MIN_VOTES) -> Iterator[Candidate]:
        """Yield candidates with ``a < b``; a pair may come more than once, for several stretches or speeds."""
        for first, last in self._blocks():
            for number, speed in enumerate(SPEEDS):
                asked = [piece.asked[number] for piece in self._pieces[first:last]]
                owner = np.repeat(np.arange(first, last, dtype=np.int32), [len(n) for n, _ in asked])
                numbers, frame = (np.concatenate(column) for column in zip(*asked, strict=True))
                rows, found = self._holders(numbers)
                other = owner[rows] != self._owner[found]
                rows, found = rows[other], found[other]
                for candidate in _in_step(
                    owner[rows], self._owner[found], frame[rows], self._frame[found], speed, min_votes
                ):
                    yield candidate if candidate.a < candidate.b else candidate.turned()

    def _blocks(self) -> Iterator[tuple[int, int]]:
        first = held = 0
        for number, piece in enumerate(self._pieces):
            held += len(piece.asked[0][0])
            if held >= _BLOCK_LANDMARKS or number == len(self._pieces) - 1:
                yield first, number + 1
                first, held = number + 1, 0

    def _holders(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pairs ``(row of numbers, row of the index)`` that hold one number."""
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


def _in_step(
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
