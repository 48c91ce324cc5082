"""A folder of label folders: what becomes a track, what is told, what is passed over."""

from __future__ import annotations

import os
from pathlib import Path

from segue.errors import DatasetError
from segue.research.datasets.folder import label_text, read_folder
from tests.raising import raises
from tests.songs import write_song


def test_the_first_folder_is_the_label_however_deep_the_file(tmp_path):
    write_song(tmp_path / "rock" / "album" / "disc 2" / "a.flac", 1.0, artist="Ann", title="One")
    write_song(tmp_path / "jazz" / "b.ogg", 1.0)
    dataset = read_folder(tmp_path)
    assert [(t.track_id, t.label) for t in dataset.tracks] == [
        ("jazz/b.ogg", "jazz"),
        ("rock/album/disc 2/a.flac", "rock"),
    ]
    assert dataset.classes == ("jazz", "rock")
    assert dataset.name == tmp_path.name
    assert (dataset.tracks[1].artist, dataset.tracks[1].title) == ("Ann", "One")
    assert dataset.problems == ()


def test_what_is_no_audio_hidden_or_marked_is_passed_over(tmp_path):
    write_song(tmp_path / "rock" / "a.wav", 1.0)
    (tmp_path / "rock" / "cover.jpg").write_bytes(b"\xff\xd8")
    write_song(tmp_path / ".trash" / "b.wav", 1.0)
    write_song(tmp_path / "spoken" / "c.wav", 1.0)
    (tmp_path / "spoken" / ".nomusic").touch()
    (tmp_path / "empty").mkdir()
    dataset = read_folder(tmp_path)
    assert dataset.ids == ("rock/a.wav",)
    assert dataset.classes == ("rock",)


def test_a_file_in_no_labels_folder_is_a_problem_and_no_track(tmp_path):
    write_song(tmp_path / "rock" / "a.wav", 1.0)
    write_song(tmp_path / "stray.wav", 1.0)
    dataset = read_folder(tmp_path)
    assert dataset.ids == ("rock/a.wav",)
    assert [Path(p.path).name for p in dataset.problems] == ["stray.wav"]
    assert "no label's folder" in dataset.problems[0].cause


def test_a_file_linked_into_two_labels_is_one_track(tmp_path):
    write_song(tmp_path / "rock" / "a.wav", 1.0)
    (tmp_path / "pop").symlink_to(tmp_path / "rock")
    assert read_folder(tmp_path).ids == ("rock/a.wav",)


def test_odd_letters_in_labels(tmp_path):
    write_song(tmp_path / 'R&B, soul; "funk"' / "a.wav", 1.0)
    write_song(tmp_path / "mu\u0301sica" / "b.wav", 1.0)  # u and an accent, as macOS writes it
    os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9")
    write_song(tmp_path / "x" / "c.wav", 1.0)
    os.rename(tmp_path / "x" / "c.wav", os.fsencode(tmp_path) + b"/caf\xe9/c.wav")
    dataset = read_folder(tmp_path)
    assert set(dataset.classes) == {'R&B, soul; "funk"', "m\u00fasica", "caf\\xe9"}
    for label in dataset.classes:
        label.encode("utf-8")
    assert all((dataset.root / track.path).is_file() for track in dataset.tracks)


def test_one_label_written_in_two_ways_is_one(tmp_path):
    assert label_text("mu\u0301sica ") == label_text("m\u00fasica")


def test_a_relative_folder_and_one_with_dots_are_the_same(tmp_path, monkeypatch):
    write_song(tmp_path / "rock" / "a.wav", 1.0)
    monkeypatch.chdir(tmp_path / "rock")
    assert read_folder(Path("..")).ids == ("rock/a.wav",)


def test_nothing_to_read_is_a_sentence(tmp_path):
    with raises(DatasetError, "nothing-there"):
        read_folder(tmp_path / "missing")
    with raises(DatasetError, "no-labelled-audio"):
        read_folder(tmp_path)
