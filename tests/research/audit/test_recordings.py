"""Near copies among one's own files: heard for leaks, for divisions and for a model's verdict, and heard only once."""

from __future__ import annotations

import csv
import tarfile

import pytest
import soundfile
from click.testing import CliRunner

from segue.encode import document
from segue.errors import DatasetError
from segue.execution.processes import ProcessExecutor
from segue.research import leaks
from segue.research.audit import recordings
from segue.research.audit.recordings import NEAR_COPY, copies_by_sound, groups_by_sound
from segue.research.cli.datasets import datasets
from segue.research.datasets.registry import read_dataset
from segue.research.evaluate.training_data import leak_verdict
from segue.research.leaks import dataset_leaks
from segue.research.training.material import material
from tests.raising import raises
from tests.songs import RATE_HZ, tune, write_song


def leaks_document(*arguments):
    """What `segue datasets leaks --json` prints."""
    return document(dataset_leaks(*arguments))


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Ten songs of two labels by ten artists; one of them again, quieter, coded and by somebody else."""
    folder = tmp_path_factory.mktemp("own") / "music"
    for number in range(10):
        path = folder / ("rock" if number < 5 else "jazz") / f"{number}.flac"
        write_song(path, 8.0, number, artist=f"artist {number}", title=f"title {number}")
    with soundfile.SoundFile(folder / "rock" / "again.ogg", "w", RATE_HZ, 1, "VORBIS", format="OGG") as file:
        file.artist, file.title = "somebody", "else"
        file.write(0.5 * tune(8.0, 0))
    return folder


@pytest.fixture
def table(music):
    """The same as a CSV whose own split has the copy in the test part."""
    path = music / "own.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(("path", "label", "split"))
        for file in sorted([*music.glob("*/*.flac"), *music.glob("*/*.ogg")]):
            part = "test" if file.stem in ("again", "4", "9") else "train"
            rows.writerow((file.relative_to(music).as_posix(), file.parent.name, part))
    yield path
    path.unlink()


@pytest.fixture
def heard(monkeypatch):
    """The paths that workers were asked to hear."""
    asked = []
    mapped = ProcessExecutor.map

    def noting(self, function, items, *more, **named):
        items = list(items)
        asked.extend(items)
        return mapped(self, function, items, *more, **named)

    monkeypatch.setattr(ProcessExecutor, "map", noting)
    return asked


def test_a_near_copy_across_ones_own_split_leaks_and_is_heard_once(table, heard):
    found = leaks_document("csv", table, "own")
    assert found["recordings"] == [{"tracks": ["rock/0.flac", "rock/again.ogg"], "reasons": [NEAR_COPY]}]
    assert (found["leak_free"], found["tracks"], found["unchecked"]) == (False, ["rock/again.ogg"], [])
    assert len(heard) in (0, 11), "an earlier test may have had them heard"
    heard.clear()
    assert leaks_document("csv", table, "own") == found
    assert heard == []


def test_a_division_keeps_near_copies_together_and_is_then_leak_free(music):
    found = leaks_document("folder", music, "artist-kfold")
    assert (found["leak_free"], found["unchecked"]) == (True, [])
    dataset = read_dataset(music)
    for seed in range(3):
        for fold in range(5):
            split = material(dataset, "artist-kfold", seed, fold=fold, by_sound=groups_by_sound).split
            parts = [set(split.train), set(split.valid), set(split.test)]
            assert any({"rock/0.flac", "rock/again.ogg"} <= part for part in parts)


def test_the_verdict_on_a_model_knows_near_copies(table):
    dataset = read_dataset(table)
    split = material(dataset, "own", 0).split
    found = leak_verdict(dataset, split, split.test, split)
    assert (found.leak_free, found.tracks, found.unchecked) == (False, ("rock/again.ogg",), ())
    without = tuple(track_id for track_id in split.test if track_id != "rock/again.ogg")
    assert leak_verdict(dataset, split, without, split).leak_free is True


def test_the_command_says_leak_free(music):
    done = CliRunner().invoke(datasets, ["leaks", "folder", str(music), "--protocol", "artist-kfold"])
    assert (
        done.output
        == "artist-kfold: leak-free. No artist, performer, album, recording or file is on two sides.\n"
    )


@pytest.mark.parametrize("protocol", ["bogus", "strict", "size-matched-leaky"])
def test_what_cannot_be_divided_is_refused_before_anything_is_heard(music, monkeypatch, protocol):
    monkeypatch.setattr(leaks, "gather_copies", lambda *_: pytest.fail("copies were looked for first"))
    with raises(DatasetError, "no-such-split"):
        leaks_document("folder", music, protocol)


def test_no_cache_is_no_reason_to_fail(music, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(recordings, "cache_for", lambda _: tmp_path / "file" / "cache.db")
    copies, unheard = copies_by_sound(read_dataset(music))
    assert ([one.ids for one in copies], unheard) == ([("rock/0.flac", "rock/again.ogg")], [])


def test_what_cannot_be_decoded_is_passed_over_and_what_was_given_up_is_told(music, monkeypatch):
    (music / "rock" / "broken.mp3").write_text("no music")
    try:
        dataset = read_dataset(music)
        copies, unheard = copies_by_sound(dataset)
        assert (len(copies), unheard) == (1, [])
        monkeypatch.setattr(recordings, "_NOT_LASTING", ("probe", "open", "decode"))
        copies, (sentence,) = copies_by_sound(dataset)
        assert sentence == "near copies: rock/broken.mp3 could not be decoded to the end; try again"
    finally:
        (music / "rock" / "broken.mp3").unlink()


def test_the_same_samples_in_another_packing_are_one_recording(tmp_path):
    write_song(tmp_path / "x" / "a.flac", 6.0, 0)
    write_song(tmp_path / "y" / "b.flac", 6.0, 1)
    soundfile.write(tmp_path / "y" / "a.wav", *soundfile.read(tmp_path / "x" / "a.flac", dtype="int16"))
    copies, _ = copies_by_sound(read_dataset(tmp_path))
    assert [(one.reason, one.ids) for one in copies] == [("same decoded samples", ("x/a.flac", "y/a.wav"))]


def test_audio_in_a_tar_is_told(tmp_path):
    write_song(tmp_path / "blues.00000.wav", 2.0)
    with tarfile.open(tmp_path / "genres.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "blues.00000.wav", "genres/blues/blues.00000.wav")
    copies, (sentence,) = copies_by_sound(read_dataset("gtzan", tmp_path / "genres.tar.gz"))
    assert copies == [] and sentence.startswith("near copies: the audio is packed in a tar")
