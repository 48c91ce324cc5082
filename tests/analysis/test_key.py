"""Keys: every triad and cadence in every timbre and tuning, and what has no key."""

import itertools

import numpy as np
import pytest
from tests.analysis.synthetic_music import RATE_HZ, TIMBRES, cadence, chroma_of, triad

from segue.analysis.key import TONICS, estimate_key


@pytest.mark.parametrize("cents", [-30.0, 0.0, 30.0])
@pytest.mark.parametrize("timbre", TIMBRES)
@pytest.mark.parametrize("play", [triad, cadence])
def test_all_keys(play, timbre, cents):
    for tonic, mode in itertools.product(range(12), ("major", "minor")):
        key = estimate_key(chroma_of(play(tonic, mode, timbre, cents)).chroma)
        assert (key.tonic, key.mode) == (TONICS[tonic], mode)
        assert 0.45 < key.strength <= 1.0


def test_noise_has_hardly_a_key():
    rng = np.random.default_rng(0)
    for _ in range(3):
        assert estimate_key(chroma_of(0.1 * rng.standard_normal(10 * RATE_HZ)).chroma).strength < 0.1


def test_silence_and_a_flat_chroma_have_no_key():
    assert estimate_key(chroma_of(np.zeros(3 * RATE_HZ)).chroma) is None
    assert estimate_key(np.full(12, 1.0 / 12.0)) is None
    assert estimate_key(np.full(12, np.nan)) is None


def test_turning_the_chroma_turns_the_key():
    chroma = np.random.default_rng(1).random(12)
    first = estimate_key(chroma)
    for steps in range(12):
        turned = estimate_key(np.roll(chroma, steps))
        assert TONICS.index(turned.tonic) == (TONICS.index(first.tonic) + steps) % 12
        assert (turned.mode, turned.strength) == (first.mode, pytest.approx(first.strength))
