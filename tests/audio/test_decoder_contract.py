"""One suite for all decoders: whatever says it can decode a format must pass here with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from segue.audio import soundfile_decoder
from segue.audio.decoders import DECODERS, Decoder
from segue.audio.layout import read_layout
from segue.audio.open import open_with
from segue.audio.probe import probe
from segue.audio.stream import BLOCK_FRAMES, AudioStream
from segue.errors import AudioError
from tests.audio.audio_recipes import (
    LEFT_AMPLITUDE,
    LEFT_HZ,
    RECIPES,
    RIGHT_AMPLITUDE,
    RIGHT_HZ,
    Recipe,
    music,
)

# libsndfile 1.2 does not read these; PyAV and ffmpeg are there for them.
NOT_FOR_SOUNDFILE = (
    *("ogg-flac", "speex", "m4a-aac", "m4a-alac", "adts", "wma", "wavpack", "matroska", "webm"),
)
FORMATS = {
    "soundfile": [name for name in RECIPES if name not in NOT_FOR_SOUNDFILE],
    "pyav": [
        *NOT_FOR_SOUNDFILE,
        "wav-16",
        "wav-24",
        "wav-8-channels",
        "wav-192khz",
        "flac-16",
        "vorbis",
        "mp3",
    ],
    # Each file starts two programs, so only one format of a kind.
    "ffmpeg": ["wav-16", "wav-8-channels", "flac-16", "mp3", "m4a-aac", "adts", "wma", "wavpack"],
}
CASES = [
    pytest.param((decoder, name), id=f"{decoder.name}-{name}")
    for decoder in DECODERS
    for name in FORMATS[decoder.name]
]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Decoder, str, Recipe]:
    decoder, name = request.param
    if decoder.version() is None:
        pytest.skip(f"{decoder.name}: not installed")
    return decoder, name, RECIPES[name]


def opened(decoder: Decoder, path: Path) -> AudioStream:
    found = probe(str(path))
    assert decoder.can_decode(found)
    return open_with(decoder, str(path), read_layout(str(path)))


def decoded(decoder: Decoder, path: Path) -> np.ndarray:
    with opened(decoder, path) as stream:
        return np.concatenate(list(stream.blocks()))


def test_says_what_the_file_is(case: tuple[Decoder, str, Recipe], encode: Callable[..., Path]) -> None:
    decoder, name, recipe = case
    with opened(decoder, encode(name)) as stream:
        info = stream.info
    assert (info.sample_rate_hz, info.n_channels) == (recipe.rate_hz, recipe.n_channels)
    assert info.container == recipe.container
    if decoder.name == "soundfile":
        assert info.codec == recipe.codec
    if info.n_frames_declared is not None:
        assert abs(info.n_frames_declared - recipe.duration_s * recipe.rate_hz) <= max(
            recipe.length_tolerance, 50
        )


def test_blocks_are_float32_of_the_right_shape_and_length(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path]
) -> None:
    decoder, name, recipe = case
    with opened(decoder, encode(name)) as stream:
        blocks = list(stream.blocks())
        assert stream.damage is None
    assert all(block.dtype == np.float32 and block.shape[1] == recipe.n_channels for block in blocks)
    assert all(0 < len(block) <= BLOCK_FRAMES for block in blocks)
    n_frames = sum(len(block) for block in blocks)
    assert abs(n_frames - recipe.duration_s * recipe.rate_hz) <= recipe.length_tolerance


def test_tones_come_back_with_their_frequency_and_amplitude(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path]
) -> None:
    decoder, name, recipe = case
    samples = decoded(decoder, encode(name))
    middle = samples[recipe.rate_hz : 3 * recipe.rate_hz]  # two seconds, whole periods of both tones
    spectrum = 2 * np.abs(np.fft.rfft(middle, axis=0)) / len(middle)
    for channel in range(recipe.n_channels):
        hz, amplitude = (RIGHT_HZ, RIGHT_AMPLITUDE) if channel % 2 else (LEFT_HZ, LEFT_AMPLITUDE)
        peak = int(spectrum[:, channel].argmax())
        assert peak / 2 == hz
        assert spectrum[peak, channel] == pytest.approx(amplitude, rel=recipe.level_tolerance)


def test_same_bytes_give_the_same_samples(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path]
) -> None:
    decoder, name, _ = case
    path = encode(name)
    assert np.array_equal(decoded(decoder, path), decoded(decoder, path))


def test_asking_again_goes_on_where_it_stopped(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path]
) -> None:
    decoder, name, _ = case
    path = encode(name)
    with opened(decoder, path) as stream:
        pieces = [next(stream.blocks())]
        pieces += [next(stream.blocks())]
        pieces += list(stream.blocks())
        assert list(stream.blocks()) == []
    assert np.array_equal(np.concatenate(pieces), decoded(decoder, path))


def test_a_block_keeps_its_samples_while_others_are_read(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path]
) -> None:
    decoder, name, _ = case
    with opened(decoder, encode(name)) as stream:
        blocks = stream.blocks()
        first = next(blocks)
        copy = first.copy()
        next(blocks)
        assert np.array_equal(first, copy)


def test_closing_midway_leaves_nothing_open(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path]
) -> None:
    decoder, name, _ = case
    path = encode(name)
    decoded(decoder, path)  # libraries load files of their own the first time
    before = open_descriptors(), child_processes()
    for _ in range(2):
        with opened(decoder, path) as stream:
            next(stream.blocks())
    assert (open_descriptors(), child_processes()) == before


def test_a_truncated_file_gives_its_audio_and_then_its_damage(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path], tmp_path: Path
) -> None:
    decoder, name, recipe = case
    whole = encode(name, music(recipe.rate_hz, 8.0)[:, [0] * recipe.n_channels], name="music")
    path = tmp_path / whole.name
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    try:
        with opened(decoder, path) as stream:
            n_frames = sum(len(block) for block in stream.blocks())
            damage = stream.damage
    except AudioError as error:
        assert recipe.container in ("mp4", "caf"), f"{error}: only these cannot be read without their end"
        return
    assert 0.3 * 8 < n_frames / recipe.rate_hz < 0.9 * 8
    ffmpeg_estimates = decoder.name != "soundfile" and recipe.container in ("wav", "mp3")
    if recipe.tells_truncation and not ffmpeg_estimates:
        assert damage is not None and damage.endswith(".") and "\n" not in damage


def test_garbage_in_the_middle_ends_in_samples_or_a_sentence(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path], tmp_path: Path
) -> None:
    decoder, name, recipe = case
    whole = encode(name, music(recipe.rate_hz, 8.0)[:, [0] * recipe.n_channels], name="music")
    data = bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 5000] = np.random.default_rng(1).bytes(5000)
    path = tmp_path / whole.name
    path.write_bytes(data)
    try:
        with opened(decoder, path) as stream:
            for block in stream.blocks():
                assert np.isfinite(block).all()
    except AudioError as error:
        assert str(error).endswith(".") and "\n" not in str(error)


def test_a_header_alone_is_an_error_not_silence(
    case: tuple[Decoder, str, Recipe], encode: Callable[..., Path], tmp_path: Path
) -> None:
    decoder, name, _ = case
    path = tmp_path / encode(name).name
    path.write_bytes(encode(name).read_bytes()[:24])
    with pytest.raises(AudioError) as caught:
        with opened(decoder, path) as stream:
            list(stream.blocks())
    assert caught.value.stage in ("probe", "decode")


@pytest.mark.parametrize("name", NOT_FOR_SOUNDFILE)
def test_soundfile_claims_nothing_it_cannot_do(name: str, encode: Callable[..., Path]) -> None:
    assert not soundfile_decoder.can_decode(probe(str(encode(name))))


@pytest.mark.parametrize("name", ["wav-16", "wav-24", "flac-16", "wav-8-channels"])
def test_decoders_agree_on_lossless_audio(name: str, encode: Callable[..., Path]) -> None:
    path = encode(name)
    answers = [decoded(decoder, path) for decoder in DECODERS if decoder.version() is not None]
    for other in answers[1:]:
        assert np.array_equal(answers[0], other)


def open_descriptors() -> int:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("descriptors: no /proc to count them in")
    return len(os.listdir("/proc/self/fd"))


def child_processes() -> list[str]:
    for _ in range(1000):
        tasks = list(Path("/proc/self/task").iterdir())
        try:
            return sorted(child for task in tasks for child in (task / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread ended meanwhile and its children went to another: look again
    raise AssertionError("threads end faster than they can be listed")
