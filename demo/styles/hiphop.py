"""Hip-hop: a lazy swung beat, a sub bass that falls into its notes, dusty electric piano, crackle."""

from __future__ import annotations

import numpy as np

from drums import hat, kick, snare
from harmony import Key, hz, root, voicing
from instruments import electric_piano, flute, sub_bass
from melody import tune
from mixing import Mix, with_room
from rhythm import Clock, hits, notes
from sound import SAMPLE_RATE_HZ

N_BARS = 12
PROGRESSIONS = ((0, 3), (0, 5), (0, 6, 5, 4), (0, 2, 5, 4))
KICKS = ("X-----x---X-----", "X--x------X--x--", "X-----xx--X-----", "X---------Xx--o-")
BASSES = ("X====---x=X===--", "X===---xX=====--", "X==-----X==---x=")
HATS = ("x-x-x-x-x-x-x-xo", "x-xox-x-x-xox-xx", "xox-x-xox-x-x-xo")
STABS = ("x====-x=====----", "----x===----x===", "x=====--x===x=--")
TUNES = ("--x=x===--------", "x=x=--x=x===----", "----x=x=x=x=----")


def hiphop(key: Key, bpm: float, rng: np.random.Generator) -> np.ndarray:
    """Twelve bars of one loop: the beat drops out of bars 0 and 7, a flute phrase comes after each."""
    clock, mix = Clock(bpm, swing=0.28), Mix(N_BARS * 4 * 60 / bpm + 0.5)
    loop = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    degrees = [loop[bar % len(loop)] for bar in range(N_BARS)]
    kicks, basses, hats, stabs = (p[rng.integers(len(p))] for p in (KICKS, BASSES, HATS, STABS))
    for bar, degree in enumerate(degrees):
        at = 4 * bar
        for beat, n_beats, velocity in notes(stabs):
            for k, pitch in enumerate(voicing(key, degree, 60, n_notes=4)):
                sound = electric_piano(hz(pitch), n_beats * clock.beat_s)
                mix.add(sound, clock.at(at + beat), 0.16 * velocity, pan=-0.4 + 0.2 * k, room=0.3)
        if bar not in (0, 7):
            _beat(mix, clock, at, kicks, hats)
            for beat, n_beats, velocity in notes(basses):
                sound = sub_bass(hz(root(key, degree, 33)), n_beats * clock.beat_s)
                mix.add(sound, clock.at(at + beat), 0.36 * velocity)
    for note in tune(degrees, TUNES, rng, centre=8):
        if note.beat // 4 % 4 in (0, 2):
            sound = flute(hz(key.pitch(note.step)), note.n_beats * clock.beat_s)
            mix.add(sound, clock.at(note.beat), 0.16 * note.velocity, pan=0.35, room=0.6)
    _crackle(mix, rng)
    return with_room(mix, 1.0)


def _beat(mix: Mix, clock: Clock, at: int, kicks: str, hats: str) -> None:
    for beat, velocity in hits(kicks):
        mix.add(kick(110.0, 45.0, 0.12), clock.at(at + beat), 0.8 * velocity)
    for beat, velocity in hits("----X--o-o--X---"):
        mix.add(snare(170.0, 0.045), clock.at(at + beat), 0.9 * velocity**2, room=0.15)
    for beat, velocity in hits(hats):
        mix.add(hat(0.012), clock.at(at + beat), 0.5 * velocity, pan=0.25)


def _crackle(mix: Mix, rng: np.random.Generator) -> None:
    """The dust of an old record: some twelve clicks a second."""
    where = rng.integers(0, mix.n, size=12 * mix.n // SAMPLE_RATE_HZ)
    mix.dry[:, where] += rng.uniform(-0.12, 0.12, size=(2, len(where)))
