"""Steady noise is told from music by its frames, which know nothing of each other."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from segue.analysis.genres import judge
from segue.analysis.noise import is_noise
from segue.audio.mono import read_mono
from segue.features.front_end import MEL128_V1
from segue.features.windows import Window, whole_window
from segue.model.network import Network, shipped_model

RATE_HZ = MEL128_V1.sample_rate_hz


def noise(seed, seconds, colour="white", low_pass_hz=None):
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal(int(seconds * RATE_HZ))
    if colour == "pink":
        spectrum = np.fft.rfft(samples)
        samples = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1.0)), len(samples))
    if low_pass_hz:
        samples = scipy.signal.sosfilt(scipy.signal.butter(8, low_pass_hz, fs=RATE_HZ, output="sos"), samples)
    return (0.1 * samples / samples.std()).astype(np.float32)


def window(samples):
    return Window(whole_window(samples, MEL128_V1), 0.0, len(samples) / RATE_HZ, 1.0)


@pytest.mark.parametrize("colour", ["white", "pink"])
@pytest.mark.parametrize("low_pass_hz", [None, 2000, 4000, 5000, 6000, 8000, 10_000])
def test_noise_of_any_band_names_no_genre(colour, low_pass_hz):
    heard = window(noise(3, 30.0, colour, low_pass_hz))
    assert is_noise(heard.mel)
    genres = judge([heard], Network(shipped_model())).genres
    assert len(genres) == 10 and genres[0].probability < 0.5


def test_music_is_no_noise(shared_dir):
    clips = sorted((shared_dir / "data/gtzan/audio").glob("*/*.flac"))
    assert len(clips) > 50
    for path in clips:
        assert not is_noise(whole_window(read_mono(path, RATE_HZ), MEL128_V1)), path


def test_dying_chords_clicks_and_swelling_noise_are_no_noise():
    t_s = np.arange(30 * RATE_HZ) / RATE_HZ
    held = sum(np.sin(2 * np.pi * hz * t_s) for hz in (220.0, 261.6, 329.6)) / 4
    chord = (held * np.exp(-(t_s % 4.0))).astype(np.float32)
    beat = np.where(t_s % 0.5 < 0.05, noise(0, 30.0), 0.0).astype(np.float32)
    swell = (noise(1, 30.0) * (1.2 + np.sin(2 * np.pi * 0.3 * t_s))).astype(np.float32)
    for samples in (chord, beat, swell):
        assert not is_noise(whole_window(samples, MEL128_V1))


@pytest.mark.parametrize("n_picks", [1, 2, 47])
def test_too_little_is_not_called_noise(n_picks):
    assert not is_noise(np.random.default_rng(0).random((128, n_picks), dtype=np.float32))
    assert not is_noise(np.zeros((128, n_picks), np.float32))


def test_silence_is_not_called_noise():
    assert not is_noise(np.zeros((128, 387), np.float32))
