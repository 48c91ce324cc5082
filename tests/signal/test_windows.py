"""Windows: where they lie, how they are scaled, and what they keep of the archive's recipe."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.signal.front_end import MEL128_V1, MEL128_V2
from segue.signal.mel import MelBands
from segue.signal.stft import PowerSpectra
from segue.signal.windows import MelRecorder, Window, scale, spread, trimmed, whole_window

PICKS = MEL128_V1.window_picks


def record(samples, cut=20_000):
    recorder, spectra, bands = MelRecorder(MEL128_V1), PowerSpectra(MEL128_V1), MelBands(MEL128_V1)
    for start in range(0, len(samples), cut):
        for power in spectra.push(samples[start : start + cut]):
            recorder.push(bands(power))
    for power in spectra.finish():
        recorder.push(bands(power))
    return recorder


def noise(seconds, seed=0):
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(int(seconds * MEL128_V1.sample_rate_hz))).astype(np.float32)


@given(st.integers(0, 200_000), st.integers(1, 20))
def test_windows_are_in_order_inside_and_apart(n_picks, n_windows):
    spans = spread(n_picks, PICKS, n_windows)
    assert (len(spans) == 0) == (n_picks == 0)
    assert len(spans) <= n_windows
    assert all(0 <= a < b <= n_picks for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in itertools.pairwise(spans))
    assert all(b - a <= 1.25 * PICKS + 1 for a, b in spans)


@given(st.integers(1, 20_000))
def test_enough_windows_cover_every_pick(n_picks):
    spans = spread(n_picks, PICKS, 1_000_000)
    assert sum(b - a for a, b in spans) == n_picks
    assert max(b - a for a, b in spans) - min(b - a for a, b in spans) <= 1


def test_three_windows_sit_in_the_middles_of_thirds():
    assert spread(3000, 400, 3) == [(300, 700), (1300, 1700), (2300, 2700)]


def test_no_windows_is_refused():
    with pytest.raises(ValueError):
        spread(100, PICKS, 0)


def test_a_30_s_clip_is_one_window_as_the_archive_has_it():
    samples = noise(30.01)[:661_794]
    (window,) = record(samples).windows(3)
    assert window.mel.shape == (128, 387) and window.mel.dtype == np.float32
    assert (window.start_s, window.end_s) == (0.0, pytest.approx(30.02, abs=0.02))
    np.testing.assert_allclose(window.mel, whole_window(samples, MEL128_V1), atol=2e-5)


def test_scaling_uses_frames_that_are_not_kept():
    samples = noise(30.01)
    samples[1000:1032] += 3.0  # a click between two kept frames
    (with_click,) = record(samples).windows(1)
    (without,) = record(noise(30.01)).windows(1)
    assert with_click.mel.mean() < without.mel.mean() - 0.05


def test_gain_does_not_show():
    samples = noise(12)
    (loud,), (quiet,) = record(samples).windows(1), record(samples * np.float32(0.05)).windows(1)
    np.testing.assert_allclose(loud.mel, quiet.mel, atol=2e-4)


@pytest.mark.parametrize("n_samples", [1, 100, 2205, 512 * 4])
def test_the_shortest_audio_still_gives_a_window(n_samples):
    (window,) = record(noise(1)[:n_samples]).windows(3)
    assert window.mel.shape[0] == 128 and window.mel.shape[1] >= 1
    assert np.isfinite(window.mel).all()


def test_silence_is_all_zeros_and_nothing_is_no_window():
    (window,) = record(np.zeros(50_000, np.float32)).windows(3)
    assert not window.mel.any()
    assert record(np.zeros(0, np.float32)).windows(3) == []
    assert not scale(np.full((128, 3), 0.5, np.float32), 0.5, 0.5, MEL128_V1).any()


def test_what_sounds_of_a_window_is_known():
    silence = np.zeros(10 * MEL128_V1.sample_rate_hz, np.float32)
    (window,) = record(np.concatenate([silence, noise(2), silence])).windows(1)
    assert window.sounding_s == pytest.approx(2, abs=0.3)
    assert window.sounding[0] * MEL128_V1.pick_s == pytest.approx(10, abs=0.2)
    (window,) = record(noise(30.01)).windows(1)
    assert window.sounding == (0, window.mel.shape[1])
    (window,) = record(noise(1)[:100]).windows(1)
    assert window.sounding == (0, 1)


def test_a_window_in_the_middle_is_what_its_audio_alone_would_be():
    t = np.arange(200 * MEL128_V1.sample_rate_hz) / MEL128_V1.sample_rate_hz
    song = noise(200, seed=2) + sum(np.sin(2 * np.pi * hz * t) for hz in (60, 250, 1000, 4000)).astype(
        np.float32
    )
    recorder = record(np.concatenate([noise(200, seed=1) * np.float32(0.01), song, noise(200, seed=1)]))
    middle = recorder.windows(3)[1]
    rate_hz, first = MEL128_V1.sample_rate_hz, len(song)
    alone = song[round(middle.start_s * rate_hz) - first : round(middle.end_s * rate_hz) - first]
    expected = whole_window(alone, MEL128_V1)
    n = min(expected.shape[1], middle.mel.shape[1])
    # Frames may fall one hop apart, so single cells of noise differ; the bands' levels do not.
    bands, expected_bands = middle.mel[:, 5 : n - 5].mean(1), expected[:, 5 : n - 5].mean(1)
    assert np.corrcoef(bands, expected_bands)[0, 1] > 0.99
    assert abs(bands.mean() - expected_bands.mean()) < 0.03


def test_from_the_floor_silence_before_a_sound_does_not_move_its_scale():
    power = np.array([[1.0, 1e-3], [1e-5, 1e-4]], np.float32)
    from_floor = [scale(power, lowest, 1.0, MEL128_V2) for lowest in (1e-5, 0.0)]
    from_minimum = [scale(power, lowest, 1.0, MEL128_V1) for lowest in (1e-5, 0.0)]
    assert np.array_equal(*from_floor)
    assert not np.array_equal(*from_minimum)
    assert from_floor[0][0] == pytest.approx([1.0, 50.0 / 80.0])


def test_what_does_not_sound_at_the_ends_is_trimmed_away():
    mel = np.zeros((2, 10), np.float32)
    mel[:, 3:8] = 1.0
    cut = trimmed(Window(mel, 10.0, 20.0, 1.0, (3, 8)))
    assert cut.mel.shape == (2, 5)
    assert (cut.start_s, cut.end_s, cut.sounding) == (13.0, 18.0, (0, 5))
