"""What segue composes: six styles of four pieces, their invented artists and titles, and their dice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from harmony import TONICS, Key
from mixing import fade_out, master
from styles.ambient import ambient
from styles.classical import classical
from styles.disco import disco
from styles.hiphop import hiphop
from styles.metal import metal
from styles.reggae import reggae


@dataclass(frozen=True)
class Style:
    """One style: who plays it, in which keys and tempi, and the function that does.

    ``artists`` names the artist of each piece. ``steady`` says that there is a beat to follow
    all the way; without one ``bpm`` is only what the piece is counted in.
    """

    genre: str
    artists: tuple[str, str, str, str]
    titles: tuple[str, str, str, str]
    modes: tuple[str, ...]
    bpm_range: tuple[int, int]
    play: Callable[[Key, float, np.random.Generator], np.ndarray]
    steady: bool = True
    leading_tone: bool = False
    fade_s: float = 5.0


@dataclass(frozen=True)
class Piece:
    """One piece as composed: what its tags will say, and what is true of its music."""

    genre: str
    title: str
    artist: str
    track_number: int
    key: Key
    bpm: float
    steady: bool
    audio: np.ndarray  # (2, n) float32 at 44.1 kHz


STYLES = (
    Style(
        genre="Disco",
        artists=("The Cosine Sisters", "The Cosine Sisters", "The Cosine Sisters", "Mirrorball Matrix"),
        titles=("Four on the Floor", "Octave Fever", "Night Bus to Nyquist", "Glitter Theorem"),
        modes=("minor",),
        bpm_range=(116, 127),
        play=disco,
    ),
    Style(
        genre="Ambient",
        artists=("Slow Sine", "Slow Sine", "Slow Sine", "Far Field"),
        titles=(
            "Tide Table",
            "Fog over the Filter Bank",
            "Thirty-Second Window",
            "Low Pass, High Valley",
        ),
        modes=("major", "minor"),
        bpm_range=(54, 65),
        play=ambient,
        steady=False,
        fade_s=4.0,
    ),
    Style(
        genre="Metal",
        artists=("Hyperbolic Tangent", "Hyperbolic Tangent", "Hyperbolic Tangent", "Clipping Point"),
        titles=("Saturation", "Sawtooth Cathedral", "Zero Crossing", "Iron Eigenvalue"),
        modes=("minor",),
        bpm_range=(144, 168),
        play=metal,
    ),
    Style(
        genre="Classical",
        artists=("Ada Cadenza", "Ada Cadenza", "Ada Cadenza", "Trio Transform"),
        titles=("Prelude", "Album Leaf", "Little Nocturne", "Song without Samples"),
        modes=("major", "minor"),
        bpm_range=(88, 103),
        play=classical,
        steady=False,
        leading_tone=True,
        fade_s=1.5,
    ),
    Style(
        genre="Hip-Hop",
        artists=("MC Minibatch", "MC Minibatch", "MC Minibatch", "DJ Dropout"),
        titles=("Early Stopping", "Loop Invariant", "Dust on the Needle", "Low End Theorem"),
        modes=("minor",),
        bpm_range=(82, 93),
        play=hiphop,
    ),
    Style(
        genre="Reggae",
        artists=("Offbeat Operators", "Offbeat Operators", "Offbeat Operators", "Skank & the Strings"),
        titles=("One Drop at a Time", "Sunday Syncopation", "Slack Tide", "Easy Does the Echo"),
        modes=("major", "minor"),
        bpm_range=(69, 80),
        play=reggae,
    ),
)


def pieces(seed: int) -> Iterator[Piece]:
    """All pieces, rendered one by one, style after style."""
    for style in STYLES:
        for track_number in range(1, 5):
            yield render(style, track_number, seed)


def render(style: Style, track_number: int, seed: int) -> Piece:
    """One piece of a style. It rolls dice of its own, so any piece can be rendered without the others."""
    s, p = STYLES.index(style), track_number - 1
    # Four keys that differ, so that none ties a style together, and four tempi at least 3 BPM apart:
    # pieces of one style share their form, and with one length too they would pass for copies.
    deal = np.random.default_rng([seed, s])
    tonic = str(deal.choice(TONICS, size=4, replace=False)[p])
    bpm = float(deal.choice(np.arange(*style.bpm_range, 3), size=4, replace=False)[p])
    key = Key(tonic, style.modes[p % len(style.modes)], style.leading_tone)
    played = style.play(key, bpm, np.random.default_rng([seed, s, p]))
    return Piece(
        genre=style.genre,
        title=style.titles[p],
        artist=style.artists[p],
        track_number=track_number,
        key=key,
        bpm=bpm,
        steady=style.steady,
        audio=fade_out(master(played), style.fade_s),
    )
