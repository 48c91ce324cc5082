"""Bad input, with the real thing: each gives one sentence and the stage where it stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.audio.decoders import DECODERS, Decoder, choose_decoder, decoders_at_hand
from segue.audio.layout import read_layout
from segue.audio.open import open_audio, open_with
from segue.audio.probe import Probe, probe
from segue.audio.stream import lacks_audio
from segue.errors import AudioError
from tests.audio.audio_recipes import RECIPES, music
from tests.audio.ogg_pages import pages, with_granule
from tests.raising import raises


def failure(path: str | Path) -> AudioError:
    """The error decoding a file ends in; its text must be a sentence of one line."""
    with pytest.raises(AudioError) as caught:
        with open_audio(path) as stream:
            list(stream.blocks())
    text = str(caught.value)
    assert text[0].isupper() or text[0].isdigit()
    assert text.endswith(".") and "\n" not in text
    return caught.value


def n_frames_and_damage(path: Path) -> tuple[int, str | None]:
    with open_audio(path) as stream:
        n_frames = sum(len(block) for block in stream.blocks())
        return n_frames, stream.damage


def test_missing_file(tmp_path: Path) -> None:
    error = failure(tmp_path / "nowhere.mp3")
    assert error.stage == "open" and "does not exist" in str(error)


def test_name_with_a_null_character(tmp_path: Path) -> None:
    assert failure(f"{tmp_path}/a\0b.mp3").stage == "open"


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp3"
    path.touch()
    error = failure(path)
    assert error.stage == "open" and "empty" in str(error)


def test_folder(tmp_path: Path) -> None:
    assert "a folder" in str(failure(tmp_path))


def test_pipe_is_refused_without_opening_it(tmp_path: Path) -> None:
    path = tmp_path / "pipe.mp3"
    os.mkfifo(path)
    assert "a pipe" in str(failure(path))  # opening it would wait for a writer for ever


def test_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # socket names are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.mp3")
        assert "a socket" in str(failure("socket.mp3"))


def test_device_is_refused() -> None:
    assert "a device" in str(failure("/dev/zero"))


def test_unreadable_permissions(tmp_path: Path) -> None:
    path = tmp_path / "secret.wav"
    soundfile.write(path, np.zeros(100), 8000)
    path.chmod(0)
    if os.access(path, os.R_OK):
        check_as_nobody(path)
    else:
        error = failure(path)
        assert error.stage == "open" and "permission denied" in str(error)


def check_as_nobody(path: Path) -> None:
    """Root reads everything, so a child gives up being root before it asks."""
    program = (
        "import os, sys, segue.audio.open\n"
        "os.chdir(os.path.dirname(sys.argv[1]))\n"
        "os.seteuid(65534)\n"
        "segue.audio.open.open_audio(os.path.basename(sys.argv[1]))"
    )
    path.parent.chmod(0o755)
    answer = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert "AudioError: The file cannot be read: permission denied." in answer.stderr


def test_text_renamed_to_mp3(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_text("Dear diary, today I ripped a CD. Ünïcödé too.\n" * 50, encoding="utf-8")
    error = failure(path)
    assert error.stage == "probe" and "text" in str(error)


def test_picture_renamed_to_mp3(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(300_000))
    assert failure(path).stage == "probe"


def test_tag_without_audio(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x08\x00" + bytes(1024))
    error = failure(path)
    assert error.stage == "probe" and "ID3" in str(error)


@pytest.mark.parametrize("recipe", ["wav-16", "flac-16", "vorbis", "mp3"])
def test_wrong_extension_is_no_matter(recipe: str, encode: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "song.txt"
    path.write_bytes(encode(recipe).read_bytes())
    n_frames, damage = n_frames_and_damage(path)
    assert abs(n_frames - 4 * 44_100) <= 2304 and damage is None


@pytest.mark.parametrize("name", ["two\nlines.wav", "🎵 песня.wav", "-v.wav", "file:a|b.wav", "x\udcff.wav"])
def test_odd_names(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    try:
        path.touch()
    except OSError:
        pytest.skip(f"names: this file system refuses {name!r}")
    with path.open("wb") as file:
        soundfile.write(file, np.zeros((1000, 1)), 8000, format="WAV", subtype="PCM_16")
    assert n_frames_and_damage(path) == (1000, None)


@pytest.mark.parametrize("decoder", DECODERS[1:], ids=lambda decoder: decoder.name)
@pytest.mark.parametrize("name", ["-v.m4a", "file:a|b%03d.m4a", "x\udcff.m4a"])
def test_names_that_mean_something_to_ffmpeg(
    name: str, decoder: Decoder, encode: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if decoder.version() is None:
        pytest.skip(f"{decoder.name}: not installed")
    monkeypatch.chdir(tmp_path)
    with open(name, "wb") as file:
        file.write(encode("m4a-aac").read_bytes())
    with open_with(decoder, name, read_layout(name)) as stream:
        assert sum(len(block) for block in stream.blocks()) >= 4 * 44_100


@pytest.mark.parametrize("decoder", DECODERS[1:], ids=lambda decoder: decoder.name)
def test_a_film_without_sound(decoder: Decoder, ffmpeg: Callable[..., None], tmp_path: Path) -> None:
    if decoder.version() is None:
        pytest.skip(f"{decoder.name}: not installed")
    path = tmp_path / "film.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:duration=1", "-c:v", "mpeg4", path)
    with raises(AudioError, "audio-no-track") as caught:
        open_with(decoder, str(path), read_layout(str(path)))
    assert caught.value.stage == "probe"


@pytest.mark.parametrize("n_frames", [1, 2, 800])
def test_very_short_audio_is_no_failure(n_frames: int, tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, np.full(n_frames, 0.5), 8000)
    assert n_frames_and_damage(path) == (n_frames, None)


def test_no_samples_at_all(tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    soundfile.write(path, np.zeros((0, 2)), 44_100)
    error = failure(path)
    assert error.stage == "decode" and "no audio" in str(error)


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(bad: float, subtype: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    samples = np.zeros((200_000, 2))
    samples[150_000:150_003, 1] = bad
    samples[199_999, 0] = bad
    soundfile.write(path, samples, 44_100, subtype)
    error = failure(path)
    assert error.stage == "decode"
    assert str(error).startswith("4 of 400,000 samples are not finite")


def test_integers_in_a_float_file_are_let_through(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    soundfile.write(path, np.full(100_000, 2.0**31, np.float32), 44_100, "FLOAT")
    assert n_frames_and_damage(path) == (100_000, None)


@pytest.mark.parametrize("level", [1e11, 1e18, 3e38])  # the squares of the last two overflow, they do not
def test_enormous_samples_are_no_sound(level: float, tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    samples = np.zeros(100_000, np.float32)
    samples[70_000] = level
    soundfile.write(path, samples, 44_100, "FLOAT")
    error = failure(path)
    assert error.stage == "decode" and "times full scale" in str(error)


@pytest.mark.parametrize("declared", [0xFFFF_FFFF, 0x7FFF_FFF0, 4_000_000])
def test_wav_that_declares_more_than_there_is(
    declared: int, encode: Callable[..., Path], tmp_path: Path
) -> None:
    data = bytearray(encode("wav-16").read_bytes())
    start = data.find(b"data") + 4
    data[start : start + 4] = declared.to_bytes(4, "little")
    path = tmp_path / "lies.wav"
    path.write_bytes(data)
    n_frames, damage = n_frames_and_damage(path)
    assert n_frames == 4 * 44_100
    # All ones is what a writer leaves that never came back: no claim, so nothing is missing.
    assert (damage is None) == (declared == 0xFFFF_FFFF)


@pytest.mark.parametrize("declared", [0, (1 << 36) - 1])
def test_flac_that_lies_about_its_length(declared: int, encode: Callable[..., Path], tmp_path: Path) -> None:
    data = bytearray(encode("flac-16").read_bytes())
    field = int.from_bytes(data[18:26], "big")  # behind the magic, a block header and ten bytes
    data[18:26] = (field >> 36 << 36 | declared).to_bytes(8, "big")
    path = tmp_path / "lies.flac"
    path.write_bytes(data)
    n_frames, damage = n_frames_and_damage(path)
    assert n_frames == 4 * 44_100
    assert (damage is None) == (declared == 0)  # zero means unknown


def test_flac_behind_an_id3_tag(encode: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "tagged.flac"
    tag = b"ID3\x03\x00\x00\x00\x00\x10\x00" + bytes(2048)
    path.write_bytes(tag + tag + encode("flac-16").read_bytes())
    assert n_frames_and_damage(path) == (4 * 44_100, None)


@pytest.mark.parametrize("sealed", [True, False], ids=["checksum holds", "checksum broken"])
@pytest.mark.parametrize("recipe", ["vorbis", "opus", "ogg-flac", "speex"])
def test_ogg_that_lies_about_its_length(
    recipe: str, sealed: bool, encode: Callable[..., Path], tmp_path: Path
) -> None:
    data = encode(recipe).read_bytes()
    *_, (last, _) = pages(data)
    path = tmp_path / "lies.ogg"
    path.write_bytes(with_granule(data, last, 1 << 50, seal=sealed))
    with open_audio(path) as stream:
        n_frames = sum(len(block) for block in stream.blocks())
        assert stream.damage is not None and "declares" in stream.damage
        assert lacks_audio(stream.info, n_frames)  # what the flag "truncated" asks


@pytest.mark.parametrize("recipe", ["vorbis", "opus", "ogg-flac", "speex"])
def test_ogg_that_begins_far_into_a_broadcast_lacks_nothing(
    recipe: str, encode: Callable[..., Path], tmp_path: Path
) -> None:
    data = encode(recipe).read_bytes()
    for position, granule in list(pages(data)):
        if granule > 0:
            data = with_granule(data, position, granule + (1 << 40))
    path = tmp_path / "broadcast.ogg"
    path.write_bytes(data)
    n_frames, damage = n_frames_and_damage(path)
    assert n_frames > 2 * RECIPES[recipe].rate_hz and damage is None


def test_what_libsndfile_says_of_its_insides_is_said_of_the_file(
    encode: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "norate.wav"
    data = bytearray(encode("wav-16").read_bytes())
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = bytes(4)
    path.write_bytes(data)
    assert str(failure(path)) == (
        "The file's header cannot be read: it declares no sampling rate or no channels."
    )


def test_no_complaint_of_libsndfile_speaks_of_its_insides() -> None:
    from segue.audio.soundfile_decoder import _cause

    for number in range(1, 184):
        text = _cause(soundfile.LibsndfileError(number))
        assert text.endswith(".") and "\n" not in text and ". " not in text.rstrip("."), text
        for word in ("internal", "struct", "pointer", "psf", "malloc", "unknown error", "Error"):
            assert word not in text, text


def test_ogg_cut_between_two_pages_says_so(encode: Callable[..., Path], tmp_path: Path) -> None:
    data = encode("vorbis", music(), name="music").read_bytes()
    path = tmp_path / "cut.ogg"
    path.write_bytes(data[: data.rfind(b"OggS")])
    n_frames, damage = n_frames_and_damage(path)
    assert n_frames > 44_100 and damage is not None and "cut off" in damage


def test_advice_where_no_decoder_is_at_hand() -> None:
    with raises(AudioError, "audio-no-decoder") as caught:
        choose_decoder(Probe("gramophone", "shellac"))
    assert caught.value.stage == "probe"


def test_without_extra_and_ffmpeg_an_m4a_tells_what_to_install(
    encode: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = encode("m4a-aac")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr("segue.audio.pyav_decoder.importlib.util.find_spec", lambda name: None)
    error = failure(path)
    assert error.stage == "probe" and "segue[m4a]" in str(error)


@pytest.mark.parametrize("decoder", DECODERS[1:], ids=lambda decoder: decoder.name)
def test_an_opus_stream_that_begins_early_is_left_to_ffmpeg(
    decoder: Decoder, encode: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begins_early(encode, tmp_path)
    found = probe(str(path))
    assert found == Probe("ogg", "opus", begins_early=True)
    assert not DECODERS[0].can_decode(found)
    if decoder.version() is None:
        pytest.skip(f"{decoder.name}: not installed")
    with open_with(decoder, str(path), read_layout(str(path))) as stream:
        n_frames = sum(len(block) for block in stream.blocks())
    assert abs(n_frames - 4 * 48_000) <= 2000 and stream.damage is None


def test_an_opus_stream_that_begins_early_without_ffmpeg(
    encode: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begins_early(encode, tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("segue.audio.pyav_decoder.importlib.util.find_spec", lambda name: None)
    error = failure(path)
    assert error.stage == "probe" and "Opus stream" in str(error) and "segue[m4a]" in str(error)
    assert n_frames_and_damage(encode("opus"))[1] is None  # others need nothing more


def begins_early(encode: Callable[..., Path], folder: Path) -> Path:
    """An Opus file as cut ones are: the first page with audio claims to end before its audio would."""
    data = encode("opus").read_bytes()
    first = [position for position, _ in pages(data)][2]
    path = folder / "early.opus"
    path.write_bytes(with_granule(data, first, 190))
    return path


def test_doctor_lists_every_decoder() -> None:
    listed = {decoder.name: decoder.version for decoder in decoders_at_hand()}
    assert list(listed) == [decoder.name for decoder in DECODERS]
    assert "libsndfile" in listed["soundfile"]


SCRAMBLED = ("wav-float", "wav-ms-adpcm", "aiff", "flac-16", "vorbis", "opus", "mp3")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_scrambled_files_end_in_samples_or_our_error(
    data: st.DataObject, encode: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = data.draw(
        st.sampled_from(["wav-float", "flac-16", "vorbis", "opus", "mp3", "aiff", "wav-ms-adpcm"])
    )
    content = bytearray(
        encode(recipe, music(48_000 if recipe == "opus" else 44_100, 1.0), name="bit").read_bytes()
    )
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 200))
        patch = data.draw(st.binary(min_size=1, max_size=64))
        content[start : start + len(patch)] = patch
    path = tmp_path / "scrambled"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        with open_audio(path) as stream:
            for block in stream.blocks():
                assert np.isfinite(block).all()
    except AudioError as error:
        assert "\n" not in str(error)
