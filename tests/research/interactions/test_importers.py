"""Importers of published sets, on small files of exactly their forms."""

from __future__ import annotations

import bz2
import gzip
import json
import zipfile

import numpy as np
import polars as pl
import pytest

from segue.errors import DatasetError
from segue.research.interactions.registry import read_interactions
from tests.raising import raises

SONG, SONG2 = "SOAKIMP12A8C130995", "SOBBMDR12A8C13253B"
USER, USER2 = "b80344d063b5ccb3212f76538f3d9e43d87dca9e", "85c1f87fea955d09b4bec2e36aee110927aedf9a"


def balanced(report):
    assert report.rows == report.pairs + report.merged + sum(report.dropped.values())
    return report


def pairs(interactions):
    return [
        (interactions.user_ids[u], interactions.item_ids[i], c)
        for u, i, c in zip(interactions.users, interactions.items, interactions.counts.tolist(), strict=True)
    ]


# Taste Profile


def test_taste_profile(tmp_path):
    lines = [f"{USER}\t{SONG}\t1", f"{USER}\t{SONG2}\t2", f"{USER2}\t{SONG}\t5", f"{USER}\t{SONG}\t3"]
    bad = [f"{USER}\tTR1\t1", f"{USER}\t{SONG}\t0", f"{USER}\t{SONG}\tx", f"{USER}\t{SONG}\t1\t9"]
    path = tmp_path / "train_triplets.txt"
    path.write_text("\n".join([*lines, *bad]) + "\n")
    interactions, content, report = read_interactions("taste-profile", path)
    assert pairs(interactions) == [(USER2, SONG, 5), (USER, SONG, 4), (USER, SONG2, 2)]
    assert interactions.times_s is None and content is None
    assert balanced(report).merged == 1
    assert report.dropped == {
        "rows that do not parse": 1,
        "songs whose id is not SO and 16 letters or digits": 1,
        "counts that are no number": 1,
        "counts of zero or less": 1,
    }
    with zipfile.ZipFile(tmp_path / "train_triplets.txt.zip", "w") as archive:
        archive.write(path, "train_triplets.txt")
    path.unlink()
    again, _, _ = read_interactions(None, tmp_path)
    assert pairs(again) == pairs(interactions)


# Music4All-Onion


@pytest.mark.parametrize("suffix", ["", ".bz2"])
def test_music4all_onion(tmp_path, suffix):
    rows = [
        "8\tN5aLKBVcOGiJzDkA\t2019-03-02 11:00",
        "8\tN5aLKBVcOGiJzDkA\t2019-03-01 10:00:30",
        "10\t0009fFIM1eYThaPg\t2019-03-01 10:00",
        "10\tshort\t2019-03-01 10:00",
        "10\t0009fFIM1eYThaPg\tnever",
        "10\t0009fFIM1eYThaPg\t2099-01-01 00:00",
    ]
    text = "user_id\ttrack_id\ttimestamp\n" + "\n".join(rows) + "\n"
    data = text.encode()
    (tmp_path / f"userid_trackid_timestamp.tsv{suffix}").write_bytes(bz2.compress(data) if suffix else data)
    interactions, _, report = read_interactions(None, tmp_path)
    assert pairs(interactions) == [("8", "N5aLKBVcOGiJzDkA", 2), ("10", "0009fFIM1eYThaPg", 1)]
    assert (
        interactions.times_s.tolist() == [1551434430, 1551434400] and interactions.times_s.dtype == np.int64
    )
    assert balanced(report).kind == interactions.name == "music4all-onion", "no file's name in titles"
    assert report.dropped == {
        "tracks whose id has not 16 characters": 1,
        "times that are no time": 1,
        "times in the future": 1,
    }


def test_music4all_onion_counts(tmp_path):
    (tmp_path / "userid_trackid_count.tsv").write_text("user_id\ttrack_id\tcount\n8\tN5aLKBVcOGiJzDkA\t7\n")
    interactions, _, _ = read_interactions("music4all-onion", tmp_path)
    assert pairs(interactions) == [("8", "N5aLKBVcOGiJzDkA", 7)] and interactions.times_s is None


# Yambda


def write_yambda(folder, rows, embeddings=None):
    (folder / "flat" / "50m").mkdir(parents=True)
    schema = {
        "uid": pl.UInt32,
        "timestamp": pl.UInt32,
        "item_id": pl.UInt32,
        "is_organic": pl.UInt8,
        "played_ratio_pct": pl.UInt16,
        "track_length_seconds": pl.UInt32,
    }
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(folder / "flat" / "50m" / "listens.parquet")
    if embeddings is not None:
        with np.errstate(invalid="ignore"):  # some are made to be no numbers
            rows = [
                (item, vector, (np.array(vector) / np.linalg.norm(vector)).tolist())
                for item, vector in embeddings
            ]
        schema = {"item_id": pl.UInt32, "embed": pl.List(pl.Float64), "normalized_embed": pl.List(pl.Float64)}
        pl.DataFrame(rows, schema=schema, orient="row").write_parquet(folder / "embeddings.parquet")
    return folder


LISTENS = [
    (100, 5, 30, 1, 100, 200),
    (100, 39420, 30, 0, 51, 200),
    (100, 39425, 9, 1, 49, 200),
    (200, 40000, 9, 0, 159, 180),
    (200, 26000000, 41, 1, 50, 180),
]


def test_yambda(tmp_path):
    write_yambda(tmp_path, LISTENS, [(9, [1.0, 2.0]), (30, [3.0, 5.0]), (77, [9.0, 9.0])])
    interactions, content, report = read_interactions(None, tmp_path)
    assert pairs(interactions) == [("100", "30", 2), ("200", "9", 1), ("200", "41", 1)]
    assert interactions.times_s.tolist() == [5, 40000, 26000000], (
        "seconds from an unknown start, never in the future"
    )
    assert interactions.item_ids == ("9", "30", "41"), "as numbers"
    assert np.allclose(content.audio, [[-1, -1], [1, 1], [0, 0]])
    assert balanced(report).dropped == {"played less than 50 %, or not told": 1}
    assert report.noted["items without an embedding, taken as average"] == 1


def test_yambda_with_a_list_for_a_user_is_one_sentence(tmp_path):
    table = {"uid": [[1]], "item_id": [1], "timestamp": [5]}
    pl.DataFrame(table).write_parquet(tmp_path / "listens.parquet")
    with raises(DatasetError, "column-type"):
        read_interactions("yambda", tmp_path / "listens.parquet")


def test_yambda_options_and_faults(tmp_path):
    write_yambda(tmp_path, LISTENS)
    interactions, content, report = read_interactions("yambda", tmp_path, min_played_pct=0, organic_only=True)
    assert pairs(interactions) == [("100", "9", 1), ("100", "30", 1), ("200", "41", 1)] and content is None
    assert report.dropped == {"started by a recommender": 2}
    pl.DataFrame({"uid": [1]}).write_parquet(tmp_path / "listens.parquet")
    with raises(DatasetError, "no-such-column"):
        read_interactions("yambda", tmp_path / "listens.parquet")
    (tmp_path / "listens.parquet").write_bytes(b"PAR1")
    with raises(DatasetError, "not-readable"):
        read_interactions("yambda", tmp_path / "listens.parquet")
    (tmp_path / "empty").mkdir()
    with raises(DatasetError, "nothing-there"):
        read_interactions("yambda", tmp_path / "empty")


def test_yambda_embeddings_that_are_no_numbers_or_there_twice_are_counted(tmp_path):
    inf = float("inf")
    told = [(9, [1.0, 2.0]), (30, [3.0, inf]), (9, [5.0, 2.0]), (41, [9.0, 4.0])]
    write_yambda(tmp_path, LISTENS, told)
    _, content, report = read_interactions("yambda", tmp_path)
    assert np.allclose(content.audio[:, 1], [-1, 0, 1]), "of 9 the last, of 30 nothing finite"
    assert {what: n for what, n in report.noted.items() if "embedding" in what} == {
        "items whose embedding has gaps, taken as average": 1,
        "items with several embeddings, of which the last is taken": 1,
    }


def test_yambda_embeddings_that_are_all_equal_are_no_content(tmp_path):
    write_yambda(tmp_path, LISTENS, [(item, [1.0, 2.0]) for item in (9, 30, 41)])
    _, content, report = read_interactions("yambda", tmp_path)
    assert content.audio is None and len(content.artists) == 3
    assert report.noted["items without audio content, since nothing heard differs between any two"] == 3


def test_yambda_embeddings_of_another_set(tmp_path):
    write_yambda(tmp_path, LISTENS, [(777, [1.0, 2.0])])
    with raises(DatasetError, "different-sets"):
        read_interactions("yambda", tmp_path)


# Million Playlist Dataset


def mpd_slice(first, *playlists):
    def track(pos, uri):
        return {
            "pos": pos,
            "artist_name": f"artist of {uri}",
            "track_uri": f"spotify:track:{uri}",
            "artist_uri": "spotify:artist:1",
            "track_name": f"title of {uri}",
            "album_uri": "spotify:album:1",
            "duration_ms": 180000,
            "album_name": "x",
        }

    return {
        "info": {
            "generated_on": "2017-12-03 08:41:42.057563",
            "slice": f"{first}-{first + 999}",
            "version": "v1",
        },
        "playlists": [
            {
                "name": "mix",
                "collaborative": "false",
                "pid": first + k,
                "modified_at": 1493424000,
                "num_tracks": len(uris),
                "tracks": [track(pos, uri) for pos, uri in enumerate(uris)],
            }
            for k, uris in enumerate(playlists)
        ],
    }


def test_mpd(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "mpd.slice.1000-1999.json").write_text(json.dumps(mpd_slice(1000, ["c"])))
    (data / "mpd.slice.0-999.json").write_text(json.dumps(mpd_slice(0, ["b", "a", "b"], ["a"])))
    interactions, content, report = read_interactions(None, tmp_path)
    assert interactions.user_ids == ("0", "1", "1000")
    assert pairs(interactions)[:2] == [("0", "spotify:track:a", 1), ("0", "spotify:track:b", 2)]
    assert (
        content.titles == ("title of a", "title of b", "title of c") and content.artists[0] == "artist of a"
    )
    assert content.audio is None and content.metadata is None
    assert balanced(report).merged == 1 and "2 slices" in report.took
    (data / "mpd.slice.2000-2999.json").write_text('{"playlists": [')
    with raises(DatasetError, "not-readable"):
        read_interactions("mpd", tmp_path)


# HetRec 2011 Last.fm


def write_hetrec(folder):
    def dat(name, *rows, encoding="utf-8"):
        (folder / name).write_bytes("".join("\t".join(row) + "\r\n" for row in rows).encode(encoding))

    dat(
        "user_artists.dat",
        ("userID", "artistID", "weight"),
        ("2", "51", "13883"),
        ("2", "52", "11690"),
        ("10", "51", "0"),
        ("10", "52", "3"),
    )
    dat(
        "artists.dat",
        ("id", "name", "url", "pictureURL"),
        ("51", 'The "Quoted', "http://x", "http://y"),
        ("52", "Röyksopp", "http://x"),  # pictures are missing for some
        ("99", "Nobody's", "http://x", ""),
    )
    dat("tags.dat", ("tagID", "tagValue"), ("13", "chillout"), ("14", "électro"), encoding="latin-1")
    rows = [
        (str(user), artist, tag, "1", "4", "2009")
        for user in range(3)
        for artist, tag in (("51", "13"), ("52", "14"))
    ]
    dat(
        "user_taggedartists.dat",
        ("userID", "artistID", "tagID", "day", "month", "year"),
        *rows,
        ("2", "99", "13", "1", "4", "2009"),
    )
    return folder


def test_hetrec_lastfm(tmp_path):
    interactions, content, report = read_interactions(None, write_hetrec(tmp_path))
    assert pairs(interactions) == [("2", "51", 13883), ("2", "52", 11690), ("10", "52", 3)]
    assert content.artists == ('The "Quoted', "Röyksopp") and content.titles == (None, None)
    assert content.audio is None and content.metadata is None, "no tag on five artists"
    assert balanced(report).dropped == {"counts of zero or less": 1}
    assert report.noted["tags given to artists nobody has, or unknown tags, left out"] == 1


def test_hetrec_tags_are_latin_1(tmp_path):
    from segue.research.interactions.hetrec_lastfm import read_tags

    assert read_tags(write_hetrec(tmp_path) / "tags.dat") == {"13": "chillout", "14": "électro"}


def test_hetrec_tags_become_columns(tmp_path):
    write_hetrec(tmp_path)
    artists = [str(k) for k in range(100, 108)]
    with (tmp_path / "user_artists.dat").open("a", newline="") as file:
        file.writelines(f"2\t{artist}\t1\r\n" for artist in artists)
    with (tmp_path / "user_taggedartists.dat").open("a", newline="") as file:
        file.writelines(f"3\t{artist}\t13\t1\t1\t2010\r\n" for artist in artists[:6])
    interactions, content, _ = read_interactions("hetrec-lastfm", tmp_path)
    assert content.metadata.shape == (10, 1)
    tagged = {
        item for item, value in zip(interactions.item_ids, content.metadata[:, 0], strict=True) if value > 0
    }
    assert tagged == {"51", *artists[:6]}


# One's own


def test_playlists_as_a_set(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "mix.m3u").write_text("#EXTINF:1,Ann - One\nx/1.mp3\nx/2.mp3\nx/2.mp3\n")
    (tmp_path / "b" / "mix.m3u8").write_text("#EXTINF:1,Ann - One\ny/9.mp3\n")
    (tmp_path / "bad.xspf").write_text("<")
    interactions, content, report = read_interactions(None, tmp_path)
    assert interactions.item_ids == (str(tmp_path / "x" / "2.mp3"), "Ann – One")
    assert len(interactions.user_ids) == 2 and content.artists == (None, "Ann")
    assert balanced(report).noted == {
        "files that could not be read": 1,
        "users with one item": 1,
        "places of the same artist and title as another, taken as one song": 1,
    }
    assert (report.kind, report.pairs, report.merged) == ("playlists", 3, 1)


def test_histories_as_a_set(tmp_path):
    for user, title in (("ann", "One"), ("bob", "Two")):
        (tmp_path / f"{user}.csv").write_text(f"uts,artist,track\n1700000000,X,{title}\n1700000900,X,One\n")
    interactions, content, report = read_interactions("lastfm", tmp_path)
    assert pairs(interactions) == [("ann", "X – One", 2), ("bob", "X – One", 1), ("bob", "X – Two", 1)]
    assert interactions.times_s.tolist() == [1700000000, 1700000900, 1700000000]
    assert content.titles == ("One", "Two") and balanced(report).merged == 1


def test_a_zip_of_listenbrainz_as_a_set(tmp_path):
    line = {"listened_at": 1700000000, "track_metadata": {"artist_name": "X", "track_name": "One"}}
    with zipfile.ZipFile(tmp_path / "lb.zip", "w") as archive:
        archive.writestr("user.json", '{"user_id": 1, "username": "ann"}')
        archive.writestr("listens/2023/11.jsonl", json.dumps(line) + "\n{}\n")
    interactions, _, report = read_interactions(None, tmp_path / "lb.zip")
    assert pairs(interactions) == [("ann", "X – One", 1)]
    assert balanced(report).dropped == {"rows that do not parse": 1} and report.kind == "listenbrainz"


def test_listenbrainz_lines_of_several_users_are_several_users(tmp_path):
    line = {"timestamp": 1700000000, "track_metadata": {"artist_name": "X", "track_name": "One"}}
    lines = [{**line, "user_name": user} for user in ("ann", "bob", "ann")] + [line]
    (tmp_path / "dump.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    interactions, _, report = read_interactions(None, tmp_path / "dump.jsonl")
    assert pairs(interactions) == [("ann", "X – One", 2), ("bob", "X – One", 1)]
    assert balanced(report).dropped == {"no user or no item": 1}, "nobody's line among several people's"


def test_capitals_make_no_other_song_of_a_history(tmp_path):
    rows = "1700000000,Ann,One\n1700000900,ann,ONE\n"
    (tmp_path / "ann.csv").write_text(f"uts,artist,track\n{rows}")
    interactions, _, report = read_interactions(None, tmp_path / "ann.csv")
    assert pairs(interactions) == [("ann", "Ann – One", 2)]
    assert balanced(report).noted["other spellings of artist and title, taken as one song"] == 1


# Guessing


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.m3u", b"", "playlists"),
        ("listens.parquet", b"", "yambda"),
        ("a.parquet", b"", "table"),
        ("x.csv", b"user_id,item_id\n", "table"),
        ("x.csv.gz", gzip.compress(b"user_id,item_id\n", mtime=0), "table"),
        ("x.txt", f"{USER}\t{SONG}\t1\n".encode(), "taste-profile"),
        ("user_artists.dat", b"userID\tartistID\tweight\r\n", "hetrec-lastfm"),
        ("x.csv", b"uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n", "lastfm"),
        ("x.csv", 'Björk,H,Jóga,"14 Nov 2023 22:13"\n'.encode(), "lastfm"),
        ("x.csv", "Björk,H,Jóga,14 Nov 2023 22:13\n".encode(), "lastfm"),
        ("x.csv", "Björk,H,Jóga,14 Nov 2023, 22:13\n".encode(), "lastfm"),
        ("x.csv", 'Björk,"H, I; J; K; L",Jóga,"14 Nov 2023, 22:13"\n'.encode(), "lastfm"),
        ("x.csv", b'"A, B",H,"Now, playing",\nA,,B,2023-11-14 22:13\n', "lastfm"),
        ("x.csv", b"A;H;1979;14 Nov 2023 22:13\nA;H;B;14 Nov 2023 22:13\n", "lastfm"),
        ("x.csv", b"A,H,B,14 Nov 2023 22:13\nA,H,B,C\n", "table"),
        ("x.csv", b"7,3,12,2023-11-14\n8,3,12,2023-11-14\n", "table"),
        ("x.csv", b"user,item,count,date\na,b,c,2023-11-14\n", "table"),
        ("x.csv", b"user_id,item_id,x,20231114\n", "table"),
        ("x.csv", "user_id,item_id\n".encode("utf-16"), "table"),
        ("x.csv.gz", b"user_id,item_id\n", "table"),
        ("x.csv", gzip.compress(b"user_id,item_id\n", mtime=0), "table"),
        ("x.json", b'[\n {\n  "listened_at": 1,\n  "track_metadata": {}}]', "listenbrainz"),
        ("x.json", b'{"payload": {"listens": [{"track_metadata": {}}]}}', "listenbrainz"),
        ("x.csv", b"Artist;Album;AlbumId;Track;Date#ann\n", "lastfm"),
        ("x.json", b'[{"recenttracks": {}}]', "lastfm"),
        ("x.json", b'{"info": {}, "playlists": []}', "mpd"),
        ("x.jsonl", b'{"listened_at": 1, "track_metadata": {}}\n', "listenbrainz"),
    ],
)
def test_the_kind_is_told_by_names_and_beginnings(tmp_path, name, content, kind):
    from segue.history.guess import guess_kind

    (tmp_path / name).write_bytes(content)
    assert guess_kind(tmp_path / name) == kind


def test_what_nothing_tells_is_one_sentence(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"\x00\x01")
    for path, code in (
        (tmp_path / "x.bin", "unknown-kind"),
        (tmp_path, "unknown-kind"),
        (tmp_path / "no", "nothing-there"),
    ):
        with raises(DatasetError, code):
            read_interactions(None, path)
    with raises(DatasetError, "unknown-kind"):
        read_interactions("tapes", tmp_path)
    with raises(DatasetError, "nothing-there"):
        read_interactions("mpd", tmp_path / "no")
