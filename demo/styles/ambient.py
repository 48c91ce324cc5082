"""Ambient: clouds of slow chords over a drone, a bell now and then, wind behind; no beat to hold on to."""

from __future__ import annotations

import numpy as np

from harmony import Key, hz, near, voicing
from instruments import bell, flute, pad
from mixing import Mix, with_room
from rhythm import Clock
from sound import dulled, times

N_BARS = 8
PROGRESSIONS = ((0, 3, 5, 0), (0, 5, 2, 0), (0, 2, 3, 0), (0, 4, 5, 0))
PENTATONIC = {"major": (0, 1, 2, 4, 5), "minor": (0, 2, 3, 4, 6)}


def ambient(key: Key, bpm: float, rng: np.random.Generator) -> np.ndarray:
    """Four chords of two bars each that melt into one another."""
    clock, mix = Clock(bpm), Mix(N_BARS * 4 * 60 / bpm + 2.0)
    chord_s = 8 * clock.beat_s
    for k, degree in enumerate(PROGRESSIONS[rng.integers(len(PROGRESSIONS))]):
        at_s = k * chord_s - 0.15 * chord_s  # each cloud rises while the last one thins out
        for j, pitch in enumerate(voicing(key, degree, 58, n_notes=4)):
            mix.add(pad(hz(pitch), 1.5 * chord_s), at_s, 0.4, pan=-0.7 + 0.45 * j, room=0.8)
            if j % 2:
                mix.add(pad(hz(pitch + 12), 1.5 * chord_s), at_s, 0.12, pan=0.7 - 0.45 * j, room=1.0)
    drone = near(key.pitch(0), 38)
    for pitch, gain in ((drone, 0.5), (drone + 7, 0.2)):
        mix.add(pad(hz(pitch), 4.6 * chord_s), -0.8 * chord_s, gain, room=0.2)
    _far_notes(mix, clock, key, rng)
    _wind(mix, N_BARS * 4 * clock.beat_s, rng)
    return with_room(mix, 5.0)


def _far_notes(mix: Mix, clock: Clock, key: Key, rng: np.random.Generator) -> None:
    """Single notes of the pentatonic scale, two to four beats apart and never quite on one."""
    voice = bell if rng.integers(2) else flute
    beat = 3.0
    while beat < N_BARS * 4 - 4:
        step = int(rng.choice(PENTATONIC[key.mode])) + 7 * int(rng.integers(0, 2))
        sound = voice(hz(key.pitch(step)), 3.0)
        mix.add(sound, clock.at(beat), 0.12 * rng.uniform(0.6, 1.0), pan=rng.uniform(-0.8, 0.8), room=1.5)
        beat += rng.uniform(2.0, 4.0)


def _wind(mix: Mix, duration_s: float, rng: np.random.Generator) -> None:
    """Dull noise that comes and goes, another on each side."""
    t = times(duration_s)
    for pan in (-0.9, 0.9):
        noise = dulled(rng.standard_normal(len(t)), 16)
        gusts = 0.5 - 0.5 * np.cos(2 * np.pi * t / rng.uniform(7.0, 12.0))
        mix.add((noise * gusts).astype(np.float32), 0.0, 0.2, pan=pan)
