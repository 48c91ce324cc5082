"""Landmarks: five peaks of a recording as one number that its copies share and little else does.

A landmark is an anchor among the strong peaks and four of the eight that follow it: the anchor's pitch, and how
far above and behind it each of the four lies. Wang (2003) takes two peaks; five are rare enough to be
looked up among the landmarks of 100,000 pieces. Which landmarks are kept is decided by their own number, so
that copies keep the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from segue.copies.peaks import CENTS_PER_STEP, TICKS_PER_FRAME

# Pieces ask for their copies as if they were played at each of these: half a percent beside one still finds.
SPEEDS = (1 / 1.01, 1.0, 1.01)

_FOLLOWERS = 8  # strong peaks behind an anchor, about 0.8 s
_TAKEN = 4  # of these, in every combination
_KEPT = 32  # one landmark in so many: about twenty a second stay
_PITCH_STEPS = 10  # 50 cents: wider than what coding moves a peak by, and than half a percent of speed
_TIME_TICKS = 12  # three frames
_MOST_ASKED = 600  # a piece asks by so many of its landmarks, evenly chosen; all of them answer


@dataclass(frozen=True, slots=True)
class Landmarks:
    """One piece's landmarks: uint32 numbers and the int32 frame of each.

    ``asked`` are those it looks for in others, ``(numbers, frames)`` for each of SPEEDS, frames at that speed.
    """

    numbers: np.ndarray
    frames: np.ndarray
    asked: tuple[tuple[np.ndarray, np.ndarray], ...]


def landmarks(peaks: np.ndarray) -> Landmarks:
    """Return the landmarks of peaks, int32 ``(n, 3)`` as PeakAccumulator gives them."""
    at_speed = [_landmarks(peaks, speed) for speed in SPEEDS]
    return Landmarks(*at_speed[SPEEDS.index(1.0)], tuple(_evenly(*one) for one in at_speed))


def _landmarks(peaks: np.ndarray, speed: float) -> tuple[np.ndarray, np.ndarray]:
    strong = peaks[peaks[:, 2] > 0]
    tick = strong[:, 0] / speed
    frame = np.rint(tick / TICKS_PER_FRAME).astype(np.int32)
    pitch = strong[:, 1] + 1200.0 / CENTS_PER_STEP * np.log2(speed)
    anchor = _mixed(np.floor(pitch / _PITCH_STEPS).astype(np.int64).view(np.uint64))
    follower = {}
    for distance in range(1, min(_FOLLOWERS, len(strong) - 1) + 1):
        behind = np.rint((tick[distance:] - tick[:-distance]) / _TIME_TICKS).astype(np.int64)
        above = np.rint((pitch[distance:] - pitch[:-distance]) / _PITCH_STEPS).astype(np.int64)
        follower[distance] = _mixed(((above << 32) + behind).view(np.uint64))
    found, at = [np.zeros(0, np.uint32)], [np.zeros(0, np.int32)]
    for taken in combinations(follower, _TAKEN):
        n = len(strong) - taken[-1]
        # A sum, so that the order of peaks in one frame does not matter.
        number = _mixed(anchor[:n] + sum(follower[distance][:n] for distance in taken))
        kept = number % np.uint64(_KEPT) == 0
        found.append((number[kept] >> np.uint64(32)).astype(np.uint32))
        at.append(frame[:n][kept])
    return np.concatenate(found), np.concatenate(at)


def _evenly(numbers: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The landmarks a piece asks by, spread over all of it."""
    if len(numbers) <= _MOST_ASKED:
        return numbers, frames
    chosen = np.argsort(frames, kind="stable")[np.linspace(0, len(frames) - 1, _MOST_ASKED).astype(np.int64)]
    return numbers[chosen], frames[chosen]


def _mixed(number: np.ndarray) -> np.ndarray:
    """Return uint64 numbers spread evenly (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    z = number + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
