"""The leak checker names who is on both sides, whatever the index looks like, and says what it could not check."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.encode import document
from segue.errors import DatasetError
from segue.research.datasets.index import Track
from segue.research.datasets.leaks import find_leaks
from segue.research.datasets.names import artist_groups
from segue.research.datasets.protocols import ChunkSplit, Split
from segue.research.datasets.split_groups import SameRecording
from segue.research.leaks import dataset_leaks
from tests.raising import raises

HEADER = ("track_id", "genre", "artist", "title", "filtered_split", "kaggle_sha256")


def leaks_document(*arguments):
    """What `segue datasets leaks --json` prints."""
    return document(dataset_leaks(*arguments))


def split_of(train, test, valid=()):
    return Split("own", 0, tuple(train), tuple(valid), tuple(test))


def test_artists_are_named_however_they_are_written():
    tracks = [
        Track("1", "x", "The Beatles"),
        Track("2", "x", "Ann; beatles"),
        Track("3", "x", "Cleo feat. Dora"),
        Track("4", "x", "DORA"),
        Track("5", "x", "unknown"),
        Track("6", "x", "Unknown Artist"),
        Track("7", "x"),
        Track("8", "x"),
    ]
    leaks = find_leaks(tracks, split_of("1357", "2468"))
    assert leaks.artists == ("Dora", "The Beatles")
    assert (leaks.tracks, leaks.recordings) == (("2", "4"), ())


def test_tracks_tied_by_an_artist_are_one_group():
    tracks = [
        Track("1", "x", "Ann"),
        Track("2", "x", "Bob"),
        Track("3", "x", "the Ann; Cleo"),
        Track("4", "x", "Unknown Artist"),
        Track("5", "x", "CLEO feat. Dora"),
        Track("6", "x", None),
        Track("7", "x", "Dora"),
        Track("8", "x", "Unknown Artist"),
    ]
    nobody = [f"unknown artist of {n}" for n in (4, 6, 8)]
    assert artist_groups(tracks) == ("Ann", "Bob", "Ann", nobody[0], "Ann", nobody[1], "Ann", nobody[2])
    assert artist_groups([]) == ()


def test_hashes_titles_and_copies_make_recordings_with_their_reasons():
    tracks = [
        Track("a", "x", sha256="AB"),
        Track("b", "x", sha256="ab"),
        Track("c", "x", "Ann", "The Song!"),
        Track("d", "x", "ann", "the song"),
        Track("e", "x"),
        Track("f", "x"),
        Track("g", "x"),  # in no part: ties e to f
    ]
    copies = [SameRecording("near copy", ("e", "g")), SameRecording("near copy", ("f", "g"))]
    leaks = find_leaks(tracks, split_of("ace", "bdf"), copies)
    assert [(r.ids, r.reasons) for r in leaks.recordings] == [
        (("a", "b"), ("same file hash",)),
        (("c", "d"), ("same artist and title",)),
        (("e", "f"), ("near copy",)),
    ]
    assert leaks.tracks == ("b", "d", "f")


def test_validation_counts_as_learned_from_and_has_leaks_of_its_own():
    tracks = [Track("1", "x", "Ann"), Track("2", "x", "Ann"), Track("3", "x", "Bob"), Track("4", "x", "Bob")]
    assert find_leaks(tracks, split_of("1", "2", valid="34")).tracks == ("2",)
    assert find_leaks(tracks, split_of("1", "4", valid="23")).validation == ("2",)
    assert find_leaks(tracks, split_of("1", "4", valid="23")).tracks == ("4",)


def test_chunks_of_one_track_on_both_sides_leak():
    split = ChunkSplit("chunk-random", 0, (("1", 0), ("2", 0)), (("1", 1), ("3", 0)))
    leaks = find_leaks([Track(i, "x") for i in "123"], split)
    assert leaks.tracks == ("1",)
    assert leaks.recordings[0].reasons == ("chunks of the same track",)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("AB "), st.sampled_from(["train", "test"]))))
def test_against_comparing_all_pairs(rows):
    tracks = [
        Track(str(n), "x", artist.strip() or None, sha256=sha) for n, (sha, artist, _) in enumerate(rows)
    ]
    train, test = ([str(n) for n, row in enumerate(rows) if row[2] == part] for part in ("train", "test"))
    by_id = {track.track_id: track for track in tracks}
    same = {
        t
        for t in test
        for o in train
        if by_id[t].sha256 == by_id[o].sha256 or (by_id[t].artist and by_id[t].artist == by_id[o].artist)
    }
    assert set(find_leaks(tracks, split_of(train, test)).tracks) == same


def write_index(folder, rows, header=HEADER):
    with (folder / "tracks.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])


def test_a_small_altered_folder_is_checked_and_what_is_missing_is_named(tmp_path):
    write_index(
        tmp_path,
        [
            ("blues.00000", "blues", "Ann", "One", "train", "a1"),
            ("blues.00001", "blues", "Ann", "Two", "test", "a2"),
            ("blues.00002", "blues", "", "", "test", "A1"),
            ("blues.00003", "blues", "Bob", "", "test", "a4"),
            ("blues.00004", "blues", "Cleo", "", "excluded", "a4"),
        ],
    )
    found = leaks_document("gtzan", tmp_path, "fault-filtered")
    assert found["leak_free"] is False
    assert (found["artists"], found["tracks"]) == (["Ann"], ["blues.00001", "blues.00002"])
    assert found["recordings"] == [{"tracks": ["blues.00000", "blues.00002"], "reasons": ["same file hash"]}]
    assert [text.split(":")[0] for text in found["unchecked"]] == ["near copies"]
    strict = leaks_document("gtzan", tmp_path, "strict")
    assert (strict["artists"], strict["recordings"], strict["tracks"]) == ([], [], [])
    assert strict["leak_free"] is None, "nothing found, but sound was not compared"


def test_near_copies_in_the_archive_are_found_with_no_word_in_the_index(tmp_path):
    rng = np.random.default_rng(0)
    mel = rng.integers(0, 256, (3, 128, 387), dtype=np.uint8)
    mel[2, :, :300] = mel[0, :, 87:]  # the first clip, 6.7 s later
    ids = [f"blues.0000{n}" for n in range(3)]
    np.savez(tmp_path / "mel128x387_uint8.npz", mel=mel, track_id=ids, genre=["blues"] * 3)
    write_index(
        tmp_path,
        [
            (i, "blues", f"artist {i}", "", part, i)
            for i, part in zip(ids, ("train", "test", "test"), strict=True)
        ],
    )
    found = leaks_document("gtzan", tmp_path, "fault-filtered")
    assert found["recordings"] == [
        {"tracks": ["blues.00000", "blues.00002"], "reasons": ["near copy by its sound"]}
    ]
    assert (found["tracks"], found["leak_free"], found["unchecked"]) == (["blues.00002"], False, [])
    assert leaks_document("gtzan", tmp_path, "artist-kfold")["leak_free"] is True


def test_a_listed_duplicate_and_a_damaged_archive(tmp_path):
    write_index(tmp_path, [("a", "x", "A", "", "train"), ("b", "x", "B", "", "test")], HEADER[:5])
    assert len(leaks_document("gtzan", tmp_path, "fault-filtered")["unchecked"]) == 2
    (tmp_path / "exact_duplicates_by_sha256.txt").write_text(" a.wav b.wav\n")
    (tmp_path / "mel128x387_uint8.npz").write_bytes(b"no archive")
    found = leaks_document("gtzan", tmp_path, "fault-filtered")
    assert found["recordings"][0]["reasons"] == ["listed as byte-identical"]
    assert "not a mel archive" in found["unchecked"][0]


def test_parts_come_from_the_split_files_where_the_table_has_none(tmp_path):
    write_index(tmp_path, [("a", "x", "A"), ("b", "x", "A")], HEADER[:3])
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits/train_filtered.txt").write_text("x/a.wav\n")
    (tmp_path / "splits/test_filtered.txt").write_text("x/b.wav\n")
    assert leaks_document("gtzan", tmp_path, "fault-filtered")["tracks"] == ["b"]


@pytest.mark.parametrize("text", ["", "genre,artist\nblues,Ann\n", "track_id\n\xff"])
def test_an_index_that_is_none_gives_a_sentence(tmp_path, text):
    (tmp_path / "tracks.csv").write_bytes(text.encode("latin-1"))
    with raises(DatasetError):
        leaks_document("gtzan", tmp_path, "strict")


@pytest.mark.parametrize("name", ["splits/test_filtered.txt", "exact_duplicates_by_sha256.txt"])
def test_a_list_that_is_not_utf8_gives_a_sentence(tmp_path, name):
    write_index(tmp_path, [("a", "x", "A"), ("b", "x", "A")], HEADER[:3])
    (tmp_path / "splits").mkdir()
    (tmp_path / name).write_bytes("x/é.wav\n".encode("latin-1"))
    with raises(DatasetError, "not-readable"):
        leaks_document("gtzan", tmp_path, "fault-filtered")


def test_gtzan(shared_dir):
    folder = shared_dir / "data/gtzan"
    standard = leaks_document("gtzan", folder, "fault-filtered")
    assert len(standard["artists"]) == 10 and {"Burning Spear", "Metallica"} <= set(standard["artists"])
    assert sum(bool(names["artist"]) for names in standard["by"].values()) == 28
    assert standard["leak_free"] is False
    strict = leaks_document("gtzan", folder, "strict")
    assert (strict["artists"], strict["recordings"], strict["tracks"]) == ([], [], [])
    assert strict["leak_free"] is True and strict["unchecked"] == []
