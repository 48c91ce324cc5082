"""How much of two pieces is the same recording, told from their peaks once it is known how they may lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from segue.copies.index import Candidate
from segue.copies.peaks import CENTS_PER_STEP, FRAME_RATE_HZ, TICKS_PER_FRAME

_NEAR_FRAMES, _NEAR_STEPS = 2, 6  # peaks so near (46 ms, 30 cents) are one
_STRETCH_FRAMES = 86  # two seconds
_SAME_SHARE = 0.4  # of a stretch's peaks that are found again
_FEWEST_PEAKS = 6  # in a stretch that can be told
_LOCAL_FRAMES = 215  # five seconds to either side: near enough for the speed not to matter
_LOCAL_SHARE = 0.25
_WELL_FOUND = 0.6  # of all peaks: no other speed needs trying
# Beside a candidate's own, the nearest first: it wins where they fit equally well.
_SPEEDS = sorted(np.linspace(-0.006, 0.006, 13).tolist(), key=abs)
_PITCHES = 2048


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where ``b`` runs as ``a`` does.

    ``same_s`` seconds of ``a`` are found in ``b``, out of ``overlap_s`` in which both have music when they lie
    so. The overlap begins at ``start_a_s`` in ``a`` and ``start_b_s`` in ``b``; ``speed`` is how many times as
    fast ``b`` is played.
    """

    same_s: float
    overlap_s: float
    start_a_s: float
    start_b_s: float
    speed: float


def align(peaks_a: np.ndarray, peaks_b: np.ndarray, ways: Sequence[Candidate]) -> Alignment | None:
    """Return how ``b`` runs as ``a`` does when laid as any of ``ways`` says, None where it does not.

    Several ways are for a cut in between: stretches found by any of them count once. Peaks are int32
    ``(n, 3)`` as PeakAccumulator gives them.
    """
    peaks_a, peaks_b = _in_frames(peaks_a), _in_frames(peaks_b)
    keys_b = np.sort(peaks_b[:, 0] * _PITCHES + peaks_b[:, 1])
    end_b = int(peaks_b[:, 0].max(initial=0))
    stretch = peaks_a[:, 0] // _STRETCH_FRAMES
    n_stretches = int(stretch.max(initial=0)) + 1
    together = np.zeros(n_stretches, bool)
    best: tuple[int, Alignment] | None = None
    for way in ways:
        local = peaks_a[np.abs(peaks_a[:, 0] - way.frame_a) <= _LOCAL_FRAMES]
        if not len(local) or _found(local, keys_b, way, way.speed).mean() < _LOCAL_SHARE:
            continue
        speed = _speed(peaks_a, keys_b, way)
        at = way.frame_b + (peaks_a[:, 0] - way.frame_a) / speed
        both = (at >= 0) & (at <= end_b)
        n = np.bincount(stretch[both], minlength=n_stretches)
        n_found = np.bincount(stretch[both & _found(peaks_a, keys_b, way, speed)], minlength=n_stretches)
        told = n >= _FEWEST_PEAKS
        same = told & (n_found >= _SAME_SHARE * np.maximum(n, 1))
        together |= same
        if best is None or same.sum() > best[0]:
            begin = max(0.0, way.frame_a - way.frame_b * speed)
            end = min(float(peaks_a[-1, 0]), way.frame_a + (end_b - way.frame_b) * speed)
            alignment = Alignment(
                0.0,
                max(0.0, end - begin) / FRAME_RATE_HZ,
                begin / FRAME_RATE_HZ,
                max(0.0, way.frame_b - way.frame_a / speed) / FRAME_RATE_HZ,
                speed,
            )
            best = int(same.sum()), alignment
    if best is None:
        return None
    same_s = together.sum() * _STRETCH_FRAMES / FRAME_RATE_HZ
    return replace(best[1], same_s=float(min(same_s, best[1].overlap_s)))


def _speed(peaks_a: np.ndarray, keys_b: np.ndarray, way: Candidate) -> float:
    """The speed at which most peaks are found: the candidate's own where that finds enough, else one near it."""
    if _found(peaks_a, keys_b, way, way.speed).mean() >= _WELL_FOUND:
        return way.speed
    speeds = [way.speed * (1.0 + extra) for extra in _SPEEDS]
    return max(speeds, key=lambda speed: int(_found(peaks_a, keys_b, way, speed).sum()))


def _found(peaks_a: np.ndarray, keys_b: np.ndarray, way: Candidate, speed: float) -> np.ndarray:
    """Return bool ``(n,)``: which peaks of ``a`` have one of ``b`` near where they would lie in it."""
    frame = np.rint(way.frame_b + (peaks_a[:, 0] - way.frame_a) / speed).astype(np.int64)
    pitch = peaks_a[:, 1] + round(1200.0 / CENTS_PER_STEP * np.log2(speed))
    found = np.zeros(len(peaks_a), bool)
    for late in range(-_NEAR_FRAMES, _NEAR_FRAMES + 1):
        lowest = (frame + late) * _PITCHES + pitch - _NEAR_STEPS
        at = np.minimum(np.searchsorted(keys_b, lowest), len(keys_b) - 1)
        found |= (keys_b[at] >= lowest) & (keys_b[at] <= lowest + 2 * _NEAR_STEPS)
    return found


def _in_frames(peaks: np.ndarray) -> np.ndarray:
    return np.stack((np.rint(peaks[:, 0] / TICKS_PER_FRAME), peaks[:, 1]), axis=1).astype(np.int64)
