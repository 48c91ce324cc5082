"""Keys: every triad and cadence in every timbre and tuning, and what has no key."""

import itertools

import numpy as np
import pytest

from segue.facets.key import TONICS, estimate_key
from segue.signal.chroma import PitchClasses
from tests.facets.synthetic_music import RATE_HZ, TIMBRES, cadence, chroma_of, progression, triad

# Chords as `progression` reads them.
ENDING_ON_THE_TONIC = {
    "major": ("0M", "7M 0M", "77 0M", "5M 0M", "2m 7M 0M", "2m7 77 0M", "0M 5M 7M 0M", "0M 9m 5M 7M 0M"),
    "minor": ("0m", "7M 0m", "77 0m", "5m 0m", "5m 7M 0m", "0m 5m 7m 0m", "0m 5m 7M 0m", "0m 8M 5m 7M 0m"),
}


def steady(chroma: np.ndarray, seconds: float = 10.0) -> PitchClasses:
    """Return pitch classes that are the same from beginning to end."""
    return PitchClasses(chroma, chroma, chroma, seconds, 1.0)


def key_of(samples: np.ndarray):
    return estimate_key(chroma_of(samples).pitch_classes)


@pytest.mark.parametrize("cents", [-30.0, 0.0, 30.0])
@pytest.mark.parametrize("timbre", TIMBRES)
@pytest.mark.parametrize("play", [triad, cadence])
def test_all_keys(play, timbre, cents):
    for tonic, mode in itertools.product(range(12), ("major", "minor")):
        key = key_of(play(tonic, mode, timbre, cents))
        assert (key.tonic, key.mode) == (TONICS[tonic], mode)
        assert 0.45 < key.strength <= 1.0


@pytest.mark.parametrize("timbre", ["sine", "organ", "string", "reed"])
@pytest.mark.parametrize(
    ("mode", "chords"), [(m, c) for m, all_of in ENDING_ON_THE_TONIC.items() for c in all_of]
)
def test_a_cadence_is_in_the_key_it_ends_in(mode, chords, timbre):
    for tonic in range(12):
        key = key_of(
            progression(chords, tonic, timbre, lowest=(48, 60)[tonic % 2], seconds=(0.5, 1.2)[tonic % 2])
        )
        assert (key.tonic, key.mode) == (TONICS[tonic], mode)


@pytest.mark.parametrize("timbre", ["organ", "reed"])
@pytest.mark.parametrize("chords", ["0M 7M 9m 5M", "0M 9m 5M 7M"])
def test_a_loop_that_ends_elsewhere_keeps_its_key(chords, timbre):
    for tonic in range(12):
        key = key_of(progression(chords, tonic, timbre, lowest=48))
        assert (key.tonic, key.mode) == (TONICS[tonic], "major")


def test_silence_behind_the_last_chord_does_not_hide_it():
    cadence_in_g = np.concatenate([progression("7M 0M", 7, "organ", lowest=48), np.zeros(5 * RATE_HZ)])
    assert (key_of(cadence_in_g).tonic, key_of(cadence_in_g).mode) == ("G", "major")


def test_the_end_of_a_long_piece_hardly_counts():
    c_major, ending = np.zeros(12), np.zeros(12)
    c_major[[0, 2, 4, 7, 9, 11]] = (4, 2.5, 3, 5, 0.3, 2.5)
    ending[[7, 11, 2]] = 1
    short = PitchClasses(c_major, c_major, ending, 5.0, 1.0)
    long = PitchClasses(c_major, c_major, ending, 300.0, 1.0)
    assert estimate_key(short).tonic == "G" and estimate_key(long).tonic == "C"


@pytest.mark.parametrize("timbre", ["sine", "clarinet", "organ"])
def test_low_triads_are_heard_or_doubted(timbre):
    for tonic, mode in itertools.product(range(6), ("major", "minor")):  # roots from 65 to 87 Hz
        key = key_of(progression("0M" if mode == "major" else "0m", tonic, timbre, lowest=36))
        assert (key.tonic, key.mode) == (TONICS[tonic], mode) or key.strength < 0.6


def test_noise_has_hardly_a_key():
    rng = np.random.default_rng(0)
    for _ in range(3):
        assert key_of(0.1 * rng.standard_normal(10 * RATE_HZ)).strength < 0.1


def test_silence_and_a_flat_chroma_have_no_key():
    assert key_of(np.zeros(3 * RATE_HZ)) is None
    assert estimate_key(steady(np.full(12, 1.0 / 12.0))) is None
    assert estimate_key(steady(np.full(12, np.nan))) is None


def test_turning_the_chroma_turns_the_key():
    chroma = np.random.default_rng(1).random(12)
    first = estimate_key(steady(chroma))
    for steps in range(12):
        turned = estimate_key(steady(np.roll(chroma, steps)))
        assert TONICS.index(turned.tonic) == (TONICS.index(first.tonic) + steps) % 12
        assert (turned.mode, turned.strength) == (first.mode, pytest.approx(first.strength))
