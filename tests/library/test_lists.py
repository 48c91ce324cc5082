"""Imported lists and albums: what is stored is what comes back, and only what still has a file."""

from __future__ import annotations

import sqlite3
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import NotInLibrary
from segue.library.albums import album_folder
from segue.library.lists import sessions
from segue.library.records import ListEntry, TrackList
from segue.library.store import Library
from segue.types import Tags
from tests.library.examples import put
from tests.raising import raises


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library.db") as opened:
        with opened.scan(["/m"]) as scan:
            for seed in range(1, 6):
                put(scan, f"/m/{seed}.mp3", seed)
            scan.finish()
        yield opened


def test_a_list_comes_back_as_it_was(library):
    entries = [ListEntry(3), ListEntry(1, 1_700_000_000, 2.0), ListEntry(3)]
    library.put_list("Évening", "playlist", "/m/x\udcff.m3u", entries, {"no such file": 2})
    (found,) = library.lists()
    assert (found.name, found.kind, found.source) == ("Évening", "playlist", "/m/x\udcff.m3u")
    assert found.track_ids.tolist() == [3, 1, 3] and found.track_ids.dtype == np.int64
    assert found.counts.tolist() == [1, 2, 1] and found.counts.dtype == np.float32
    assert found.times_s is None, "one of them is not told"
    (summary,) = library.list_summaries()
    assert (summary.entries, summary.tracks, summary.unmatched) == (3, 2, {"no such file": 2})


def test_a_list_of_the_same_name_takes_its_place(library):
    library.put_list("a", "playlist", "/a.m3u", [ListEntry(1)], {})
    library.put_list("a", "history", "/a.csv", [ListEntry(2, 5)], {})
    (found,) = library.lists()
    assert (found.kind, found.track_ids.tolist(), found.times_s.tolist()) == ("history", [2], [5])
    assert library.lists(["playlist"]) == []
    assert library.check().sound


def test_forgetting(library):
    library.put_list("a", "playlist", "/a.m3u", [ListEntry(1)], {})
    library.forget_list("a")
    assert library.lists() == [] and library.list_summaries() == []
    assert library.stats().tracks == 5
    with raises(NotInLibrary, "list-missing"):
        library.forget_list("a")


def test_a_list_that_cannot_be_stored_changes_nothing(library):
    library.put_list("a", "playlist", "/a.m3u", [ListEntry(1)], {})
    with pytest.raises(sqlite3.IntegrityError):
        library.put_list("a", "playlist", "/a.m3u", [ListEntry(2), ListEntry(99)], {})
    assert library.lists()[0].track_ids.tolist() == [1]


def test_tracks_without_a_file_are_in_no_list(library):
    library.put_list("a", "playlist", "/a.m3u", [ListEntry(1), ListEntry(2)], {})
    library.put_list("b", "playlist", "/b.m3u", [ListEntry(1)], {})
    with library.scan(["/m"]) as scan:
        for seed in range(2, 6):
            put(scan, f"/m/{seed}.mp3", seed)
        scan.finish(force=True)
    assert [(found.name, found.track_ids.tolist()) for found in library.lists()] == [("a", [2])]
    assert [summary.entries for summary in library.list_summaries()] == [2, 1], "and come back with it"


@given(st.lists(st.integers(0, 20_000), max_size=40), st.integers(1, 4000))
def test_sessions_part_a_history_at_its_pauses(times, gap):
    history = TrackList(
        "h",
        "history",
        "/h",
        np.arange(len(times)),
        np.ones(len(times), np.float32),
        np.array(times, np.int64),
    )
    parts = sessions(history, gap)
    assert sorted(k for part in parts for k in part.track_ids.tolist()) == list(range(len(times)))
    for part in parts:
        assert (np.diff(part.times_s) >= 0).all() and (np.diff(part.times_s) <= gap).all()
    for before, after in pairwise(parts):
        assert after.times_s[0] - before.times_s[-1] > gap


def test_a_history_without_times_has_no_sessions():
    assert sessions(TrackList("h", "history", "/h", np.arange(3), np.ones(3, np.float32))) == []


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/m/A/x.mp3", "/m/A"),
        ("/m/A/CD1/x.mp3", "/m/A"),
        ("/m/A/Disc 02/x.mp3", "/m/A"),
        ("/m/A/Side B/x.mp3", "/m/A"),
        ("/m/A/Discovery/x.mp3", "/m/A/Discovery"),
        ("/m/A/CD Collection/x.mp3", "/m/A/CD Collection"),
    ],
)
def test_discs_belong_to_the_folder_above(path, folder):
    assert album_folder(path) == folder


def test_albums_by_tags_and_by_folder(tmp_path):
    def tags(album=None, album_artist=None, artist="x", number=None):
        return Tags(album=album, album_artist=album_artist, artist=artist, track_number=number)

    files = [
        ("/m/a/2.mp3", tags("Début", "Björk", number=1)),
        ("/m/a/1.mp3", tags("début ", "BJÖRK", number=2)),
        ("/m/b/CD1/1.mp3", tags("Greatest Hits", artist="q", number=1)),
        ("/m/b/CD2/1.mp3", tags("Greatest Hits", artist="r", number=1)),
        ("/m/c/1.mp3", tags("Greatest Hits", artist="s")),
        ("/m/c/2.mp3", tags("Greatest Hits", artist="s")),
        ("/m/single/1.mp3", tags("Alone")),
        ("/m/bare/1.mp3", tags()),
        ("/m/bare/2.mp3", tags()),
        *((f"/m/heap/{k}.mp3", tags()) for k in range(41)),
    ]
    with Library.open(tmp_path / "library.db") as library:
        with library.scan(["/m"]) as scan:
            ids = {path: put(scan, path, seed, tags=tag) for seed, (path, tag) in enumerate(files)}
            scan.finish()
        names = {track_id: path for path, track_id in ids.items()}
        found = [(album.name, [names[k] for k in album.track_ids.tolist()]) for album in library.albums()]
        assert found == [
            ("Début", ["/m/a/2.mp3", "/m/a/1.mp3"]),
            ("Greatest Hits", ["/m/b/CD1/1.mp3", "/m/b/CD2/1.mp3"]),
            ("Greatest Hits", ["/m/c/1.mp3", "/m/c/2.mp3"]),
            ("bare", ["/m/bare/1.mp3", "/m/bare/2.mp3"]),
        ]
        assert {album.kind for album in library.albums()} == {"album"}
