"""How one's own folder is divided: copies under another name stay on one side."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from segue.errors import DatasetError
from segue.research.datasets.index import sha256_of_ids
from segue.research.datasets.registry import read_dataset
from segue.research.training.config import read_config
from segue.research.training.material import Part, material
from tests.raising import raises
from tests.songs import write_song


@pytest.mark.parametrize("fold", range(5))
def test_copies_under_other_names_are_never_divided(tmp_path, fold):
    for seed in range(10):
        song = write_song(tmp_path / ("high", "low")[seed % 2] / f"{seed}.wav", 0.5, seed)
        shutil.copyfile(song, song.with_name(f"copy of {seed}.wav"))
    split = material(read_dataset(tmp_path), "artist-kfold", 0, fold=fold).split
    parts = {track_id: part for part in ("train", "valid", "test") for track_id in getattr(split, part)}
    assert len(parts) == 20 and split.test
    for track_id, part in parts.items():
        if "copy of " not in track_id:
            folder, name = track_id.split("/")
            assert parts[f"{folder}/copy of {name}"] == part


def test_the_teacher_speaks_of_no_test_clip(shared_dir):
    lessons = material(read_dataset("gtzan", shared_dir / "data" / "gtzan"), "fault-filtered", 0)
    train, _ = lessons.part("train")
    assert lessons.teacher_embeddings(train).shape == (442, 512)
    with raises(DatasetError, "teacher-of-test"):
        lessons.teacher_embeddings(Part("test", (), train.mel[:0], train.labels[:0], ()))
    leaky = material(lessons.dataset, "track-random", 0)
    assert (
        leaky.teacher_embeddings(leaky.part("train")[0]) is None
    )  # it would need clips that stand in the test part


def test_names_of_sets_do_not_depend_on_order():
    assert sha256_of_ids(["b", "a"]) == sha256_of_ids(["a", "b"]) != sha256_of_ids(["ab"])


def test_the_documented_settings_divide_a_plain_folder(tmp_path):
    page = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "training.md"
    (block,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "mine.toml").write_text(block, encoding="utf-8")
    for seed in range(10):
        write_song(tmp_path / "music" / ("high", "low")[seed % 2] / f"{seed}.wav", 0.5, seed)
    config = read_config(tmp_path / "mine.toml")
    split = material(read_dataset(tmp_path / "music"), config.protocol, config.seed).split
    assert split.train and split.valid and split.test
