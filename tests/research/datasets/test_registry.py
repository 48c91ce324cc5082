"""One way to read any dataset: names, paths, and what is neither."""

from __future__ import annotations

import shutil

from segue.errors import DatasetError
from segue.research.datasets.registry import KNOWN, known, read_dataset
from tests.raising import raises
from tests.songs import write_song


def test_every_known_dataset_says_what_may_be_done_with_it_and_whom_to_cite():
    for name, one in KNOWN.items():
        assert one.name == name == known(name).name
        assert one.licence.endswith(".") and one.citation and one.summary and one.forms
        assert all(fault.source for fault in one.faults)


def test_a_path_is_read_as_what_it_is(tmp_path, shared_dir):
    write_song(tmp_path / "genres" / "rock" / "a.wav", 1.0)
    (tmp_path / "genres.csv").write_text("genres/rock/a.wav,loud\n")
    assert read_dataset(tmp_path / "genres").classes == ("rock",)
    assert read_dataset(tmp_path / "genres.csv").classes == ("loud",)
    assert read_dataset(str(tmp_path / "genres")).name == "genres"
    assert read_dataset(shared_dir / "data" / "gtzan").name == "gtzan"
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "genres", tmp_path / "elsewhere" / "genres")
    dataset = read_dataset(tmp_path / "genres.csv", tmp_path / "elsewhere")
    assert (dataset.root / dataset.tracks[0].path).is_file()


def test_what_is_neither_name_nor_path_is_a_sentence():
    with raises(DatasetError, "unknown-dataset"):
        read_dataset("gtsan")
    with raises(DatasetError, "no-folder-given"):
        read_dataset("gtzan")
    with raises(DatasetError, "unknown-dataset"):
        known("gtsan")


def test_tracks_are_sorted_and_named_once(tmp_path, shared_dir):
    write_song(tmp_path / "rock" / "b.wav", 1.0)
    write_song(tmp_path / "jazz" / "a.wav", 1.0)
    for dataset in (
        read_dataset(tmp_path),
        read_dataset("gtzan", shared_dir / "data" / "gtzan"),
        read_dataset("fma-large", shared_dir / "data" / "fma"),
    ):
        assert list(dataset.ids) == sorted(set(dataset.ids))
        assert set(dataset.classes) == {t.label for t in dataset.tracks} - {None}


def test_a_name_and_a_folder_of_that_name_are_told_apart(tmp_path, monkeypatch):
    write_song(tmp_path / "gtzan" / "rock" / "a.wav", 1.0)
    monkeypatch.chdir(tmp_path)
    assert read_dataset("./gtzan").ids == ("rock/a.wav",)
