"""Performers and albums tie tracks as artists do, and say where they come from and how far they are to be doubted."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from click.testing import CliRunner

from segue.encode import document
from segue.errors import DatasetError
from segue.research.audit.leak_findings import leak_findings
from segue.research.catalogue import info_document
from segue.research.cli.datasets import datasets
from segue.research.datasets.index import NameSource, Track, name_sources
from segue.research.datasets.leaks import SharedNames, find_leaks, joined
from segue.research.datasets.loose_index import read_loose_index
from segue.research.datasets.names import artist_groups, name_keys
from segue.research.datasets.protocols import ChunkSplit, Split, split_tracks
from segue.research.datasets.registry import read_dataset
from segue.research.leaks import dataset_leaks
from segue.research.training.material import material
from tests.raising import raises

INDEX = "tracks.csv"
EXTRA = "labels_extra.csv"
# As classical.00030 to 00041 of GTZAN: one quartet's album, which an index by composer takes for two artists' music.
QUARTET = [
    ("classical.00030", "classical", "Claude Debussy", "train"),
    ("classical.00034", "classical", "Maurice Ravel", "test"),
    ("classical.00038", "classical", "Henri Dutilleux", "valid"),
    ("blues.00000", "blues", "Ann", "train"),
    ("blues.00001", "blues", "Bob", "test"),
]
HEARD = [
    ("classical.00030", "The Quartet", "Debussy, Ravel"),
    ("classical.00034", "the quartet", "Debussy, Ravel"),
    ("classical.00038", "", "Debussy, Ravel"),
    ("blues.00000", "Ann", ""),
    ("blues.00001", "Bob", ""),
    ("rock.99999", "Nobody's", "Of no track"),
]


def split_of(train, test, valid=()):
    return Split("own", 0, tuple(train), tuple(valid), tuple(test))


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / INDEX, ("track_id", "genre", "artist", "filtered_split"), QUARTET)
    write(tmp_path / EXTRA, ("track_id", "fp_artist", "fp_album"), HEARD)
    return tmp_path


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])


def test_a_track_leaks_by_performer_or_album_alone_and_by_says_so():
    tracks = [
        Track("1", "x", "Debussy", performer="The Quartet", album="Strings"),
        Track("2", "x", "Ravel", performer="the QUARTET"),
        Track("3", "x", "Dutilleux", album="strings!"),
        Track("4", "x", "Ann"),
        Track("5", "x", "Bob", performer="Ann"),  # a performer here, the artist there
        Track("6", "x", "Cleo", performer="Dora", album="Alone"),
    ]
    leaks = find_leaks(tracks, split_of("14", "2356"))
    assert leaks.tracks == ("2", "3", "5")
    assert leaks.by == (
        SharedNames(performer=("the QUARTET",)),
        SharedNames(album=("strings!",)),
        SharedNames(performer=("Ann",)),
    )
    assert (leaks.artists, leaks.performers) == ((), ("Ann", "The Quartet"))
    assert leaks.albums == ("Strings",)
    assert joined([leaks, leaks]) == leaks


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Track("1", "x", "Ann", album="Blue"), Track("2", "x", "Bob", album="BLUE"), True),
        (Track("1", "x", "Ann", album="Greatest Hits"), Track("2", "x", "Bob", album="Greatest Hits"), False),
        (Track("1", "x", None, album="Greatest Hits"), Track("2", "x", None, album="Greatest Hits"), False),
        (Track("1", "x", None, album=""), Track("2", "x", None, album="!"), False),
        (Track("1", "x", None, performer="Various Artists"), Track("2", "x", None, performer="various artists"), False),
        (Track("1", "x", "Ann"), Track("2", "x", "Bob", performer="Ann; Cleo"), True),
        (Track("1", "x", "Blue"), Track("2", "x", "Bob", album="Blue"), False),
    ],
)  # fmt: skip
def test_when_two_tracks_share_a_name(one, other, same):
    assert bool(name_keys(one) & name_keys(other)) is same
    assert (len(set(artist_groups([one, other]))) == 1) is same


def test_a_title_that_is_nearly_a_common_one_many_times_over_is_read_at_once():
    assert len(name_keys(Track("1", "x", album="greatest hits " * 5_000 + "by Ann"))) == 1


def test_chunks_of_a_track_alone_share_no_name():
    split = ChunkSplit("chunk-random", 0, (("1", 0), ("2", 0)), (("1", 1), ("3", 0)))
    tracks = [Track("1", "x", "Ann", album="A"), Track("2", "x", "Bob"), Track("3", "x", "Bob")]
    leaks = find_leaks(tracks, split)
    assert dict(zip(leaks.tracks, leaks.by, strict=True)) == {
        "1": SharedNames(),
        "3": SharedNames(artist=("Bob",)),
    }


def test_the_table_beside_the_index_gives_performers_and_albums_with_source_and_doubt(folder):
    index = read_loose_index("gtzan", folder)
    assert {t.track_id: (t.performer, t.album) for t in index.tracks} == {
        i: (performer or None, album or None) for i, performer, album in HEARD if i != "rock.99999"
    }
    performer, album = index.name_sources
    assert (performer.field, performer.n_tracks, album.field, album.n_tracks) == ("performer", 4, "album", 3)
    assert EXTRA in performer.source and "2 of 4" in (performer.doubt or "")
    assert name_sources(index.tracks, index.name_sources)[0] == NameSource("artist", "index", 5)


def test_leaks_tells_the_union_and_what_each_track_shares(folder):
    found = document(dataset_leaks("gtzan", folder, "fault-filtered"))
    assert found["tracks"] == ["classical.00034"] and found["validation_tracks"] == ["classical.00038"]
    assert found["by"] == {
        "classical.00034": {"artist": [], "performer": ["the quartet"], "album": ["Debussy, Ravel"]}
    }
    assert (found["artists"], found["albums"]) == ([], ["Debussy, Ravel"])
    assert found["sources"]["artist"] == {"source": "index", "doubt": None, "tracks": 5}
    assert found["sources"]["album"]["doubt"]
    (finding,) = leak_findings("gtzan", folder, "fault-filtered", 0, [])
    assert "performed by the quartet" in finding.evidence and "album Debussy, Ravel" in finding.evidence


def test_the_commands_tell_the_doubt(folder):
    done = CliRunner().invoke(datasets, ["leaks", "gtzan", str(folder), "--protocol", "fault-filtered"])
    assert done.exit_code == 0, done.output
    assert "albums (1 test tracks): Debussy, Ravel" in done.output and "2 of 4 tracks" in done.output
    mel = np.zeros((1, 128, 387), dtype=np.uint8)
    np.savez(folder / "mel128x387_uint8.npz", mel=mel, track_id=["blues.00000"], genre=["blues"])
    done = CliRunner().invoke(datasets, ["info", "gtzan", str(folder)])
    assert "4 tracks with performer, from audio fingerprints" in done.output


def test_strict_leaves_out_what_shares_a_performer_or_an_album(folder):
    strict = split_tracks(read_loose_index("gtzan", folder).tracks, "strict")
    assert (strict.train, strict.valid) == (("blues.00000",), ())
    found = document(dataset_leaks("gtzan", folder, "strict"))
    assert (found["tracks"], found["by"], found["validation_tracks"]) == ([], {}, [])


def test_columns_of_the_index_count_before_fingerprints(folder):
    header = ("track_id", "genre", "artist", "performer", "album", "filtered_split")
    write(folder / INDEX, header, [(*row[:3], "Eva", "", row[3]) for row in QUARTET])
    tracks = read_loose_index("gtzan", folder).tracks
    assert {track.performer for track in tracks} == {"Eva"}
    assert tracks[0].album == "Debussy, Ravel"


def test_an_index_without_the_table_or_with_another_stays_as_it_is(folder):
    (folder / EXTRA).write_text("track_id,caption\nblues.00000,Heavy blues\n", encoding="utf-8")
    other = read_loose_index("gtzan", folder)
    (folder / EXTRA).unlink()
    assert read_loose_index("gtzan", folder) == other
    assert other.name_sources == () and not any(track.performer or track.album for track in other.tracks)


def test_a_table_that_is_no_text_gives_a_sentence(folder):
    (folder / EXTRA).write_bytes("track_id,fp_artist\nblues.00000,\xe9\n".encode("latin-1"))
    with raises(DatasetError, "not-readable"):
        dataset_leaks("gtzan", folder, "strict")


def test_a_table_of_ones_own_may_have_both_columns(tmp_path):
    (tmp_path / "mine.csv").write_text(
        "path,label,artist,performer,album\na.wav,x,Ravel,Quartet,Strings\nb.wav,y,Ann,,\n", encoding="utf-8"
    )
    first, second = read_dataset(tmp_path / "mine.csv").tracks
    assert (first.performer, first.album) == ("Quartet", "Strings")
    assert (second.performer, second.album) == (None, None)


def test_gtzan(shared_dir):
    """By its index 28 test clips have an artist in another part, by fingerprints 35, 25 of them among the 28."""
    folder = shared_dir / "data/gtzan"
    if not (folder / EXTRA).is_file():
        pytest.skip(f"{EXTRA} is not in the data set's folder")
    found = document(dataset_leaks("gtzan", folder, "fault-filtered"))
    by = {field: {i for i, names in found["by"].items() if names[field]} for field in ("artist", "performer")}
    assert (len(by["artist"]), len(by["performer"]), len(found["tracks"])) == (28, 35, 38)
    classical = {f"classical.000{n}" for n in range(34, 42)}
    assert by["performer"] - by["artist"] == {*classical, "reggae.00071", "reggae.00089"}
    tracks = read_loose_index("gtzan", folder).tracks
    parts = {}
    for track in tracks:
        if (part := track.part_of("fault-filtered")) is not None:
            for key in name_keys(track):
                parts.setdefault(key, set()).add(part)
    two = [key for key, of in parts.items() if key.kind == "album" and len(of) > 1]
    assert (len(two), sum("test" in parts[key] for key in two), len(found["albums"])) == (9, 8, 8)
    strict = material(read_dataset("gtzan", folder), "strict", 0).split
    assert (len(strict.train), len(strict.valid), len(strict.test)) == (388, 191, 290)
    assert info_document("gtzan", folder)["names"]["performer"]["tracks"] == 974
