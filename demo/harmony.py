"""Keys, scales, chords and MIDI pitches (60 is the C in the middle of the piano)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
HARMONIC_MINOR = (0, 2, 3, 5, 7, 8, 11)


@dataclass(frozen=True)
class Key:
    """A tonic and a mode. ``leading_tone`` raises the seventh of minor, as cadences do."""

    tonic: str
    mode: str  # "major" or "minor"
    leading_tone: bool = False

    @property
    def scale(self) -> tuple[int, ...]:
        """The seven steps of the scale in semitones above the tonic."""
        if self.mode == "major":
            return MAJOR
        return HARMONIC_MINOR if self.leading_tone else MINOR

    def pitch(self, step: int) -> int:
        """The MIDI pitch of a scale step; step 0 is the tonic between F#3 and F4, step 7 its octave."""
        above_c = TONICS.index(self.tonic)
        tonic = 60 + (above_c if above_c < 6 else above_c - 12)
        return tonic + 12 * (step // 7) + self.scale[step % 7]


def hz(pitch: float) -> float:
    """The frequency of a MIDI pitch in equal temperament, A4 = 440 Hz."""
    return 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)


def chord_steps(degree: int, n_notes: int = 3) -> tuple[int, ...]:
    """The scale steps of the chord on a degree (0 is the tonic's), stacked in thirds."""
    return tuple(degree + 2 * k for k in range(n_notes))


def near(pitch: int, centre: int) -> int:
    """The same note in the octave nearest to ``centre``."""
    return centre + (pitch - centre + 6) % 12 - 6


def voicing(key: Key, degree: int, centre: int = 60, n_notes: int = 3) -> list[int]:
    """A chord's pitches, each in the octave nearest to ``centre``: neighbouring chords then move little."""
    return sorted(near(key.pitch(step), centre) for step in chord_steps(degree, n_notes))


def root(key: Key, degree: int, centre: int = 40) -> int:
    """The pitch of a chord's root near ``centre``, for the bass."""
    return near(key.pitch(degree), centre)


def nearest_chord_step(step: int, degrees: Sequence[int]) -> int:
    """The scale step nearest to ``step`` that belongs to the chord of these steps, in any octave."""
    members = {d % 7 for d in degrees}
    return next(s for away in range(7) for s in (step - away, step + away) if s % 7 in members)
