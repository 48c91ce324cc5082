"""Disco: four on the floor, a bass in octaves, scratched guitar, strings that rise into the tune."""

from __future__ import annotations

import numpy as np

from drums import clap, crash, hat, kick
from harmony import Key, hz, root, voicing
from instruments import lead, pluck, strings, synth_bass
from melody import tune
from mixing import Mix, with_room
from rhythm import Clock, hits

N_BARS = 16
PROGRESSIONS = ((0, 5, 2, 6), (0, 3, 6, 2), (0, 6, 5, 4), (0, 2, 3, 4))
BASS = ("x-X-x-X-", "xxXXxxXX", "x-XXx-Xx")
SCRATCH = ("--x---x-o-x---xo", "o-x-o-xxo-x-o-x-", "--xx--x---xx--x-")
TUNES = ("x==-x-x=x===----", "x=x=x===x=x=----", "x===--x=x=x=x===", "--x=x=x=x===x=--")


def disco(key: Key, bpm: float, rng: np.random.Generator) -> np.ndarray:
    """Sixteen bars: drums and bass, then guitar and strings from bar 4, the tune from bar 8."""
    clock, mix = Clock(bpm), Mix(N_BARS * 4 * 60 / bpm + 0.5)
    degrees = [*PROGRESSIONS[rng.integers(len(PROGRESSIONS))]] * (N_BARS // 4)
    bass, scratch = BASS[rng.integers(len(BASS))], SCRATCH[rng.integers(len(SCRATCH))]
    for bar, degree in enumerate(degrees):
        _drums(mix, clock, bar)
        for beat, velocity in hits(bass):
            pitch = root(key, degree, 38) + 12 * (velocity == 1.0)
            mix.add(synth_bass(hz(pitch), 0.45 * clock.beat_s), clock.at(4 * bar + beat), 0.45)
        if bar >= 4:
            chord = voicing(key, degree, 64, n_notes=4)
            for beat, velocity in hits(scratch):
                for pitch in chord:
                    string = pluck(hz(pitch), 0.11, 0.985)
                    mix.add(string, clock.at(4 * bar + beat), 0.16 * velocity, pan=-0.5, room=0.15)
            for k, pitch in enumerate(chord):
                sound = strings(hz(pitch + 12), 4 * clock.beat_s)
                mix.add(sound, clock.at(4 * bar), 0.13, pan=-0.6 + 0.4 * k, room=0.5)
    for note in tune(degrees[8:], TUNES, rng, centre=9):
        sound = lead(hz(key.pitch(note.step)), note.n_beats * clock.beat_s * 0.95)
        mix.add(sound, clock.at(32 + note.beat), 0.20 * note.velocity, pan=0.25, room=0.4)
    return with_room(mix, 1.3)


def _drums(mix: Mix, clock: Clock, bar: int) -> None:
    at = 4 * bar
    for beat in range(4):
        mix.add(kick(), clock.at(at + beat), 0.85)
        mix.add(hat(0.08), clock.at(at + beat + 0.5), 0.4, pan=0.2)
        if beat % 2:
            mix.add(clap(), clock.at(at + beat), 0.5, room=0.3)
    for beat, velocity in hits("x-oxx-oxx-oxx-ox"):
        mix.add(hat(), clock.at(at + beat), 0.25 * velocity, pan=0.2)
    if bar % 4 == 0:
        mix.add(crash(), clock.at(at), 0.22, pan=-0.3, room=0.2)
    if bar % 4 == 3:
        for beat in (3.25, 3.75):
            mix.add(clap(), clock.at(at + beat), 0.3, room=0.3)
