"""Which 30 s of a track are heard: known samples in, the same samples out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import AudioError
from segue.research.datasets.middle import middle_of

RATE_HZ = 1_000  # the lowest that is taken for music; minutes of it are small
N_SAMPLES_AT = 21  # byte in a FLAC file where the low 36 bits of 5 bytes tell the number of samples


def numbered(n: int) -> np.ndarray:
    """int16 samples of which any thousand in a row tell where they lie."""
    return np.random.default_rng(7).integers(-20_000, 20_000, n, dtype=np.int16)


def write(path: Path, n: int) -> Path:
    soundfile.write(path, numbered(n), RATE_HZ, subtype="PCM_16")
    return path


def declare(path: Path, n: int) -> None:
    """Let a FLAC file's header claim ``n`` samples; 0 means that it does not know."""
    data = bytearray(path.read_bytes())
    told = int.from_bytes(data[N_SAMPLES_AT : N_SAMPLES_AT + 5], "big")
    data[N_SAMPLES_AT : N_SAMPLES_AT + 5] = (told >> 36 << 36 | n).to_bytes(5, "big")
    path.write_bytes(data)


def heard(path: Path) -> np.ndarray:
    return np.round(middle_of(path, RATE_HZ) * 32_768).astype(np.int16)


def expected(n: int) -> np.ndarray:
    samples = numbered(n)
    if n < 27_000:
        return np.resize(samples, 30_000)
    return samples if n <= 33_000 else samples[(n - 30_000) // 2 :][:30_000]


@pytest.mark.parametrize("n", [1, 5_000, 26_999, 27_000, 30_013, 33_000])
def test_clips_of_about_thirty_seconds_are_whole_and_shorter_ones_repeated(tmp_path, n):
    assert np.array_equal(heard(write(tmp_path / "a.wav", n)), expected(n))


@given(st.integers(33_001, 400_000).map(lambda n: n // 2 * 2), st.sampled_from([".wav", ".flac"]))
def test_of_longer_tracks_the_middle_is_heard(tmp_path_factory, n, extension):
    path = write(tmp_path_factory.mktemp("middle") / f"a{extension}", n)
    assert np.array_equal(heard(path), expected(n))


@pytest.mark.parametrize("n", [33_002, 70_000, 200_000, 400_002])
def test_so_it_is_where_no_header_tells_the_length(tmp_path, n):
    path = write(tmp_path / "a.flac", n)
    declare(path, 0)
    assert np.array_equal(heard(path), expected(n))


@pytest.mark.parametrize("claimed", [420_000, 10_000_000])
def test_a_header_that_promises_more_than_there_is_changes_nothing(tmp_path, claimed):
    path = write(tmp_path / "a.flac", 200_000)
    declare(path, claimed)
    assert np.array_equal(heard(path), expected(200_000))


def test_channels_are_mixed_and_the_rate_is_changed(tmp_path):
    t = np.arange(40 * 44_100) / 44_100
    left = 0.5 * np.sin(2 * np.pi * 441.0 * t)
    soundfile.write(tmp_path / "a.wav", np.stack([left, np.zeros_like(left)], axis=1), 44_100)
    samples = middle_of(tmp_path / "a.wav", 22_050)
    assert len(samples) == 30 * 22_050
    peak_hz = np.abs(np.fft.rfft(samples)).argmax() / 30.0
    assert abs(peak_hz - 441.0) < 0.1
    assert abs(np.abs(samples).max() - 0.25) < 0.01


def test_what_cannot_be_decoded_is_an_audio_error(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(AudioError):
        middle_of(tmp_path / "a.wav", RATE_HZ)
