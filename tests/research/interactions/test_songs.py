"""Which entries of one's own lists are one song: the same place however written, and the same artist and title."""

from __future__ import annotations

import os
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.history.listing import Entry, Listing
from segue.history.locations import place_of
from segue.research.interactions.registry import read_interactions
from segue.research.interactions.songs import Songs

WAYS = ("relative", "dotted", "absolute", "uri", "percent", "backslashes")


def write(path, lines, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))


def ways(song, folder):
    """The file ``song`` as a list in ``folder`` may name it."""
    relative = os.path.relpath(song, folder)
    return {
        "relative": relative,
        "dotted": f"./{relative}",
        "absolute": str(song),
        "uri": f"file://{quote(str(song))}",
        "percent": quote(relative),
        "backslashes": relative.replace("/", "\\"),
    }


def listing(*entries, name="x", folder="/m"):
    return Listing(name, "playlist", f"{folder}/{name}.m3u", folder, entries)


@pytest.mark.parametrize("there", [True, False])
def test_one_file_is_one_item_however_the_lists_write_it(tmp_path, there):
    songs = [tmp_path / "music" / f"Jóga {k}.mp3" for k in range(4)]
    for song in songs:
        song.parent.mkdir(exist_ok=True)
        if there:
            song.write_bytes(b"")
    for k, way in enumerate(WAYS):
        folder = tmp_path / ("", "a", "b/c")[k % 3]
        write(folder / f"{k}.m3u8", ["#EXTM3U", *(ways(song, folder)[way] for song in songs)])
    interactions, content, report = read_interactions("playlists", tmp_path)
    assert interactions.item_ids == tuple(str(song) for song in songs) and len(interactions.user_ids) == 6
    assert report.pairs == report.rows == 24 and content.artists == (None,) * 4
    # Only relative paths of one folder are written alike, so all 24 ways are different, but one is enough.
    assert report.noted == {"other ways of writing a path, taken as one place": 4 * (len(WAYS) - 1)}


def test_a_name_in_one_list_is_the_places_name_in_all(tmp_path):
    for name in ("1.mp3", "2.mp3", "3.mp3"):
        (tmp_path / name).write_bytes(b"")
    write(tmp_path / "a.m3u", ["1.mp3", "2.mp3"])
    write(tmp_path / "b.m3u", ["#EXTINF:1,Björk - Jóga", "1.mp3", "3.mp3"])
    write(tmp_path / "c.m3u", ["#EXTINF:1,BJÖRK - jóga", "3.mp3"])
    interactions, content, report = read_interactions("playlists", tmp_path)
    assert interactions.item_ids == (str(tmp_path / "2.mp3"), "Björk – Jóga")
    assert (content.artists, content.titles) == ((None, "Björk"), (None, "Jóga"))
    assert (report.rows, report.pairs, report.merged) == (5, 4, 1)
    assert report.noted == {
        "places of the same artist and title as another, taken as one song": 1,
        "other spellings of artist and title, taken as one song": 1,
        "users with one item": 2,
    }


def test_a_place_of_several_names_is_one_song_and_joins_no_others(tmp_path):
    one, live = Entry("1.mp3", "Ann", "One"), Entry("1.mp3", "Ann", "One (live)")
    songs = Songs([listing(one, live), listing(one, name="y")])
    assert songs.song(live, "/m").item_id == "Ann – One", "the commonest"
    assert songs.song(Entry(None, "ann", "ONE"), "/m").item_id == "Ann – One"
    assert songs.song(Entry(None, "Ann", "One (live)"), "/m").item_id == "Ann – One (live)"
    assert songs.noted() == {
        "places that lists call by several artists or titles, taken by the commonest": 1,
        "other spellings of artist and title, taken as one song": 1,
    }


def test_links_lead_to_one_place(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "1.mp3").write_bytes(b"")
    try:
        (tmp_path / "link").symlink_to(tmp_path / "real")
    except OSError:
        pytest.skip("links: this system or user may not make them")
    assert place_of("link/1.mp3", str(tmp_path)) == place_of("1.mp3", str(tmp_path / "real"))
    assert place_of("gone.mp3", str(tmp_path / "link")) == place_of("real/gone.mp3", str(tmp_path))


@pytest.mark.parametrize(
    "same",
    [
        (
            "D:\\Music\\Björk\\Jóga.mp3",
            "d:/Music/Björk/Jóga.mp3",
            "file:///D:/Music/Bj%C3%B6rk/J%C3%B3ga.mp3",
        ),
        ("D:\\Music\\x\\..\\Björk\\Jóga.mp3", "D:\\Music\\Bjo\u0308rk\\Jo\u0301ga.mp3"),
        ("\\\\nas\\music\\a.mp3", "\\\\nas\\music\\.\\a.mp3"),
        ("http://radio.example/x",),
    ],
)
def test_what_lies_on_another_machine_is_one_place_from_every_folder(same):
    places = [place_of(location, folder) for location in same for folder in ("/m", "/m/sub")]
    assert all(one == other for one, other in pairwise(places)), places
    assert not places[0].startswith("/m")


def test_bytes_that_are_no_text_are_read_as_a_windows_player_writes_them(tmp_path):
    write(tmp_path / "a.m3u", ["Björk/Jóga.mp3", "x.mp3"], "cp1252")
    write(tmp_path / "b.m3u8", ["Björk/Jóga.mp3", "x.mp3"])
    interactions, _, _ = read_interactions("playlists", tmp_path)
    assert interactions.item_ids == (str(tmp_path / "Björk" / "Jóga.mp3"), str(tmp_path / "x.mp3"))
    write(tmp_path / "c.m3u", ["\x81.mp3", "\x8d.mp3"], "latin-1")  # Windows-1252 leaves these bytes free
    interactions, _, report = read_interactions("playlists", tmp_path)
    assert len(interactions.item_ids) == 4 and not report.dropped, "two files are two items"


PLACES = st.sampled_from(["a.mp3", "b.mp3", "c.mp3"])
NAMES = st.sampled_from([(None, None), ("Ann", "One"), ("ann", "one"), ("Bob", "Two"), (None, "One")])


@given(
    st.lists(st.lists(st.tuples(PLACES, NAMES), max_size=5), max_size=4), st.randoms(use_true_random=False)
)
def test_the_order_of_lists_changes_no_song(drawn, random):
    lists = [
        listing(*(Entry(place, *name) for place, name in rows), name=str(k)) for k, rows in enumerate(drawn)
    ]
    shuffled = Songs(random.sample(lists, len(lists)))
    songs = Songs(lists)
    for one in lists:
        for entry in one.entries:
            told = songs.song(entry, one.folder)
            assert told.item_id.casefold() == shuffled.song(entry, one.folder).item_id.casefold()
            assert told.item_id == songs.song(Entry(entry.location), one.folder).item_id, "by place alone"
