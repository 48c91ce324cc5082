"""Steady noise and tones that never move are told from music, and short sounds are named with doubt."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import scipy.signal

from segue.audio.mono import Resampler, read_mono
from segue.facets.genre import genres_of
from segue.facets.track_output import run_network
from segue.model.network import Network, shipped_model
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import MelBands
from segue.signal.noise import is_noise, is_still
from segue.signal.stft import PowerSpectra
from segue.signal.windows import MelRecorder, Window, whole_window
from segue.types import GenreProbability

RATE_HZ = MEL128_V1.sample_rate_hz


def genres_in(window: Window, network: Network) -> tuple[GenreProbability, ...]:
    return genres_of(run_network([window], network))


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
    mel = whole_window(samples, MEL128_V1)
    return Window(mel, 0.0, len(samples) / RATE_HZ, 1.0, (0, mel.shape[1]))


def windows(samples, rate_hz=RATE_HZ):
    """Return the windows that the analysis of samples hears."""
    resample, spectra = Resampler(rate_hz, RATE_HZ), PowerSpectra(MEL128_V1)
    recorder, bands = MelRecorder(MEL128_V1), MelBands(MEL128_V1)
    mono = [resample.push(samples.astype(np.float32)), resample.push(np.empty(0, np.float32), last=True)]
    for power in (*spectra.push(np.concatenate(mono)), *spectra.finish()):
        recorder.push(bands(power))
    return recorder.windows(3)


@pytest.mark.parametrize("colour", ["white", "pink"])
@pytest.mark.parametrize("low_pass_hz", [None, 2000, 4000, 5000, 6000, 8000, 10_000])
def test_noise_of_any_band_names_no_genre(colour, low_pass_hz):
    heard = window(noise(3, 30.0, colour, low_pass_hz))
    assert is_noise(heard.mel)
    genres = genres_in(heard, Network(shipped_model()))
    assert len(genres) == 10 and genres[0].probability < 0.5


@pytest.mark.parametrize("seconds", [0.6, 1.0, 2.0, 3.0, 3.6])
@pytest.mark.parametrize("low_pass_hz", [None, 3000, 4000, 6000, 8000])
def test_short_noise_names_no_genre(seconds, low_pass_hz):
    network = Network(shipped_model())
    for rate_hz, seed in ((22_050, 0), (44_100, 1)):
        samples = np.random.default_rng(seed).standard_normal(int(seconds * rate_hz))
        if low_pass_hz:
            samples = scipy.signal.sosfilt(
                scipy.signal.butter(4, low_pass_hz, fs=rate_hz, output="sos"), samples
            )
        samples *= 0.5 / np.abs(samples).max()
        assert genres_of(run_network(windows(samples, rate_hz), network))[0].probability < 0.5
        silence = np.zeros(4 * rate_hz)
        late = np.concatenate([silence, samples, silence])
        assert genres_of(run_network(windows(late, rate_hz), network))[0].probability < 0.5


@pytest.mark.parametrize("hz", [1234.5, 1500.0, 2500.0, 3000.0, 3500.0, 4900.0, 6300.0])
@pytest.mark.parametrize("shape", [scipy.signal.sawtooth, scipy.signal.square])
def test_tones_with_aliases_name_no_genre(shape, hz):
    (heard,) = windows(0.4 * shape(2 * np.pi * hz * np.arange(30 * 44_100) / 44_100), 44_100)
    assert is_still(heard.mel)
    assert genres_in(heard, Network(shipped_model()))[0].probability < 0.5


def clips_but_those_for_testing(shared_dir):
    with open(shared_dir / "data/gtzan/tracks.csv", newline="", encoding="utf-8") as file:
        part = {row["track_id"]: row["filtered_split"] for row in csv.DictReader(file)}
    return [p for p in sorted((shared_dir / "data/gtzan/audio").glob("*/*.flac")) if part[p.stem] != "test"]


def test_music_is_no_noise_and_moves(shared_dir):
    clips = clips_but_those_for_testing(shared_dir)
    assert len(clips) > 50
    for path in clips:
        mel = whole_window(read_mono(path, RATE_HZ), MEL128_V1)
        assert not is_noise(mel) and not is_still(mel), path


def test_three_seconds_of_music_still_have_a_genre(shared_dir):
    network, doubtful = Network(shipped_model()), []
    for path in clips_but_those_for_testing(shared_dir)[::5]:
        (heard,) = windows(read_mono(path, RATE_HZ)[10 * RATE_HZ : 13 * RATE_HZ])
        genres = genres_in(heard, network)
        assert sum(genre.probability for genre in genres) == pytest.approx(1.0)
        doubtful.append(genres[0].probability < 0.25)
    assert np.mean(doubtful) < 0.2


def test_the_less_sounds_the_less_is_sure():
    rng, network = np.random.default_rng(2), Network(shipped_model())
    mel = np.repeat(rng.random((128, 40), dtype=np.float32), 4, axis=1)
    sure = [
        genres_in(Window(mel[:, :n], 0.0, n * MEL128_V1.pick_s, 1.0, (0, sounding)), network)[0].probability
        for n, sounding in ((80, 80), (80, 40), (80, 20))
    ]
    assert sure[0] > sure[1] > sure[2] > 0.1


def test_dying_chords_clicks_and_swelling_noise_are_no_noise():
    t_s = np.arange(30 * RATE_HZ) / RATE_HZ
    held = sum(np.sin(2 * np.pi * hz * t_s) for hz in (220.0, 261.6, 329.6)) / 4
    chord = (held * np.exp(-(t_s % 4.0))).astype(np.float32)
    beat = np.where(t_s % 0.5 < 0.05, noise(0, 30.0), 0.0).astype(np.float32)
    swell = (noise(1, 30.0) * (1.2 + np.sin(2 * np.pi * 0.3 * t_s))).astype(np.float32)
    for samples in (chord, beat, swell):
        mel = whole_window(samples, MEL128_V1)
        assert not is_noise(mel) and not is_still(mel)


@pytest.mark.parametrize("n_picks", [1, 2, 6])
def test_too_little_is_not_called_noise(n_picks):
    assert not is_noise(np.random.default_rng(0).random((128, n_picks), dtype=np.float32))
    assert not is_noise(np.zeros((128, n_picks), np.float32))
    assert not is_still(np.zeros((128, n_picks), np.float32))


def test_silence_is_not_called_noise():
    assert not is_noise(np.zeros((128, 387), np.float32))
    assert not is_still(np.zeros((128, 387), np.float32))
