"""Sounds that are no music: each kind makes finite sound of the right length, and speech is really spoken."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from segue.errors import TrainingError
from segue.research.training import outliers
from segue.research.training.outliers import (
    HELD_OUT_VOICES,
    TRAINING_VOICES,
    generators,
    outlier_windows,
    speak,
)
from segue.signal.front_end import MEL128_V1
from tests.raising import raises

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
KINDS = generators(TRAINING_VOICES)


@pytest.mark.parametrize("kind", [pytest.param(k, marks=needs_espeak) if "speech" in k else k for k in KINDS])
def test_every_kind_sounds_differs_and_follows_its_generator(kind):
    make = KINDS[kind]
    first, again, other = (make(np.random.default_rng(seed), 44_100, 22_050) for seed in (0, 0, 1))
    assert first.shape == (44_100,) and first.dtype == np.float32
    assert np.isfinite(first).all()
    assert np.abs(first).max() == pytest.approx(0.5, rel=1e-3)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_band_noise_lies_in_a_band():
    sound = outliers.band_noise(np.random.default_rng(3), 65_536, 22_050)
    power = np.sort(np.abs(np.fft.rfft(sound)) ** 2)[::-1]
    assert power[: len(power) // 4].sum() > 0.9 * power.sum()


@needs_espeak
def test_faster_speech_is_shorter():
    slow, fast = (speak("a letter from the river", "en-gb", wpm, 50, 22_050) for wpm in (100, 250))
    assert len(fast) < 0.7 * len(slow)


def test_training_and_held_out_voices_share_nothing():
    assert not set(TRAINING_VOICES.languages) & set(HELD_OUT_VOICES.languages)
    assert not set(TRAINING_VOICES.variants) & set(HELD_OUT_VOICES.variants)


def test_without_espeak_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with raises(TrainingError, "missing-espeak"):
        speak("hello", "en-gb", 150, 50, 22_050)


def test_windows_look_like_the_archive():
    windows = outlier_windows([outliers.tones, outliers.clicks], 3, MEL128_V1, np.random.default_rng(0))
    assert windows.shape == (3, 128, 387) and windows.dtype == np.uint8
    assert windows.max() >= 250
