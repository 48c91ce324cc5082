"""`segue datasets` as its users meet it: words in, documents and exit statuses out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.songs import write_song

SOURCE = Path(__file__).resolve().parents[3] / "src"


def run(*words, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "segue", "datasets", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def document(*words, status=0):
    done = run(*words, "--json")
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def own(tmp_path):
    write_song(tmp_path / "genres" / "rock" / "a.wav", 1.0, 1, artist="Ann")
    write_song(tmp_path / "genres" / "jazz" / "b.ogg", 1.0, 2, artist="Bob")
    return tmp_path / "genres"


def test_list_names_every_dataset_with_its_licence():
    listed = {one["name"]: one for one in document("list")}
    assert list(listed) == ["gtzan", "fma-small", "fma-medium", "fma-large", "folder", "csv"]
    assert all(one["licence"] and one["summary"] for one in listed.values())
    text = run("list").stdout
    assert [line.split()[0] for line in text.splitlines()] == list(listed)


@pytest.mark.parametrize("name", ["gtzan", "fma-small", "fma-medium", "fma-large"])
def test_info_needs_no_data_and_names_the_source_of_every_fault(name):
    known = document("info", name)
    assert known["citation"] and known["licence"] and known["splits"]
    assert known["faults"] and all(fault["source"] for fault in known["faults"])
    assert known["sources"] or known["steps"]
    assert known["name"] in run("info", name).stdout


def test_info_counts_what_is_there(shared_dir):
    known = document("info", "gtzan", shared_dir / "data" / "gtzan")
    assert (known["tracks"], known["with_path"], len(known["exact_copies"])) == (1000, 60, 14)
    assert set(known["classes"].values()) == {100}
    assert known["parts"] == {"fault-filtered": {"test": 290, "train": 443, "valid": 197}}
    text = run("info", "fma-small", shared_dir / "data" / "fma").stdout
    assert "Row 683" in text and "cut off" in text


def test_an_edited_gtzan_index_is_shown_with_what_is_not_as_published(tmp_path):
    write_song(tmp_path / "blues" / "blues.00000.wav", 0.5)
    (tmp_path / "tracks.csv").write_text(
        "track_id,genre,filtered_split\nblues.00000,jazz,valid\njazz.00001,jazz,excluded\n", encoding="utf-8"
    )
    known = document("info", "gtzan", tmp_path)
    assert (known["tracks"], known["classes"]) == (2, {"jazz": 2})
    assert known["remarks"][0].startswith("tracks.csv names 2 clips and not 998 of the published 1,000")
    assert "blues.00000 is jazz by tracks.csv, blues as published." in known["remarks"]
    assert "remark     tracks.csv names 2 clips" in run("info", "gtzan", tmp_path).stdout


def test_info_takes_a_folder_or_a_table(own, tmp_path):
    assert document("info", own)["classes"] == {"jazz": 1, "rock": 1}
    table = tmp_path / "labels.csv"
    table.write_text("path,label\ngenres/rock/a.wav,loud\n,quiet\n")
    known = document("info", table)
    assert known["classes"] == {"loud": 1} and len(known["problems"]) == 1
    assert "Line 3 has no path." in run("info", table).stdout


def test_verify_of_a_sound_folder_is_right(own):
    found = document("verify", "folder", own)
    assert (found["right"], found["tracks"], found["ok"]) == (True, 2, 2)
    done = run("verify", "folder", own)
    assert done.returncode == 0 and "2 of 2 tracks are right" in done.stdout


def test_verify_says_what_is_wrong_and_ends_with_three(own):
    (own / "rock" / "broken.mp3").write_text("no music")
    write_song(own / "stray.wav", 1.0)
    found = document("verify", "folder", own, status=3)
    kinds = {kind: found[kind] for kind in ("missing", "wrong", "extra", "unreadable")}
    assert kinds == {"missing": 0, "wrong": 0, "extra": 1, "unreadable": 1}
    assert found["ok"] == 2 and len(found["findings"]) == 2
    done = run("verify", "folder", own)
    assert done.returncode == 3
    assert "rock/broken.mp3: The file is text, not audio." in done.stdout


def test_verify_of_the_real_gtzan_folder(shared_dir):
    found = document("verify", "gtzan", shared_dir / "data" / "gtzan", status=3)
    assert (found["tracks"], found["ok"], found["missing"]) == (1000, 60, 940)
    assert found["checked_by"] == {"audio": 60}
    assert (found["archive"]["rows"], found["archive"]["lacking"]) == (999, ["jazz.00054"])
    assert found["archive"]["compared_with_audio"] == 60 and found["archive"]["wrong"] == 0
    assert found["wrong"] == found["extra"] == found["unreadable"] == 0


def test_leaks_prints_the_artists_that_the_standard_split_overlooks(shared_dir, tmp_path):
    shutil.copyfile(
        shared_dir / "data" / "gtzan" / "tracks.csv", tmp_path / "tracks.csv"
    )  # no archive: quick
    found = document("leaks", "gtzan", tmp_path, "--protocol", "fault-filtered")
    assert {"protocol", "artists", "recordings", "tracks"} <= set(found)
    assert found["protocol"] == "fault-filtered" and "Burning Spear" in found["artists"]
    done = run("leaks", "gtzan", tmp_path, "--protocol", "fault-filtered")
    assert "not leak-free" in done.stdout and "Burning Spear" in done.stdout
    assert "not checked: near copies" in done.stderr


def test_audit_finds_the_copy_in_ones_own_genres(own, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copyfile(own / "rock" / "a.wav", own / "jazz" / "same.wav")
    findings = document("audit", "folder", own)["findings"]
    pairs = [{one["track"], *one["others"]} for one in findings if one["kind"] == "exact-copy"]
    assert pairs == [{"rock/a.wav", "jazz/same.wav"}]
    done = run("audit", "folder", own, "--csv", tmp_path / "found.csv", "--min-severity", "high")
    assert done.returncode == 0, done.stderr
    assert "exact-copy" in (tmp_path / "found.csv").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("info", "nothing"), "neither a dataset"),
        (("verify", "gtzan", "nowhere"), "There is nothing at"),
        (("verify", "nothing", "."), "neither a dataset"),
        (("verify", "fma-small", "."), "There is no tracks.csv"),
        (("verify", "folder", "."), "No audio with a label"),
        (("verify", "csv", "."), "cannot be read"),
        (("info", "folder", "nowhere"), "There is no folder"),
        (("audit", "folder", "nowhere"), "There is no folder"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path, words, sentence):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 1 and not done.stdout
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1
