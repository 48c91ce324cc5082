"""What a network is trained on: rows from the archive, from audio, and failures in their place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segue.errors import DatasetError
from segue.research.datasets.registry import read_dataset
from segue.research.datasets.spectrograms import spectrograms
from segue.research.datasets.work import one_by_one
from segue.types import Failure
from tests.raising import raises
from tests.songs import write_song


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_song(tmp_path / "high" / "a.wav", 6.0, 1)
    write_song(tmp_path / "low" / "b.ogg", 6.0, 2)
    (tmp_path / "low" / "broken.mp3").write_text("no music")
    (tmp_path / "low" / "empty.wav").touch()
    return tmp_path


def test_every_track_is_a_row_or_a_failure_in_the_order_asked(folder):
    dataset = read_dataset(folder)
    assert len(dataset.tracks) == 4
    asked = ("low/empty.wav", "low/b.ogg", "low/broken.mp3", "high/a.wav")
    heard = spectrograms(dataset, asked)
    assert heard.mel.shape == (2, 128, 387) and heard.mel.dtype == np.uint8
    assert heard.ids == ("low/b.ogg", "high/a.wav")
    assert [(f.path, f.stage) for f in heard.failures] == [
        ("low/empty.wav", "open"),
        ("low/broken.mp3", "probe"),
    ]
    alone = spectrograms(dataset, ("high/a.wav",))
    assert np.array_equal(alone.mel[0], heard.mel[1])


def test_rows_use_the_whole_range(folder):
    mel = spectrograms(read_dataset(folder), ("high/a.wav",)).mel
    assert (mel.min(), mel.max()) == (0, 255)


def test_every_track_is_counted_once(folder):
    steps = []
    spectrograms(read_dataset(folder), step=lambda: steps.append(1))
    assert len(steps) == 4


def test_work_may_be_done_elsewhere_and_in_any_order(folder):
    def backwards(function, items):
        yield from one_by_one(function, reversed(list(items)))

    dataset = read_dataset(folder)
    here, there = spectrograms(dataset), spectrograms(dataset, work=backwards)
    assert here.ids == there.ids and here.failures == there.failures
    assert np.array_equal(here.mel, there.mel)


def test_a_crash_elsewhere_costs_one_track(folder):
    def crashing(function, items):
        for item in items:
            yield item, Failure(item, "crash", "The decoder crashed.")

    heard = spectrograms(read_dataset(folder), work=crashing)
    assert heard.mel.shape == (0, 128, 387)
    assert {failure.stage for failure in heard.failures} == {"crash"}


def test_ids_that_are_not_there_or_twice_are_refused(folder):
    dataset = read_dataset(folder)
    with raises(DatasetError, "unknown-track"):
        spectrograms(dataset, ("x",))
    with raises(DatasetError, "duplicate-track"):
        spectrograms(dataset, ("high/a.wav", "high/a.wav"))


def test_audio_gives_what_the_archive_holds(shared_dir):
    folder = shared_dir / "data" / "gtzan"
    archived = read_dataset("gtzan", folder)
    by_audio = read_dataset("gtzan", folder / "audio")
    here = tuple(t.track_id for t in by_audio.tracks if t.path and t.part_of("fault-filtered") != "test")[::7]
    ours, theirs = spectrograms(by_audio, here), spectrograms(archived, here)
    assert ours.ids == theirs.ids == here
    likeness = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(ours.mel, theirs.mel, strict=True)]
    assert min(likeness) > 0.995


def test_the_archive_gives_all_but_the_unreadable_clip(shared_dir):
    heard = spectrograms(read_dataset("gtzan", shared_dir / "data" / "gtzan"))
    assert heard.mel.shape == (999, 128, 387)
    assert [failure.path for failure in heard.failures] == ["jazz.00054"]
    with np.load(shared_dir / "data" / "gtzan" / "mel128x387_uint8.npz") as archive:
        row = archive["track_id"].tolist().index("pop.00042")
        assert np.array_equal(heard.mel[heard.ids.index("pop.00042")], archive["mel"][row])


@pytest.mark.parametrize("damage", ["cut", "not zip", "wrong shape", "twice", "no labels"])
def test_a_damaged_archive_is_a_sentence(shared_dir, tmp_path, damage):
    source = shared_dir / "data" / "gtzan"
    (tmp_path / "tracks.csv").symlink_to(source / "tracks.csv")
    target = tmp_path / "mel128x387_uint8.npz"
    mel = np.zeros((2, 128, 387), np.uint8)
    ids, labels = np.array(["blues.00000", "blues.00001"]), np.array(["blues", "blues"])
    if damage == "cut":
        target.write_bytes((source / "mel128x387_uint8.npz").read_bytes()[:100_000])
    elif damage == "not zip":
        target.write_bytes(b"PK no")
    elif damage == "wrong shape":
        np.savez(target, mel=mel[:, :64], track_id=ids, genre=labels)
    elif damage == "twice":
        np.savez(target, mel=mel, track_id=ids[[0, 0]], genre=labels)
    else:
        np.savez(target, mel=mel, track_id=ids)
    with raises(DatasetError, "not-a-mel-archive"):
        spectrograms(read_dataset("gtzan", tmp_path))
