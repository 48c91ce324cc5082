"""Classical: a piano piece in question and answer, broken chords below, breathing time; perhaps a cello."""

from __future__ import annotations

import numpy as np

from harmony import Key, hz, near, root, voicing
from instruments import piano, strings
from melody import Note, tune
from mixing import Mix, with_room
from sound import cut

N_BARS = 12
PHRASES = (  # a question that stops on the dominant, an answer that comes home, both over again
    ((0, 3, 0, 4), (0, 3, 4, 0)),
    ((0, 5, 3, 4), (0, 3, 4, 0)),
    ((0, 4, 0, 4), (5, 3, 4, 0)),
)
FIGURES = ((0, 2, 1, 2), (0, 1, 2, 1), (0, 1, 2, 3))  # which chord note follows which, Alberti's first
TUNES = ("x===x=x=", "x=x=x===", "x==xx=x=", "x=xxx===", "x=====x=")


def classical(key: Key, bpm: float, rng: np.random.Generator) -> np.ndarray:
    """Twelve bars of piano, soft, louder, soft again; with a cello in every other piece or so."""
    question, answer = PHRASES[rng.integers(len(PHRASES))]
    degrees = [*question, *answer, *answer]
    beat_s = 60 / bpm
    mix = Mix(_rubato(N_BARS * 4, beat_s) + 3.0)
    figure = FIGURES[rng.integers(len(FIGURES))]
    for bar, degree in enumerate(degrees[:-1]):
        chord = [root(key, degree, 46), *voicing(key, degree, 57)]
        for k in range(8):
            beat = 4 * bar + k / 2
            _strike(mix, chord[figure[k % 4]], _rubato(beat, beat_s), 0.9, 0.30 * _swell(beat))
    for note in tune(degrees[:-1], TUNES, rng, centre=8):
        _sing(mix, key, note, beat_s)
    for pitch in (root(key, 0, 36), root(key, 0, 46), *voicing(key, 0, 57), near(key.pitch(0), 72)):
        _strike(mix, pitch, _rubato(4 * (N_BARS - 1), beat_s) + rng.uniform(0, 0.03), 4.0, 0.4)
    if rng.integers(2):
        _cello(mix, key, degrees, beat_s)
    return with_room(mix, 2.2)


def _rubato(beat: float, beat_s: float) -> float:
    """When a beat sounds: each phrase of four bars hurries and lingers, the last two bars slow down."""
    breath = 0.12 * np.sin(2 * np.pi * beat / 16)
    slowing = 0.06 * max(0.0, beat - 4 * (N_BARS - 2)) ** 2
    return float(beat + breath + slowing) * beat_s


def _swell(beat: float) -> float:
    """How loud a beat is: from soft to loud and back over the piece, from 0.6 to 1."""
    return float(0.6 + 0.4 * np.sin(np.pi * beat / (4 * N_BARS)))


def _strike(mix: Mix, pitch: int, at_s: float, held_s: float, gain: float) -> None:
    pan = (pitch - 60) / 60  # low strings on the left, as seen from the keys
    mix.add(cut(piano(hz(pitch), 4.0), held_s), at_s, gain, pan=pan, room=0.35)


def _sing(mix: Mix, key: Key, note: Note, beat_s: float) -> None:
    at_s = _rubato(note.beat, beat_s)
    held_s = _rubato(note.beat + note.n_beats, beat_s) - at_s
    _strike(mix, near(key.pitch(note.step), 74), at_s, held_s, 0.6 * note.velocity * _swell(note.beat))


def _cello(mix: Mix, key: Key, degrees: list[int], beat_s: float) -> None:
    for bar, degree in enumerate(degrees):
        at_s = _rubato(4 * bar, beat_s)
        sound = strings(hz(root(key, degree, 45)), _rubato(4 * bar + 4, beat_s) - at_s, 0.2)
        mix.add(sound, at_s, 0.16 * _swell(4 * bar), pan=0.3, room=0.5)
