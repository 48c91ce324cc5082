"""FMA's index: the real first rows, the real tree, and what becomes of damaged ones."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from segue.errors import DatasetError
from segue.research.datasets import fma_facts
from segue.research.datasets.fma import _rows, read_fma, read_genres
from segue.research.datasets.spectrograms import spectrograms
from tests.raising import raises
from tests.songs import write_song


@pytest.fixture(scope="module")
def shared_fma(shared_dir: Path) -> Path:
    return shared_dir / "data" / "fma"


HEADERS = (
    ",artist,set,set,track,track,track,track\n"
    ",name,split,subset,genre_top,genres,genres_all,title\n"
    "track_id,,,,,,,\n"
)
ROWS = (
    "2,AWOL,training,small,Hip-Hop,[21],[21],Food\n"
    '134,"A, ""B""",validation,medium,Rock,"[45, 12]","[45, 12]","Two\nlines"\n'
    '100077,Cleo,test,large,,[103],"[17, 103]",Folk song\n'
)
GENRES = "genre_id,#tracks,parent,title,top_level\n12,9,0,Rock,12\n17,9,0,Folk,17\n21,9,0,Hip-Hop,21\n45,1,12,Loud-Rock,12\n103,1,17,Singer-Songwriter,17\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small FMA with metadata and two clips, laid out as its archives unpack."""
    metadata = tmp_path / "fma_metadata"
    metadata.mkdir()
    (metadata / "tracks.csv").write_text(HEADERS + ROWS, encoding="utf-8")
    (metadata / "genres.csv").write_text(GENRES, encoding="utf-8")
    write_song(tmp_path / "fma_small" / "000" / "000002.mp3", 1.0, 1)
    write_song(tmp_path / "fma_large" / "100" / "100077.mp3", 1.0, 2)
    write_song(tmp_path / "fma_large" / "000" / "000002.mp3", 1.0, 1)
    return tmp_path


def test_each_size_holds_the_smaller_ones(root):
    ids = {subset: read_fma(root, subset).ids for subset in fma_facts.SUBSETS}
    assert ids == {
        "fma-small": ("000002",),
        "fma-medium": ("000002", "000134"),
        "fma-large": ("000002", "000134", "100077"),
    }


def test_a_row_becomes_a_track(root):
    small, rock, folk = read_fma(root, "fma-large").tracks
    assert (small.label, small.artist, small.title) == ("Hip-Hop", "AWOL", "Food")
    assert (rock.artist, rock.title, rock.labels) == ('A, "B"', "Two\nlines", ("Loud-Rock", "Rock"))
    assert (folk.label, folk.labels) == (None, ("Singer-Songwriter",))
    assert [track.part_of("official") for track in (small, rock, folk)] == ["train", "valid", "test"]


def test_clips_are_found_in_their_own_or_a_larger_folder(root):
    paths = {track.track_id: track.path for track in read_fma(root, "fma-large").tracks}
    assert paths == {
        "000002": "fma_large/000/000002.mp3",
        "000134": None,
        "100077": "fma_large/100/100077.mp3",
    }
    assert read_fma(root, "fma-small").tracks[0].path == "fma_small/000/000002.mp3"
    shutil.rmtree(root / "fma_small")
    assert read_fma(root, "fma-small").tracks[0].path == "fma_large/000/000002.mp3"


def test_every_byte_at_which_the_index_may_be_cut_off_is_survived(root):
    index = root / "fma_metadata" / "tracks.csv"
    whole = index.read_bytes()
    first_row_ends = whole.index(b"Food\n") + 5
    n_whole = len(read_fma(root, "fma-large").tracks)
    for length in range(first_row_ends, len(whole)):
        index.write_bytes(whole[:length])
        dataset = read_fma(root, "fma-large")
        assert len(dataset.tracks) + len(dataset.problems) <= n_whole
        assert dataset.ids[0] == "000002"


def test_a_row_that_makes_no_sense_is_told_and_costs_only_itself(root):
    index = root / "fma_metadata" / "tracks.csv"
    bad = "7,Ann,test,small,Rock,[999],[999],No such genre\nx,Ann,test,small,Rock,[12],[12],No number\n8,Ann,test,small\n"
    index.write_text(HEADERS + bad + ROWS, encoding="utf-8")
    dataset = read_fma(root, "fma-large")
    assert len(dataset.tracks) == 3
    assert [problem.cause.split(":")[0].split(" has")[0] for problem in dataset.problems] == [
        "Track 7",
        "Track x",
        "Row 3 (track 8)",
    ]


def test_a_biography_longer_than_the_csv_modules_limit_is_read(root):
    index = root / "fma_metadata" / "tracks.csv"
    index.write_text(HEADERS + f"5,{'x' * 200_000},test,small,Rock,[12],[12],Long\n", encoding="utf-8")
    assert len(read_fma(root, "fma-small").tracks[0].artist) == 200_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tracks.csv", "track_id,title\n2,Food\n"),
        ("tracks.csv", HEADERS.replace("subset", "sub")),
        ("tracks.csv", HEADERS),
        ("genres.csv", "a,b\n1,2\n"),
        (
            "genres.csv",
            "genre_id,#tracks,parent,title,top_level\n1,1,99,Rock,1\n",
        ),
    ],
)
def test_an_index_that_is_none_is_an_error(root, name, text):
    (root / "fma_metadata" / name).write_text(text, encoding="utf-8")
    with raises(DatasetError, "not-fma"):
        read_fma(root, "fma-small")


@pytest.mark.parametrize("name", ["tracks.csv", "genres.csv"])
def test_a_missing_index_is_a_sentence(root, name):
    (root / "fma_metadata" / name).unlink()
    with raises(DatasetError, "nothing-there"):
        read_fma(root, "fma-small")


def test_a_ring_of_parents_ends(root):
    (root / "fma_metadata" / "genres.csv").write_text(
        "genre_id,#tracks,parent,title,top_level\n1,1,2,A,1\n2,1,1,B,1\n", encoding="utf-8"
    )
    assert read_genres(root / "fma_metadata" / "genres.csv").with_ancestors([1]) == {1, 2}


def test_the_real_first_rows_are_read_and_the_one_cut_off_is_told(shared_fma):
    datasets = {subset: read_fma(shared_fma, subset) for subset in fma_facts.SUBSETS}
    assert {name: len(dataset.tracks) for name, dataset in datasets.items()} == {
        "fma-small": 58,
        "fma-medium": 194,
        "fma-large": 682,
    }
    for dataset in datasets.values():
        assert [problem.path for problem in dataset.problems] == ["tracks_first_rows.csv"]
        assert "track 933" in dataset.problems[0].cause
        assert len(dataset.genres) == 163
    first = datasets["fma-small"].tracks[0]
    assert (first.track_id, first.label, first.artist, first.title) == ("000002", "Hip-Hop", "AWOL", "Food")
    assert first.path == "000002.mp3"


def test_the_real_tree_gives_the_genres_that_the_real_rows_name(shared_fma):
    tree = read_genres(shared_fma / "genres.csv")
    compared = 0
    for row in _rows(shared_fma / "tracks_first_rows.csv", []):
        own, with_parents = (ast.literal_eval(row["track", column]) for column in ("genres", "genres_all"))
        assert tree.with_ancestors(own) == set(with_parents)
        compared += 1
    assert compared == 682


def test_every_top_genre_is_its_own_and_every_other_has_one_above(shared_fma):
    genres = {genre.title: genre.parent for genre in read_genres(shared_fma / "genres.csv").genres()}
    assert len(genres) == 163
    assert sum(parent is None for parent in genres.values()) == 16
    assert set(genres.values()) - {None} <= set(genres)


def test_the_real_clip_is_heard_and_the_absent_ones_are_failures(shared_fma):
    heard = spectrograms(read_fma(shared_fma, "fma-small"))
    assert heard.ids == ("000002",)
    assert len(heard.failures) == 57
    assert heard.mel.std() > 10


def test_the_known_faults_agree_with_each_other():
    assert set(fma_facts.EMPTY_IN_SMALL) <= set(fma_facts.SHORT_IN_SMALL) <= set(fma_facts.CUT_WRONGLY)
