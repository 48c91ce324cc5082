"""Reggae: guitar chops off the beat, an organ bubbling between, the drum on three, and a bass that sings."""

from __future__ import annotations

import numpy as np

from drums import hat, kick, rim, shaker
from harmony import Key, hz, root, voicing
from instruments import melodica, organ, pluck, round_bass
from melody import tune
from mixing import Mix, with_room
from rhythm import Clock, hits, notes

N_BARS = 10
PROGRESSIONS = ((0, 3), (0, 4, 3, 4), (0, 5, 3, 4), (0, 3, 0, 4))
BASSES = (  # which chord note each stroke takes is drawn once per piece
    "x=x=--x=x=x=----",
    "--x=x=x=--x=x===",
    "x==x--x=x=--x=x=",
)
TUNES = ("x==xx===----x=x=", "--x=x=x=x===----", "x=x=x=--x=====--")


def reggae(key: Key, bpm: float, rng: np.random.Generator) -> np.ndarray:
    """Ten bars: bass and drums, the chop from bar 1, a melodica over bars 2 to 9."""
    clock, mix = Clock(bpm, swing=0.2), Mix(N_BARS * 4 * 60 / bpm + 0.5)
    loop = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    degrees = [loop[bar % len(loop)] for bar in range(N_BARS)]
    bass = list(notes(BASSES[rng.integers(len(BASSES))]))
    line = [0, *rng.choice((0, 0, 2, 4, 7), size=len(bass) - 1)]  # steps above the root
    for bar, degree in enumerate(degrees):
        at = 4 * bar
        _one_drop(mix, clock, bar)
        for (beat, n_beats, velocity), step in zip(bass, line, strict=True):
            pitch = root(key, degree, 36) + key.pitch(degree + int(step)) - key.pitch(degree)
            mix.add(round_bass(hz(pitch), n_beats * clock.beat_s), clock.at(at + beat), 0.6 * velocity)
        if bar >= 1:
            _chop_and_bubble(mix, clock, at, voicing(key, degree, 62))
    for note in tune(degrees[2:], TUNES, rng, centre=8):
        sound = melodica(hz(key.pitch(note.step)), note.n_beats * clock.beat_s * 0.9)
        mix.add(sound, clock.at(8 + note.beat), 0.2 * note.velocity, pan=0.2, room=0.7)
    return with_room(mix, 1.8)


def _one_drop(mix: Mix, clock: Clock, bar: int) -> None:
    """Nothing on one; kick and stick together on three."""
    at = 4 * bar
    mix.add(kick(120.0, 52.0, 0.1), clock.at(at + 2), 0.95)
    mix.add(rim(), clock.at(at + 2), 0.6, room=0.5)
    for beat, velocity in hits("x-oxx-oxx-oxx-ox"):
        mix.add(hat(0.02), clock.at(at + beat), 0.22 * velocity, pan=-0.25)
    for beat in (0.5, 1.5, 2.5, 3.5):
        mix.add(shaker(), clock.at(at + beat), 0.2, pan=0.5)
    if bar % 4 == 3:
        for beat in (3.0, 3.5, 3.75):
            mix.add(rim(), clock.at(at + beat), 0.45, room=0.7)


def _chop_and_bubble(mix: Mix, clock: Clock, at: int, chord: list[int]) -> None:
    """Guitar on every and, strummed downwards; the organ just before and on it."""
    for beat in (0.5, 1.5, 2.5, 3.5):
        for k, pitch in enumerate([*chord, chord[0] + 12]):
            string = pluck(hz(pitch), 0.16, 0.99, softness=2)
            mix.add(string, clock.at(at + beat) + 0.006 * k, 0.34, pan=-0.45, room=0.25)
        for early in (0.25, 0.0):
            for pitch in chord:
                sound = organ(hz(pitch), 0.2 * clock.beat_s)
                mix.add(sound, clock.at(at + beat - early), 0.09, pan=0.45, room=0.2)
