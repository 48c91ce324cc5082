"""Walking MPEG frames, and decoding the MP3s that a decoder left to itself gets wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.audio.layout import layout_of
from segue.audio.mono import read_mono
from segue.audio.mpeg import FrameKind, frame_kind, frame_sizes, walk_frames
from segue.audio.mpeg_splice import SplicedMpeg, needs_splice
from segue.audio.open import open_audio
from segue.audio.probe import Probe
from segue.errors import AudioError
from tests.audio.audio_recipes import music
from tests.raising import raises

RATE_HZ = 44_100
DURATION_S = 20.0


def walk(data: bytes):
    return walk_frames(io.BytesIO(data), 0, len(data))


@pytest.fixture(scope="module")
def mp3(encode: Callable[..., Path], ffmpeg: Callable[..., None], tmp_path_factory) -> dict[str, bytes]:
    """The same 20 seconds as constant and variable bitrate, with and without a Xing header."""
    wav = encode("wav-16", quiet_then_loud(), name="quiet-then-loud")
    folder = tmp_path_factory.mktemp("mp3")
    options = {
        "cbr": ("-b:a", "128k", "-write_xing", "0"),
        "cbr-info": ("-b:a", "128k"),
        "vbr": ("-q:a", "4", "-write_xing", "0"),
        "vbr-xing": ("-q:a", "4"),
    }
    files = {}
    for name, chosen in options.items():
        path = folder / f"{name}.mp3"
        ffmpeg("-i", wav, "-c:a", "libmp3lame", *chosen, "-id3v2_version", "0", "-map_metadata", "-1", path)
        files[name] = path.read_bytes()
    return files


def quiet_then_loud() -> np.ndarray:
    """Nearly silent, then dense: a length guessed from the first frames' bitrate is far off."""
    samples = music(RATE_HZ, DURATION_S)
    samples[: RATE_HZ * 4] *= 0.001
    return samples


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def seconds_and_damage(path: Path) -> tuple[float, str | None]:
    with open_audio(path) as stream:
        n_frames = sum(len(block) for block in stream.blocks())
        return n_frames / stream.info.sample_rate_hz, stream.damage


@pytest.mark.parametrize(
    ("header", "kind", "n_bytes"),
    [
        # 144 * 128000 / 44100 = 417.96; 72 * 64000 / 22050 = 208.98; Layer I counts in slots of four.
        (b"\xff\xfb\x90\x00", FrameKind(3, 3, 44_100, 2), 417),
        (b"\xff\xfb\x92\x00", FrameKind(3, 3, 44_100, 2), 418),
        (b"\xff\xf3\x80\xc0", FrameKind(2, 3, 22_050, 1), 208),
        (b"\xff\xe3\x48\xc0", FrameKind(0, 3, 8_000, 1), 288),
        (b"\xff\xfd\xa4\x00", FrameKind(3, 2, 48_000, 2), 576),
        (b"\xff\xff\xc8\x00", FrameKind(3, 1, 32_000, 2), 576),
    ],
)
def test_headers_worked_by_hand(header: bytes, kind: FrameKind, n_bytes: int) -> None:
    assert frame_kind(header) == kind
    assert frame_sizes(kind)[header[1] << 8 | header[2]] == n_bytes


@pytest.mark.parametrize(
    "header",
    [b"\xff\xfb\x00\x00", b"\xff\xfb\xf0\x00", b"\xff\xfb\x9c\x00", b"\xff\xeb\x90\x00", b"text", b"\xff"],
)
def test_what_is_no_header(header: bytes) -> None:
    assert frame_kind(header) is None


@pytest.mark.parametrize("name", ["cbr", "cbr-info", "vbr", "vbr-xing"])
def test_walking_counts_the_frames(name: str, mp3: dict[str, bytes]) -> None:
    frames = walk(mp3[name])
    assert frames.n_mpeg_frames * 1152 / RATE_HZ == pytest.approx(DURATION_S, abs=0.1)
    assert (frames.start, frames.end, frames.gaps) == (0, len(mp3[name]), ())
    assert (frames.info is not None) == ("-" in name)
    assert frames.one_size == name.startswith("cbr")
    assert not frames.cut_off
    if frames.info:
        assert frames.info.n_mpeg_frames == frames.n_mpeg_frames
        assert frames.info.delay == 576  # LAME's own


@pytest.mark.parametrize("name", ["cbr", "cbr-info", "vbr", "vbr-xing"])
def test_all_of_the_music_is_decoded(name: str, mp3: dict[str, bytes], tmp_path: Path) -> None:
    duration_s, damage = seconds_and_damage(write(tmp_path / "a.mp3", mp3[name]))
    assert duration_s == pytest.approx(DURATION_S, abs=0.1)
    assert damage is None


@pytest.mark.parametrize("name", ["cbr", "cbr-info", "vbr", "vbr-xing"])
@pytest.mark.parametrize("n_bytes", [1, 500, 3_000, 40_000, 1_500_000])
def test_garbage_in_the_middle_is_skipped_and_told(
    name: str, n_bytes: int, mp3: dict[str, bytes], tmp_path: Path
) -> None:
    frames = walk(mp3[name])
    middle = len(mp3[name]) // 2
    garbage = np.random.default_rng(n_bytes).bytes(n_bytes)
    data = mp3[name][:middle] + garbage + mp3[name][middle:]
    found = walk(data)
    assert len(found.gaps) == 1
    assert frames.n_mpeg_frames - found.n_mpeg_frames <= 2
    duration_s, damage = seconds_and_damage(write(tmp_path / "a.mp3", data))
    assert duration_s == pytest.approx(DURATION_S, abs=0.2)
    assert damage.startswith("Skipped ") and " at " in damage


@pytest.mark.parametrize("name", ["cbr", "vbr-xing"])
def test_junk_before_the_first_frame(name: str, mp3: dict[str, bytes], tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", bytes(5_000) + b"\xff\xfb junk \xff" * 300 + mp3[name])
    duration_s, damage = seconds_and_damage(path)
    assert duration_s == pytest.approx(DURATION_S, abs=0.1)
    assert damage is None


@pytest.mark.parametrize("name", ["cbr", "cbr-info", "vbr", "vbr-xing"])
def test_tags_around_the_audio_change_no_sample(name: str, mp3: dict[str, bytes], tmp_path: Path) -> None:
    plain = read_mono(write(tmp_path / "plain.mp3", mp3[name]), RATE_HZ)
    picture = bytes([0, 0x7F, 0x7F, 0x7F])  # a tag of 2 MiB
    tag = b"ID3\x03\x00\x00" + picture + np.random.default_rng(0).bytes((1 << 21) - 1)
    tagged = tag + mp3[name] + b"TAG" + b"title".ljust(125, b"\0")
    assert np.array_equal(read_mono(write(tmp_path / "tagged.mp3", tagged), RATE_HZ), plain)


@pytest.mark.parametrize("name", ["cbr", "cbr-info", "vbr", "vbr-xing"])
def test_truncation_is_told(name: str, mp3: dict[str, bytes], tmp_path: Path) -> None:
    duration_s, damage = seconds_and_damage(write(tmp_path / "a.mp3", mp3[name][: len(mp3[name]) * 6 // 10]))
    assert 8 < duration_s < 18
    assert ("header declares" in damage) == ("-" in name)
    assert damage.endswith(".")


def test_less_than_one_frame_is_an_error(mp3: dict[str, bytes], tmp_path: Path) -> None:
    tag = b"ID3\x03\x00\x00\x00\x00\x00\x0a" + bytes(10)
    with raises(AudioError, "audio-no-frames") as caught:
        seconds_and_damage(write(tmp_path / "a.mp3", tag + mp3["cbr"][:200]))
    assert caught.value.stage == "decode"


def test_a_decoder_left_to_itself_would_lose_music(mp3: dict[str, bytes]) -> None:
    """Why the splice is there: should libsndfile learn to count, this fails and the splice may go."""
    import soundfile

    assert needs_splice(walk(mp3["vbr"]))
    told = soundfile.info(io.BytesIO(mp3["vbr"])).frames / RATE_HZ
    assert abs(told - DURATION_S) > 2


@settings(deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, 56), st.binary(min_size=1, max_size=300)), max_size=4),
    tail=st.integers(0, 100),
)
def test_every_byte_is_a_frame_a_gap_or_a_tail(cuts: list[tuple[int, bytes]], tail: int) -> None:
    frame = b"\xff\xfb\x52\x00" + bytes(205)  # 64 kbit/s at 44.1 kHz, padded from 208.98 to 209 bytes
    pieces = [frame] * 60
    for position, garbage in sorted(cuts, reverse=True):
        pieces.insert(position, garbage.replace(b"\xff", b"\xfe"))
    data = b"".join(pieces) + bytes(tail)
    found = walk(data)
    n_gap_bytes = sum(gap.n_bytes for gap in found.gaps)
    assert found.start + found.n_mpeg_frames * 209 + n_gap_bytes == found.end == len(data) - tail
    assert found.n_mpeg_frames >= 60 - 3 * len(cuts)
    spliced = SplicedMpeg(io.BytesIO(data), found).read()
    assert spliced == frame * found.n_mpeg_frames


@given(st.binary(max_size=2_000))
def test_any_bytes_can_be_walked(data: bytes) -> None:
    found = walk(b"\xff\xfb\x90\x00" + data)
    assert found is None or 0 <= found.start < found.end <= len(data) + 4


def test_a_trailing_tag_that_begins_before_the_audio_leaves_no_frames(tmp_path):
    """Damage may declare an APE tag as long as the file; nothing is read twice, or backwards, for it."""
    header = (10_000).to_bytes(4, "little")
    footer = b"APETAGEX" + (2000).to_bytes(4, "little") + header + bytes(16)
    path = tmp_path / "a.mp3"
    path.write_bytes(bytes(50) + b"\xff" * 20 + bytes(10_000 - 70 - len(footer)) + footer)
    with open(path, "rb") as file:
        layout = layout_of(file, Probe("mp3", "mp3", offset=70))
    assert layout.frames is None
