"""Playlists in every form players write them, and where their entries may lie."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.history import playlists
from segue.history.listing import Entry
from segue.history.locations import candidate_paths, is_address, place_of, tail
from segue.history.playlists import playlist_files
from tests.raising import raises

# What a file may be called: no slash, no NUL; no line ends either, as M3U and PLS have no way to write them.
NAMES = st.text(
    st.characters(exclude_characters="/\0\r\n\\", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20
).filter(lambda name: name.strip() == name and name not in (".", "..") and not name.startswith("#"))


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def read_playlist(path: Path):
    """The playlist with all its entries read, which is when damage shows."""
    found = playlists.read_playlist(path)
    return replace(found, entries=tuple(found.entries))


def test_m3u(tmp_path):
    text = "#EXTM3U\r\n#EXTINF:123,Ann - Song - Live\r\na/1.mp3\r\n\r\n# note\r\n#EXTINF:-1,Only a title\r\n/abs/2.mp3\r\n3.mp3"
    found = read_playlist(write(tmp_path / "mix.m3u", text))
    assert found.entries == (
        Entry("a/1.mp3", "Ann", "Song - Live"),
        Entry("/abs/2.mp3", None, "Only a title"),
        Entry("3.mp3"),
    )
    assert (found.name, found.kind, found.folder, found.dropped) == ("mix", "playlist", str(tmp_path), {})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_m3u_in_several_encodings(tmp_path, encoding):
    found = read_playlist(write(tmp_path / "mix.m3u8", "Björk/Jóga.mp3\n".encode(encoding)))
    assert [entry.location for entry in found.entries] == ["Björk/Jóga.mp3"]


def test_m3u_with_bytes_that_are_no_text(tmp_path):
    found = read_playlist(write(tmp_path / "mix.m3u", "Björk.mp3\n".encode("cp1252")))
    (entry,) = found.entries
    candidates = candidate_paths(entry.location, "/m")
    assert os.fsencode(candidates[0]) == b"/m/Bj\xf6rk.mp3", "the very bytes come first"
    assert "/m/Björk.mp3" in candidates


def test_pls(tmp_path):
    text = "[playlist]\nTitle2=Ann - Two\nFile2=two.mp3\nFile1=http://radio.example/x\nLength1=-1\nTitle3=Bob - Three\nTitle4=\nNumberOfEntries=4\n"
    found = read_playlist(write(tmp_path / "mix.PLS", text))
    assert found.entries == (
        Entry("http://radio.example/x"),
        Entry("two.mp3", "Ann", "Two"),
        Entry(None, "Bob", "Three"),
    )
    assert found.dropped == {"entries that name neither file nor song": 1}


def test_xspf(tmp_path):
    text = """<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/"><title>Mix</title><trackList>
<track><location>file:///m/A%20%26%20B.mp3</location><location>second</location></track>
<track><creator>Ann</creator><title>One &amp; all</title><album>Début</album></track>
<track></track></trackList></playlist>"""
    found = read_playlist(write(tmp_path / "mix.xspf", text))
    assert found.entries == (Entry("file:///m/A%20%26%20B.mp3"), Entry(None, "Ann", "One & all", "Début"))
    assert sum(found.dropped.values()) == 1
    assert candidate_paths(found.entries[0].location, "/x")[0] == "/m/A & B.mp3"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pls", "File1=x"),
        ("a.xspf", "<playlist"),
        ("a.xspf", "<html></html>"),
        ("a.xspf", "<playlist>" + "<a>" * 1000),
        ("a.txt", "x"),
    ],
)
def test_what_is_no_playlist_is_an_error(tmp_path, name, content):
    with raises(DatasetError, "not-a-playlist"):
        read_playlist(write(tmp_path / name, content))


def test_a_bomb_of_entities_is_refused(tmp_path):
    layers = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 12))
    bomb = f'<!DOCTYPE p [<!ENTITY l0 "lol">{layers}]><playlist><trackList><track><title>&l11;</title></track></trackList></playlist>'
    with raises(DatasetError, "not-a-playlist"):
        read_playlist(write(tmp_path / "bomb.xspf", bomb))


def test_a_missing_playlist_and_an_empty_folder(tmp_path):
    with raises(DatasetError, "not-readable"):
        read_playlist(tmp_path / "none.m3u")
    with raises(DatasetError, "nothing-there"):
        playlist_files(tmp_path)


def test_playlists_are_found_below_a_folder(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("b.M3U8", "in/a.pls", "in/song.mp3"):
        write(tmp_path / name, "")
    assert [p.name for p in playlist_files(tmp_path)] == ["b.M3U8", "a.pls"]


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_path_is_found_however_it_was_written(parts):
    path = os.path.normpath("/music/" + "/".join(parts))
    relative = "/".join(parts)
    backslashed = relative.replace("/", "\\")
    for location in (
        path,
        quote(path),
        f"file://{quote(path)}",
        f"file://localhost{quote(path)}",
        relative,
        quote(relative),
    ):
        if not is_address(location):
            assert path in candidate_paths(location, "/music"), location
    assert path in candidate_paths(backslashed, "/music")


@given(st.lists(NAMES, min_size=1, max_size=6))
def test_xspf_gives_back_every_name(tmp_path_factory, names):
    tracks = "".join(f"<track><location>{escape(quote(name))}</location></track>" for name in names)
    path = tmp_path_factory.mktemp("xspf") / "mix.xspf"
    write(path, f'<playlist xmlns="http://xspf.org/ns/0/"><trackList>{tracks}</trackList></playlist>')
    found = read_playlist(path)
    for entry, name in zip(found.entries, names, strict=True):
        assert f"/m/{name}" in candidate_paths(entry.location, "/m")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (r"D:\Music\Björk\Jóga.MP3", ("björk", "jóga.mp3")),
        (r"..\Björk\Jóga.mp3", ("björk", "jóga.mp3")),
        ("file:///D:/Music/Bj%C3%B6rk/J%C3%B3ga.mp3", ("björk", "jóga.mp3")),
        ("/other/Bjo\u0308rk/Jo\u0301ga.mp3", ("björk", "jóga.mp3")),
        ("Jóga.mp3", None),
    ],
)
def test_the_end_of_a_path(location, expected):
    assert tail(location) == expected


@pytest.mark.parametrize("address", ["http://a.b/c.mp3", "https://a/b", "rtsp://x/y"])
def test_addresses_are_no_files(address):
    assert is_address(address) and candidate_paths(address, "/m") == []
    assert not is_address("C:/Music/x.mp3") and not is_address("file:///x")


ODD = [
    "file://[x/a.mp3",
    "file://\u2100/a",
    "file://]",
    "http://[x/a.mp3",
    "a\0b.mp3",
    "a%00b.mp3",
    "file:///a%00b",
    "file:",
    "//",
    "\\\\",
    "C:",
    "%",
    "%ZZ",
    "\udc80%ED%A0%80",
    "x" * 100_000,
    "/".join("y" * 1000),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("form", ["m3u", "pls", "xspf"])
def test_one_bad_entry_costs_one_entry(tmp_path, odd, form):
    """Each odd location, and the good ones around it, in every form, up to the place it means."""
    plain = odd.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if form == "m3u":
        content = f"a.mp3\n{odd}\nb.mp3\n".encode("utf-8", "surrogateescape")
    elif form == "pls":
        content = f"[playlist]\nFile1=a.mp3\nFile2={odd}\nFile3=b.mp3\nFile{'9' * 5000}=c.mp3\n".encode(
            "utf-8", "surrogateescape"
        )
    else:
        plain = plain.replace("\0", "")  # XML has no way to write it
        tracks = "".join(
            f"<track><location>{escape(name)}</location></track>" for name in ("a.mp3", plain, "b.mp3")
        )
        content = f"<playlist><trackList>{tracks}</trackList></playlist>".encode()
    found = read_playlist(write(tmp_path / f"x.{form}", content))
    assert [found.entries[0].location, found.entries[-1].location] == ["a.mp3", "b.mp3"]
    assert len(found.entries) + sum(found.dropped.values()) == 3
    for entry in found.entries:
        for path in candidate_paths(entry.location, "/m"):
            os.path.realpath(path)
        place_of(entry.location, "/m")
        tail(entry.location)


def test_an_xspf_is_read_track_by_track(tmp_path):
    track = (
        "<track><location>a.mp3</location><title>T</title><extension><track>no</track></extension></track>"
    )
    path = tmp_path / "x.xspf"
    path.write_text(f"<playlist><trackList>{track * 5000}</trackList></playlist>")
    assert set(read_playlist(path).entries) == {Entry("a.mp3", None, "T")}
    assert len(read_playlist(path).entries) == 5000
    whole = path.read_text()
    path.write_text(whole[:-300])  # damage shows where it is
    entries = iter(playlists.read_playlist(path).entries)
    assert next(entries) == Entry("a.mp3", None, "T")
    with raises(DatasetError, "not-a-playlist"):
        list(entries)
