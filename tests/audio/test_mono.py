"""Mixing down and resampling, block by block, against the whole at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.audio.mono import Resampler, downmix, mono_blocks, read_mono
from segue.audio.open import open_audio
from tests.audio.audio_recipes import music

MEMORY_LIMIT_MB = 300


@pytest.mark.parametrize("n_channels", [1, 2, 3, 6, 8])
def test_downmix_is_the_mean_of_the_channels(n_channels: int) -> None:
    block = np.random.default_rng(0).standard_normal((1000, n_channels)).astype(np.float32)
    mono = downmix(block)
    assert mono.shape == (1000,) and mono.dtype == np.float32
    np.testing.assert_allclose(mono, block.mean(axis=1), rtol=1e-5, atol=1e-6)
    if n_channels == 2:
        assert np.array_equal(mono, block.mean(axis=1))


def test_downmix_leaves_the_block_alone() -> None:
    block = np.ones((10, 3), np.float32)
    downmix(block)
    assert (block == 1).all()


@settings(max_examples=40, deadline=None)
@given(
    rates=st.sampled_from([(44_100, 22_050), (48_000, 22_050), (8_000, 22_050), (192_000, 22_050)]),
    cuts=st.lists(st.integers(0, 30_000), max_size=6),
)
def test_resampling_in_blocks_is_resampling_at_once(rates: tuple[int, int], cuts: list[int]) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, 30_000).astype(np.float32)
    resampler = Resampler(*rates)
    edges = [0, *sorted(cuts), len(samples)]
    pieces = [resampler.push(samples[a:b]) for a, b in pairwise(edges)]
    pieces.append(resampler.push(np.empty(0, np.float32), last=True))
    assert np.array_equal(np.concatenate(pieces), soxr.resample(samples, *rates, quality="HQ"))


def test_equal_rates_pass_samples_through() -> None:
    samples = np.arange(5, dtype=np.float32)
    assert np.array_equal(Resampler(22_050, 22_050).push(samples), samples)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 192_000])
def test_a_tone_keeps_its_frequency_level_and_length(rate_hz: int, tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate_hz * 3) / rate_hz)
    soundfile.write(path, tone, rate_hz, "FLOAT")
    mono = read_mono(path, 22_050)
    assert len(mono) == 3 * 22_050 and mono.dtype == np.float32
    middle = mono[22_050 : 2 * 22_050]
    spectrum = 2 * np.abs(np.fft.rfft(middle)) / len(middle)
    assert spectrum.argmax() == 1000
    assert spectrum.max() == pytest.approx(0.5, rel=1e-3)


def test_one_sample_comes_through(tmp_path: Path) -> None:
    path = tmp_path / "one.wav"
    soundfile.write(path, [0.5], 22_050, "FLOAT")
    assert read_mono(path, 22_050).tolist() == [0.5]


def test_eight_channels_become_their_mean(encode: Callable[..., Path]) -> None:
    path = encode("wav-8-channels")
    with open_audio(path) as stream:
        mono = np.concatenate(list(mono_blocks(stream, 44_100)))
    samples, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_allclose(mono, samples.mean(axis=1), atol=1e-6)


def test_the_ladder_equals_the_whole_file_at_once(soundtracks: list[Path]) -> None:
    path = min((p for folder in soundtracks for p in folder.rglob("*.ogg")), key=lambda p: p.stat().st_size)
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    whole = soxr.resample(downmix(samples), rate_hz, 22_050, quality="HQ")
    assert np.array_equal(read_mono(path, 22_050), whole)


@pytest.mark.skipif(sys.platform != "linux", reason="reads peak memory from /proc")
@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_three_hours_need_little_memory(kind: str, encode: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / f"long.{kind}"
    if kind == "wav":
        write_sparse_wav(path, rate_hz=44_100, duration_s=3 * 3600)
    else:
        minute = encode("mp3-mono-8khz", music(8_000, 60.0)[:, :1], name="minute").read_bytes()
        path.write_bytes(minute * 180)
    program = (
        "import sys\n"
        "from segue.audio.mono import mono_blocks\n"
        "from segue.audio.open import open_audio\n"
        "with open_audio(sys.argv[1]) as stream:\n"
        "    n = sum(len(block) for block in mono_blocks(stream, 22_050))\n"
        # Not ru_maxrss: it starts from the peak of the process that started this one.
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1]\n"
        "print(n / 22_050, int(peak) / 1024)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    duration_s, peak_mb = map(float, answer.stdout.split())
    assert duration_s == pytest.approx(3 * 3600, rel=0.01)
    assert peak_mb < MEMORY_LIMIT_MB


def write_sparse_wav(path: Path, rate_hz: int, duration_s: int) -> None:
    """Mono silence of any length that takes no room on disk."""
    soundfile.write(path, np.zeros(1), rate_hz, "PCM_16")
    n_bytes = 2 * rate_hz * duration_s
    with path.open("r+b") as file:
        file.seek(4)
        file.write((36 + n_bytes).to_bytes(4, "little"))
        file.seek(40)
        file.write(n_bytes.to_bytes(4, "little"))
        file.truncate(44 + n_bytes)
