"""Files that are cut off or hold other bytes than they should: a sentence or a balanced count, never anything else."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.research.interactions.registry import read_interactions
from tests.research.interactions import test_importers as forms
from tests.research.interactions import test_mpd_audio as mpd_audio


def make_mpd_audio(folder):
    mpd_audio.write(folder, [mpd_audio.item(k) for k in range(3)], ["1,0,0", "1,1,1", "2,2,0"])
    return folder / "items_strict_id_5core.csv.gz"


def make_mpd_audio_rows(folder):
    make_mpd_audio(folder)
    return folder / "interactions_strict_id_5core.csv.gz"


def make_table(folder):
    (folder / "x.csv").write_text('user,item,count,time\n1,"a,b",2,1700000000\n2,c,1,2020-01-01 00:00:00\n')
    return folder / "x.csv"


def make_packed_table(folder):
    (folder / "x.csv.gz").write_bytes(gzip.compress(b"user,item\n1,a\n2,b\n" * 50))
    return folder / "x.csv.gz"


def make_yambda(folder):
    forms.write_yambda(folder, forms.LISTENS, [(9, [1.0, 2.0]), (30, [3.0, 5.0])])
    return folder / "flat" / "50m" / "listens.parquet"


def make_embeddings(folder):
    make_yambda(folder)
    return folder / "embeddings.parquet"


def make_onion(folder):
    path = folder / "userid_trackid_timestamp.tsv"
    path.write_text("user_id\ttrack_id\ttimestamp\n8\tN5aLKBVcOGiJzDkA\t2019-03-02 11:00\n")
    return path


def make_taste_profile(folder):
    path = folder / "train_triplets.txt"
    path.write_text(f"{forms.USER}\t{forms.SONG}\t1\n{forms.USER2}\t{forms.SONG}\t3\n")
    return path


def make_mpd(folder):
    path = folder / "mpd.slice.0-999.json"
    path.write_text(json.dumps(forms.mpd_slice(0, ["b", "a"], ["a"])))
    return path


def make_hetrec(folder):
    return forms.write_hetrec(folder) / "user_taggedartists.dat"


def make_hetrec_artists(folder):
    return forms.write_hetrec(folder) / "artists.dat"


def make_listenbrainz(folder):
    line = {"listened_at": 1700000000, "track_metadata": {"artist_name": "X", "track_name": "One"}}
    with zipfile.ZipFile(folder / "lb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user.json", '{"user_id": 1, "username": "ann"}')
        archive.writestr("listens/2023/11.jsonl", (json.dumps(line) + "\n") * 3)
    return folder / "lb.zip"


def make_lastfm(folder):
    track = {"artist": {"#text": "X"}, "name": "One", "album": {"#text": ""}, "date": {"uts": "1700000000"}}
    (folder / "ann.json").write_text(json.dumps([{"recenttracks": {"track": [track, track], "@attr": {}}}]))
    return folder / "ann.json"


def make_xspf(folder):
    text = '<playlist xmlns="http://xspf.org/ns/0/"><trackList><track><location>a.mp3</location></track></trackList></playlist>'
    (folder / "x.xspf").write_text(text)
    return folder / "x.xspf"


FORMS = {
    "mpd-audio": (make_mpd_audio, make_mpd_audio_rows),
    "table": (make_table, make_packed_table),
    "yambda": (make_yambda, make_embeddings),
    "music4all-onion": (make_onion,),
    "taste-profile": (make_taste_profile,),
    "mpd": (make_mpd,),
    "hetrec-lastfm": (make_hetrec, make_hetrec_artists),
    "listenbrainz": (make_listenbrainz,),
    "lastfm": (make_lastfm,),
    "playlists": (make_xspf,),
}
CASES = [(kind, maker) for kind, makers in FORMS.items() for maker in makers]


@pytest.mark.parametrize(("kind", "maker"), CASES, ids=[maker.__name__ for _, maker in CASES])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_a_sentence_or_a_count(kind, maker, data, tmp_path):
    folder = tmp_path / "set"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = maker(folder)
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole)), label="place")
    change = data.draw(st.sampled_from(["cut", "byte", "insert", "noise"]), label="change")
    noise = data.draw(st.binary(min_size=1, max_size=12), label="noise")
    path.write_bytes(
        {
            "cut": whole[:place],
            "byte": whole[:place] + noise[:1] + whole[place + 1 :],
            "insert": whole[:place] + noise + whole[place:],
            "noise": noise * (1 + place),
        }[change]
    )
    try:
        interactions, content, report = read_interactions(kind, path if kind == "table" else folder)
    except DatasetError as error:
        assert str(error).count("\n") == 0 and str(error).endswith(".")
        return
    assert report.rows == report.pairs + report.merged + sum(report.dropped.values())
    assert len(interactions.users) == report.pairs > 0
    if content is not None:
        assert len(content.artists) == len(content.titles) == len(interactions.item_ids)
