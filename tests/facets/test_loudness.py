"""Loudness: the signals of EBU Tech 3341, BS.1770's tables, real music against other meters, odd input."""

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.facets.loudness import LoudnessMeter, channel_weights, k_weighting

RATE_HZ = 48_000


def sine(dbfs, seconds, rate_hz=RATE_HZ, hz=1000.0, n_channels=2):
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    one = 10.0 ** (dbfs / 20.0) * np.sin(2 * np.pi * hz * t)
    return np.repeat(one[:, None], n_channels, axis=1).astype(np.float32)


def lufs(samples, rate_hz=RATE_HZ, block=5000):
    meter = LoudnessMeter(rate_hz, samples.shape[1])
    for start in range(0, len(samples), block):
        meter.push(samples[start : start + block])
    return meter.integrated_lufs()


# EBU Tech 3341 (2023), table 1, cases 1 to 5: level in dBFS and seconds of a stereo tone at 1 kHz; what must be read.
EBU_TECH_3341 = {
    "1": ([(-23, 20)], -23.0),
    "2": ([(-33, 20)], -33.0),
    "3": ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
    "4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
    "5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
}


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
@pytest.mark.parametrize("case", EBU_TECH_3341)
def test_ebu_signals(case, rate_hz):
    parts, expected = EBU_TECH_3341[case]
    samples = np.concatenate([sine(level, seconds, rate_hz) for level, seconds in parts])
    assert lufs(samples, rate_hz) == pytest.approx(expected, abs=0.1)


def test_ebu_surround_signal():
    # Case 6: 5.0, L and R at -28 dBFS, C at -24, Ls and Rs at -30, here in 5.1 with an LFE that must not count.
    levels = (-28.0, -28.0, -24.0, 0.0, -30.0, -30.0)
    samples = np.concatenate([sine(level, 20, n_channels=1) for level in levels], axis=1)
    assert lufs(samples) == pytest.approx(-23.0, abs=0.1)
    assert lufs(np.delete(samples, 3, axis=1)) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_one_channel_at_full_scale_reads_minus_three(rate_hz):
    # BS.1770: 997 Hz at 0 dBFS in one channel gives -3.01.
    assert lufs(sine(0.0, 4, rate_hz, 997.0, 1), rate_hz) == pytest.approx(-3.01, abs=0.05)


def test_the_tables_of_bs1770():
    # ITU-R BS.1770, tables 1 and 2, at 48 kHz.
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    np.testing.assert_allclose(k_weighting(48_000), [shelf, high_pass], atol=1e-8)


def test_real_music_agrees_with_another_meter(soundtracks):
    pyloudnorm = pytest.importorskip("pyloudnorm", reason="pyloudnorm is the reference")
    songs = sorted(path for folder in soundtracks for path in folder.rglob("*.ogg"))[::8]
    assert songs
    for song in songs:
        samples, rate_hz = soundfile.read(song, frames=60 * 44_100, dtype="float32", always_2d=True)
        expected = pyloudnorm.Meter(rate_hz).integrated_loudness(samples.astype(np.float64))
        assert lufs(samples, rate_hz) == pytest.approx(expected, abs=0.1), song.name


MUSIC = np.random.default_rng(0).standard_normal((70_000, 2)).astype(np.float32) * 0.1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, len(MUSIC)), max_size=6))
def test_cutting_the_stream_changes_nothing(cuts):
    meter = LoudnessMeter(8_000, 2)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(MUSIC)], strict=True):
        meter.push(MUSIC[start:end])
    assert meter.integrated_lufs() == lufs(MUSIC, 8_000)


@given(st.floats(-40.0, 6.0))
@settings(max_examples=20, deadline=None)
def test_gain_moves_loudness_by_as_much(gain_db):
    quieter = MUSIC * np.float32(10.0 ** (gain_db / 20.0))
    assert lufs(quieter, 8_000) == pytest.approx(lufs(MUSIC, 8_000) + gain_db, abs=1e-3)


def test_nothing_above_the_gate_has_no_loudness():
    assert lufs(np.zeros((RATE_HZ * 2, 2), np.float32)) is None
    assert lufs(sine(-75.0, 5)) is None
    assert lufs(sine(-20.0, 0.3)) is None
    assert lufs(np.zeros((0, 2), np.float32)) is None
    # A constant offset has one block of loudness, where it sets in, and none after.
    assert lufs(np.full((RATE_HZ * 30, 1), 0.001, np.float32)) is None


def test_samples_that_are_not_numbers_count_as_silence():
    samples = sine(-23.0, 20)
    samples[400_000] = np.nan
    samples[500_000] = [np.inf, -np.inf]
    assert lufs(samples) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 4, 5, 6, 7, 8, 24])
def test_any_number_of_channels(n_channels):
    weights = channel_weights(n_channels)
    assert weights.shape == (n_channels,)
    expected = -0.691 + 10 * np.log10(weights.sum() * 0.5) + 0.691 - 20.0
    assert lufs(sine(-20.0, 3, hz=997.0, n_channels=n_channels)) == pytest.approx(expected, abs=0.05)
