"""Metal: two walls of distorted guitar around a double bass drum, and a lead that sings over them."""

from __future__ import annotations

import numpy as np

from drums import crash, hat, kick, snare
from harmony import Key, hz, near, root
from instruments import pluck, round_bass
from melody import tune
from mixing import Mix, with_room
from rhythm import Clock, hits, notes
from sound import dulled, place

N_BARS = 20
CHORUS = 10  # the bar where chords begin to ring and the lead comes in
RIFFS = (  # lower case is palm-muted, upper case rings
    ("x-xxx-xxx-xxX===", "X===x-xxX===x-xx"),
    ("xxxxX==-xxxxX==-", "x-x-X===x-x-X==="),
    ("X=======x-xxx-xx", "xxxxxxxxX===X==="),
)
PROGRESSIONS = ((0, 0, 5, 6), (0, 6, 5, 6), (0, 0, 3, 5), (0, 5, 6, 0))
KICKS = ("X-xxX-xxX-xxXxxx", "X---xxxxX---xxxx", "Xx--Xx--Xx--xxxx")
TUNES = ("xxxxx===xxxxx===", "x=x=x===xxxxx===", "x===x=xxx=x=x===")


def metal(key: Key, bpm: float, rng: np.random.Generator) -> np.ndarray:
    """Twenty bars: the riff alone for two, then the band; from bar 10 ringing chords and the lead."""
    clock, mix = Clock(bpm), Mix(N_BARS * 4 * 60 / bpm + 0.5)
    degrees = [*PROGRESSIONS[rng.integers(len(PROGRESSIONS))]] * (N_BARS // 4)
    riff, kicks = RIFFS[rng.integers(len(RIFFS))], KICKS[rng.integers(len(KICKS))]
    riffs = [riff[bar % 2] if bar < CHORUS else "X=======X===X===" for bar in range(N_BARS)]
    for take, pan in ((1, -0.85), (2, 0.85)):
        wall = _rhythm_guitar(mix.n, clock, key, degrees, riffs, take)
        mix.add(wall, 0.0, 0.5, pan=pan, room=0.08)
    for bar, degree in enumerate(degrees):
        for beat, n_beats, _ in notes(riffs[bar]):
            sound = round_bass(hz(root(key, degree, 34)), n_beats * clock.beat_s)
            mix.add(np.tanh(2 * sound), clock.at(4 * bar + beat), 0.3)
        if bar >= 2:
            _drums(mix, clock, bar, kicks, rng)
    mix.add(_lead_guitar(mix.n, clock, key, degrees, rng), 0.0, 0.26, pan=0.1, room=0.5)
    return with_room(mix, 0.9)


def amplified(strings: np.ndarray, drive: float) -> np.ndarray:
    """Strings through a valve amplifier driven far past its limit, and its speaker, deaf above 4 kHz."""
    driven = np.tanh(drive * strings)
    speaker = dulled(driven, 6)
    return speaker - dulled(speaker, 300)  # nor does it give much below 100 Hz


def _rhythm_guitar(
    n: int, clock: Clock, key: Key, degrees: list[int], riffs: list[str], take: int
) -> np.ndarray:
    lane = np.zeros(n, dtype=np.float32)
    for bar, degree in enumerate(degrees):
        for stroke, (beat, n_beats, velocity) in enumerate(notes(riffs[bar])):
            rings = velocity == 1.0
            power_chord = (0, 7, 12)  # root, fifth, octave: what distortion leaves clean
            for interval in power_chord:
                pitch = root(key, degree, 42) + interval
                length_s = n_beats * clock.beat_s if rings else 0.2 * clock.beat_s
                string = pluck(hz(pitch), length_s, 0.998 if rings else 0.97, take=take + 2 * stroke)
                place(lane, string, clock.at(4 * bar + beat) + 0.004 * take, 0.8)
    return amplified(lane, drive=12.0)


def _lead_guitar(n: int, clock: Clock, key: Key, degrees: list[int], rng: np.random.Generator) -> np.ndarray:
    lane = np.zeros(n, dtype=np.float32)
    for note in tune(degrees[CHORUS:], TUNES, rng, centre=12):
        pitch = near(key.pitch(note.step), 72)
        string = pluck(hz(pitch), note.n_beats * clock.beat_s, 0.9995, take=3)
        place(lane, string, clock.at(4 * CHORUS + note.beat), note.velocity)
    return amplified(lane, drive=9.0)


def _drums(mix: Mix, clock: Clock, bar: int, kicks: str, rng: np.random.Generator) -> None:
    at = 4 * bar
    for beat, velocity in hits(kicks):
        # Feet are not clocks. If they were, sixteenths this fast would hum a note of their own.
        at_s = clock.at(at + beat) + rng.normal(0.0, 0.005)
        mix.add(kick(220.0, 55.0, 0.03), at_s, 0.5 * velocity)
    for beat in (1, 3):
        mix.add(snare(210.0, 0.06), clock.at(at + beat), 0.75, room=0.25)
    for beat in range(4):
        mix.add(hat(0.05), clock.at(at + beat), 0.2, pan=-0.4)
    if bar % 2 == 0:
        mix.add(crash(), clock.at(at), 0.4, pan=0.4, room=0.1)
    if bar % 4 == 3:  # roll into the next four bars
        for k in range(4):
            mix.add(snare(210.0 - 20 * k, 0.06), clock.at(at + 3 + k / 4), 0.55, room=0.25)
