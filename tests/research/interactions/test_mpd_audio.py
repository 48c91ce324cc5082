"""Playlists with audio descriptors: the shared set, and small folders of exactly its form."""

from __future__ import annotations

import gzip
import math

import numpy as np
import pytest

from segue.errors import DatasetError
from segue.grading.variants import variants
from segue.research.interactions.content import DESCRIPTORS
from segue.research.interactions.registry import read_interactions
from tests.raising import raises

HEADER = (
    "item_idx,track_id,artist_name,track_name,join,feature_track_id,feature_source,danceability,energy,key,loudness,"
    "mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,duration_ms,time_signature,artist_genres,"
    "track_genre4"
)


def item(
    idx: int | str, key: str = "0", tempo: str = "120.0", genres: str = "rock|pop", artist: str = "A"
) -> str:
    return (
        f'{idx},t{idx},{artist},"Song, {idx}",id,f{idx},x,0.5,0.{idx},{key},-6.0,1,0.1,0.2,0.0,0.1,0.3,{tempo},200000,4,'
        f"{genres},"
    )


def write(
    folder, items: list[str], rows: list[str], header: str = HEADER, rows_header: str = "pid,item_idx,pos"
):
    for name, lines in (("items", [header, *items]), ("interactions", [rows_header, *rows])):
        with gzip.open(folder / f"{name}_strict_id_5core.csv.gz", "wt", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
    return folder


def test_a_folder_of_that_form(tmp_path):
    write(tmp_path, [item(2), item(7), item(10)], ["9,10,0", "9,2,1", "10,7,0", "10,2,1"])
    interactions, content, report = read_interactions("mpd-audio", tmp_path)
    assert interactions.user_ids == ("9", "10")  # as numbers, not as text
    assert interactions.item_ids == ("2", "7", "10")
    assert interactions.users.tolist() == [0, 0, 1, 1]
    assert interactions.items.tolist() == [0, 2, 0, 1]
    assert interactions.users.dtype == interactions.items.dtype == np.int64
    assert interactions.counts.tolist() == [1, 1, 1, 1] and interactions.counts.dtype == np.float32
    assert interactions.times_s is None
    assert content.titles == ("Song, 2", "Song, 7", "Song, 10")
    assert content.artists == ("A", "A", "A")
    assert content.audio.shape == (3, len(DESCRIPTORS) + 1) and content.audio.dtype == np.float32
    assert (report.rows, report.pairs, report.merged, report.dropped, report.noted) == (4, 4, 0, {}, {})


def test_everything_left_out_is_counted(tmp_path):
    write(
        tmp_path,
        [item(1), item(2), item(3, key="-1", tempo="0.0")],
        ["1,1,0", "1,1,1", "1,3,2", "2,8,0", ",1,0", "3,,0", "4,1,0"],
    )
    interactions, content, report = read_interactions("mpd-audio", tmp_path)
    assert interactions.user_ids == ("1", "4") and interactions.item_ids == ("1", "3")
    assert interactions.counts.tolist() == [2, 1, 1]
    assert report.merged == 1
    assert report.dropped == {"items the item file does not know": 1, "no user or no item": 2}
    assert report.noted == {
        "items nobody has": 1,
        "users with one item": 1,
        "items without tempo, taken as average": 1,
        "items without key, taken as average": 1,
    }
    assert report.rows == report.pairs + report.merged + sum(report.dropped.values())
    assert np.isfinite(content.audio).all() and len(content.audio) == 2


def test_keys_lie_on_a_circle(tmp_path):
    write(tmp_path, [item(k, key=str(k)) for k in range(12)], [f"1,{k},0" for k in range(12)])
    _, content, _ = read_interactions("mpd-audio", tmp_path)
    circle = content.audio[:, -2:].astype(float)
    steps = np.linalg.norm(circle - np.roll(circle, -1, axis=0), axis=1)
    assert np.allclose(steps, steps[0], rtol=1e-5), "every semitone is one step, from B to C too"
    assert np.allclose(np.linalg.norm(circle, axis=1), math.sqrt(2), rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rows_header": "pid,track,pos"}, "no-such-column"),
        ({"header": HEADER.replace("tempo", "bpm")}, "no-such-column"),
        ({"items": [item(1), item(1)]}, "duplicate-item"),
        ({"rows": ["1,77,0", "2,78,0"]}, "different-sets"),
        ({"rows": []}, "no-usable-rows"),
        ({"items": []}, "different-sets"),
    ],
)
def test_what_cannot_be_read_is_an_error(tmp_path, change, code):
    write(tmp_path, **{"items": [item(1), item(2)], "rows": ["1,1,0", "1,2,1"], **change})
    with raises(DatasetError, code):
        read_interactions("mpd-audio", tmp_path)


def test_a_missing_or_damaged_file_is_one_sentence(tmp_path):
    with raises(DatasetError, "nothing-there"):
        read_interactions("mpd-audio", tmp_path)
    write(tmp_path, [item(1)], ["1,1,0"])
    path = tmp_path / "items_strict_id_5core.csv.gz"
    path.write_bytes(path.read_bytes()[:40])
    with raises(DatasetError, "not-readable"):
        read_interactions("mpd-audio", tmp_path)


@pytest.mark.parametrize("name", ["{}_strict_id_5core.csv.gz", "{}_strict_id_5core.csv"])
def test_files_that_were_unpacked_are_read_under_either_name(tmp_path, name):
    write(tmp_path, [item(1), item(2)], ["1,1,0", "1,2,1"])
    for part in ("items", "interactions"):
        packed = tmp_path / f"{part}_strict_id_5core.csv.gz"
        content = gzip.decompress(packed.read_bytes())
        packed.unlink()
        (tmp_path / name.format(part)).write_bytes(content)
    interactions, _, report = read_interactions(None, tmp_path)
    assert report.kind == "mpd-audio" and interactions.item_ids == ("1", "2")


def test_the_shared_set(shared_dir):
    folder = shared_dir / "data" / "interactions" / "mpd_audio"
    if not folder.is_dir():
        pytest.skip("shared data: no interactions/mpd_audio")
    interactions, content, report = read_interactions("mpd-audio", folder)
    assert (report.users, report.items, report.pairs) == (4851, 5503, 173459)
    assert report.dropped == {} and report.merged == 0
    assert content.titles[1] == "All Night" and content.artists[1] == "Icona Pop"
    assert np.allclose(content.audio.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(content.audio.std(axis=0), 1, atol=1e-3)
    assert content.metadata.shape == (5503, 378)
    assert np.bincount(interactions.items).min() >= 5, "the file is a 5-core"


@pytest.mark.parametrize(
    ("genres", "n_columns"),
    [(["rock|pop", "rock", "pop", ""], 2), (["rock|pop", "jazz", "", ""], None), ([""] * 4, None)],
)
def test_genres_are_columns_where_tracks_share_them(tmp_path, genres, n_columns):
    write(tmp_path, [item(k, genres=g) for k, g in enumerate(genres)], [f"1,{k},0" for k in range(4)])
    _, content, report = read_interactions("mpd-audio", tmp_path)
    assert (None if content.metadata is None else content.metadata.shape[1]) == n_columns
    if n_columns:
        assert content.metadata[:, 0].argsort(kind="stable").tolist() == [1, 3, 0, 2], "pop, then rock"
    assert report.noted["items whose artist has no genres"] == genres.count("")


def test_a_file_without_genres_or_names_has_none(tmp_path):
    plain = ",".join(("item_idx", *DESCRIPTORS))
    write(
        tmp_path,
        [",".join([str(k), *["0.5"] * len(DESCRIPTORS)]) for k in range(2)],
        ["1,0,0", "1,1,1"],
        plain,
    )
    _, content, report = read_interactions("mpd-audio", tmp_path)
    assert content.metadata is None and content.artists == content.titles == (None, None)
    assert content.audio is None, "nothing tells one from the other"
    assert report.noted == {"items without audio content, since nothing heard differs between any two": 2}


def test_columns_without_differences_are_zero_not_infinite(tmp_path):
    write(tmp_path, [item(1), item(2)], ["1,1,0", "1,2,1"])  # they differ in energy alone
    _, content, _ = read_interactions("mpd-audio", tmp_path)
    assert np.flatnonzero(content.audio.any(axis=0)).tolist() == [1]
    assert content.audio[:, 1].tolist() == [-1, 1]


def test_without_any_descriptor_no_model_is_told_content(tmp_path):
    header = ",".join(("item_idx", "artist_name", *DESCRIPTORS))
    items = [",".join([str(k), f"A{k}", *[""] * len(DESCRIPTORS)]) for k in range(3)]
    write(tmp_path, items, ["1,0,0", "1,1,1", "2,2,0"], header)
    _, content, report = read_interactions("mpd-audio", tmp_path)
    assert content.audio is None and content.artists == ("A0", "A1", "A2")
    assert report.noted["items without tempo, taken as average"] == 3
    run, skipped = variants(["itemknn", "content"], "warm", content)
    assert [one.name for one in run] == ["itemknn"]
    assert skipped[0].reason == "it needs audio of every item, which this set has none of"


def test_rows_that_do_not_parse_are_counted_in_both_files(tmp_path):
    items = [item(1), item(2), item(3) + ",more,cells", item("")]
    write(tmp_path, items, ["1,1,0", "1,2,1", "2,1,0,more", "2,3,1", "", "2,2,2"])
    interactions, content, report = read_interactions("mpd-audio", tmp_path)
    assert interactions.item_ids == ("1", "2") and report.pairs == 3 and report.rows == 6
    assert report.dropped == {
        "rows that do not parse": 1,
        "items the item file does not know": 1,
        "no user or no item": 1,
    }
    assert report.noted == {
        "users with one item": 1,
        "rows of the item file that do not parse": 1,
        "rows of the item file without item_idx": 1,
    }
    assert len(content.audio) == 2
