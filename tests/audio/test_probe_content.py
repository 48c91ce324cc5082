"""Files are what their bytes say, in every container, behind tags and under any name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.audio.probe import Probe, probe
from segue.errors import AudioError
from tests.audio.audio_recipes import RECIPES
from tests.raising import raises

NAMED_LATER = ("w64", "asf", "matroska", "mp4")  # containers whose codec only a decoder tells
ID3 = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)


@pytest.mark.parametrize("name", RECIPES)
def test_container_and_codec(name: str, encode: Callable[..., Path]) -> None:
    recipe = RECIPES[name]
    codec = None if recipe.container in NAMED_LATER else recipe.codec
    assert probe(str(encode(name))) == Probe(recipe.container, codec, 0)


@pytest.mark.parametrize("name", ["mp3", "flac-16", "adts", "aiff"])
@pytest.mark.parametrize("n_tags", [1, 2])
def test_behind_id3_tags(name: str, n_tags: int, encode: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "tagged"
    path.write_bytes(ID3 * n_tags + encode(name).read_bytes())
    found = probe(str(path))
    assert (found.container, found.offset) == (RECIPES[name].container, len(ID3) * n_tags)


@pytest.mark.parametrize(
    "program", [Path(sys.executable).resolve(), Path("/bin/ls"), Path("/bin/bash")], ids=str
)
def test_a_program_is_no_audio(program: Path) -> None:
    if not program.is_file():
        pytest.skip(f"there is no {program} here")
    with raises(AudioError, "audio-unknown-format"):
        probe(str(program))


def test_bytes_that_are_no_utf8_are_not_called_text(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(b"\xff" * 12_000)
    with raises(AudioError, "audio-unknown-format"):
        probe(str(path))
    path.write_text("ä" * 6000, encoding="utf-8")  # the head ends within a letter
    with raises(AudioError, "audio-is-text"):
        probe(str(path))


def test_an_id3_tag_that_lies_about_its_length(encode: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "lies.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + encode("mp3").read_bytes())
    assert probe(str(path)).container == "mp3"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"MAC \x96\x0f" + bytes(60), Probe("ape", "ape")),
        (b"caff\x00\x01\x00\x00desc" + bytes(8) + bytes(8) + b"aac " + bytes(40), Probe("caf", "aac")),
        (
            b".snd" + (24).to_bytes(4, "big") + bytes(4) + (27).to_bytes(4, "big") + bytes(40),
            Probe("au", "alaw"),
        ),
        (b"RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x00\x20" + bytes(40), Probe("wav", "wave_0x2000")),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(40), Probe("mp4", None)),
    ],
)
def test_headers_by_hand(head: bytes, expected: Probe, tmp_path: Path) -> None:
    path = tmp_path / "head"
    path.write_bytes(head)
    assert probe(str(path)) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n\xe2\xe3\xcf\xd3",
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500),
        b"\x7fELF\x02\x01\x01" + bytes(500),
        b"\xff\xfe" + "UTF-16 text with a byte order mark".encode("utf-16-le") * 20,
        b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(500),
        b"\xff" * 5000,
        bytes(5000),
        b"\xff\xfb\x90\x00",
        b"#EXTM3U\nsong.mp3\n",
    ],
)
def test_what_is_no_audio(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    with pytest.raises(AudioError) as caught:
        probe(str(path))
    assert caught.value.stage == "probe"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    head=st.sampled_from(
        [b"", b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFC", b"OggS", b"ID3\3\0\0", b"caff", b"\xff\xf1"]
    ),
    rest=st.binary(max_size=300),
)
def test_any_bytes_are_something_or_nothing(head: bytes, rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(head + rest)
    try:
        assert probe(str(path)).offset <= len(head + rest)
    except AudioError as error:
        assert error.stage == "probe"
