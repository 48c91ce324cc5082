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
        "Disco",
        ("The Cosine Sisters", "The Cosine Sisters", "The Cosine Sisters", "Mirrorball Matrix"),
        ("Four on the Floor", "Octave Fever", "Night Bus to Nyquist", "Glitter Theorem"),
        ("minor",),
        (116, 126),
        disco,
    ),
    Style(
        "Ambient",
        ("Slow Sine", "Slow Sine", "Slow Sine", "Far Field"),
        ("Tide Table", "Fog over the Filter Bank", "A Window of Thirty Seconds", "Low Pass, High Valley"),
        ("major", "minor"),
        (56, 64),
        ambient,
        steady=False,
        fade_s=4.0,
    ),
    Style(
        "Metal",
        ("Hyperbolic Tangent", "Hyperbolic Tangent", "Hyperbolic Tangent", "Clipping Point"),
        ("Saturation", "Sawtooth Cathedral", "Zero Crossing", "Iron Eigenvalue"),
        ("minor",),
        (144, 168),
        metal,
    ),
    Style(
        "Classical",
        ("Ada Cadenza", "Ada Cadenza", "Ada Cadenza", "Trio Transform"),
        ("Prelude", "Album Leaf", "Little Nocturne", "Song without Samples"),
        ("major", "minor"),
        (88, 102),
        classical,
        steady=False,
        leading_tone=True,
        fade_s=1.5,
    ),
    Style(
        "Hip-Hop",
        ("MC Minibatch", "MC Minibatch", "MC Minibatch", "DJ Dropout"),
        ("Early Stopping", "Loop Invariant", "Dust on the Needle", "Low End Theorem"),
        ("minor",),
        (84, 94),
        hiphop,
    ),
    Style(
        "Reggae",
        ("Offbeat Operators", "Offbeat Operators", "Offbeat Operators", "Skank & the Strings"),
        ("One Drop at a Time", "Sunday Syncopation", "Slack Tide", "Easy Does the Echo"),
        ("major", "minor"),
        (70, 80),
        reggae,
    ),
)


def pieces(seed: int) -> Iterator[Piece]:
    """All pieces, rendered one by one, style after style; each rolls dice of its own."""
    for s, style in enumerate(STYLES):
        # Four keys and tempi that differ, so that neither gives a style away or ties it together.
        deal = np.random.default_rng([seed, s])
        tonics = deal.choice(TONICS, size=4, replace=False)
        bpms = deal.choice(np.arange(*style.bpm_range), size=4, replace=False)
        for p in range(4):
            rng = np.random.default_rng([seed, s, p])
            key = Key(str(tonics[p]), style.modes[p % len(style.modes)], style.leading_tone)
            bpm = float(bpms[p])
            audio = master(fade_out(style.play(key, bpm, rng), style.fade_s))
            yield Piece(style.genre, style.titles[p], style.artists[p], p + 1, key, bpm, style.steady, audio)
