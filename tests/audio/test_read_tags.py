"""Tags as they are in the wild: written by mutagen, in odd encodings, damaged, missing."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import mutagen
import mutagen.id3
import mutagen.mp4
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.audio.tags import MAX_CHARACTERS, read_tags
from segue.types import Tags

FULL = Tags("Für Élise 🎹", "Künstler", "Album", "Various", "Jazz", "1999", 7)


@pytest.fixture
def copy_of(encode: Callable[..., Path], tmp_path: Path) -> Callable[[str], Path]:
    return lambda recipe: Path(shutil.copy(encode(recipe), tmp_path / encode(recipe).name))


@pytest.mark.parametrize("recipe", ["flac-16", "vorbis", "opus"])
def test_vorbis_comments(recipe: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of(recipe)
    file = mutagen.File(path)
    for field, value in {
        "title": FULL.title,
        "artist": FULL.artist,
        "album": FULL.album,
        "albumartist": FULL.album_artist,
        "genre": FULL.genre,
        "date": "1999-05-01",
        "tracknumber": "7",
    }.items():
        file[field] = value
    file.save()
    assert read_tags(path) == FULL


@pytest.mark.parametrize("encoding", [1, 2, 3])
def test_id3_in_utf_8_and_utf_16(encoding: int, copy_of: Callable[[str], Path]) -> None:
    path = copy_of("mp3")
    id3 = mutagen.id3
    tags = id3.ID3()
    for frame, value in (
        (id3.TIT2, FULL.title),
        (id3.TPE1, FULL.artist),
        (id3.TALB, FULL.album),
        (id3.TPE2, FULL.album_artist),
        (id3.TCON, FULL.genre),
        (id3.TDRC, "1999-05-01"),
        (id3.TRCK, "7/12"),
    ):
        tags.add(frame(encoding=encoding, text=value))
    tags.save(path)
    assert read_tags(path) == FULL


def test_m4a(copy_of: Callable[[str], Path]) -> None:
    path = copy_of("m4a-aac")
    file = mutagen.mp4.MP4(path)
    file["\xa9nam"], file["\xa9ART"], file["\xa9alb"] = FULL.title, FULL.artist, FULL.album
    file["aART"], file["\xa9gen"], file["\xa9day"], file["trkn"] = (
        FULL.album_artist,
        "Jazz",
        "1999",
        [(7, 12)],
    )
    file.save()
    assert read_tags(path) == FULL


def test_under_a_wrong_extension(copy_of: Callable[[str], Path]) -> None:
    path = copy_of("flac-16")
    file = mutagen.File(path)
    file["title"] = "Title"
    file.save()
    assert read_tags(path.rename(path.with_suffix(".mp3"))).title == "Title"


def test_untagged(encode: Callable[..., Path]) -> None:
    assert read_tags(encode("wav-16")) == Tags()


def id3v1(title: bytes) -> bytes:
    return b"TAG" + title.ljust(30, b"\0") + bytes(60) + b"1999" + bytes(31)


@pytest.mark.parametrize("with_id3v2", [False, True])
def test_id3v1_latin_1(with_id3v2: bool, copy_of: Callable[[str], Path]) -> None:
    path = copy_of("mp3")
    head = b"ID3\x03\x00\x00\x00\x00\x00\x10" + bytes(16) if with_id3v2 else b""
    path.write_bytes(head + path.read_bytes() + id3v1("Füße  ".encode("latin-1")))
    tags = read_tags(path)
    assert (tags.title, tags.year) == ("Füße", "1999")


def is_clean(text: str) -> bool:
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


@pytest.mark.parametrize(
    "raw",
    ["さくら".encode("shift-jis"), "Песня".encode("cp1251"), b"\xff\xfe\xfd", b"a\xc3", bytes(range(1, 30))],
)
def test_id3v1_in_any_encoding_is_some_clean_text(raw: bytes, copy_of: Callable[[str], Path]) -> None:
    path = copy_of("mp3")
    path.write_bytes(path.read_bytes() + id3v1(raw))
    title = read_tags(path).title
    assert title is None or (is_clean(title) and title == title.strip())


def vorbis_title(copy_of: Callable[[str], Path], value: str) -> str | None:
    path = copy_of("flac-16")
    file = mutagen.File(path)
    file["title"] = value
    file.save()
    return read_tags(path).title


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  spaces \t\n around  ", "spaces around"),
        ("tail\0\0", "tail"),
        ("first\0second", "first"),
        ("bell\x07 and \x1b escape", "bell and escape"),
        ("\ufefftitle", "title"),
        ("e\u0301", "é"),
        ("", None),
        (" \0 ", None),
        ("x" * 10_000, "x" * MAX_CHARACTERS),
    ],
)
def test_cleaning(written: str, read: str | None, copy_of: Callable[[str], Path]) -> None:
    assert vorbis_title(copy_of, written) == read


def test_invalid_utf_8_in_a_vorbis_comment(copy_of: Callable[[str], Path]) -> None:
    path = copy_of("flac-16")
    file = mutagen.File(path)
    file["title"] = "MARKER"
    file.save()
    path.write_bytes(path.read_bytes().replace(b"MARKER", b"MA\xff\xfeER"))
    title = read_tags(path).title
    assert title is None or is_clean(title)


@pytest.mark.parametrize("number", ["0", "-3", "seven", "99999999999999999999"])
def test_track_numbers_that_are_none(number: str, copy_of: Callable[[str], Path]) -> None:
    path = copy_of("vorbis")
    file = mutagen.File(path)
    file["tracknumber"], file["title"] = number, "Title"
    file.save()
    tags = read_tags(path)
    assert tags.track_number is None


def test_missing_file_has_no_tags(tmp_path: Path) -> None:
    assert read_tags(tmp_path / "nowhere.mp3") == Tags()


def test_text_has_no_tags(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_text("no audio at all\n" * 10)
    assert read_tags(path) == Tags()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_scrambled_tags_never_raise(data: st.DataObject, encode: Callable[..., Path], tmp_path: Path) -> None:
    name = data.draw(st.sampled_from(["mp3", "flac-16", "vorbis", "m4a-aac", "wav-16", "aiff", "wma"]))
    tagged = tmp_path / f"tagged-{name}"
    if not tagged.exists():
        shutil.copy(encode(name), tagged)
        file = mutagen.File(tagged)
        if file.tags is None:
            file.add_tags()
        if name in ("mp3", "wav-16", "aiff"):
            file.tags.add(mutagen.id3.TIT2(encoding=1, text="Title"))
            file.tags.add(mutagen.id3.COMM(encoding=1, lang="eng", desc="d", text="Comment"))
        else:
            file.tags["\xa9nam" if name == "m4a-aac" else "title"] = "Title"
        file.save()
    content = bytearray(tagged.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, 600) | st.integers(0, len(content) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=16))
        content[start : start + len(patch)] = patch
    path = tmp_path / "scrambled"
    path.write_bytes(content)
    assert isinstance(read_tags(path), Tags)
