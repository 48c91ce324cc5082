"""Training end to end on a toy dataset: what lands in the folder, that it works, and that it repeats."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")
pytest.importorskip("onnx", reason="training needs the extra 'train' (onnx)")

import torch

from segue.errors import TrainingError
from segue.model.network import Network
from segue.research.datasets.index import sha256_of_ids
from segue.research.datasets.leaks import find_leaks
from segue.research.datasets.registry import read_dataset
from segue.research.training.architectures import task_of
from segue.research.training.config import from_mapping
from segue.research.training.material import material
from segue.research.training.run import _with_artists_elsewhere, train_on
from tests.raising import raises

TINY = from_mapping(
    {
        "name": "tiny",
        "epochs": 6,
        "batch_size": 12,
        "ema_decay": 0.8,
        "weight_decay": 0.1,
        "teacher_dims": 4,
        "embedding_dims": 8,
        "network": {"n_hidden": 16, "trunk_widths": [4, 4, 4, 4, 8], "n_texture": 8},
        "augment": {"crop_frames": 129, "mixup_share": 0.3},
        "outliers": {"n_windows": 0},
    }
)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def lessons(toy):
    return material(toy, "fault-filtered", 0)


@pytest.fixture(scope="module")
def run(lessons, tmp_path_factory):
    out_dir = tmp_path_factory.mktemp("runs") / "tiny"
    seen = []
    return train_on(lessons, TINY, out_dir, progress=seen.append, score_test=True), out_dir, seen


def metrics(out_dir: Path) -> list[dict]:
    return [json.loads(line) for line in (out_dir / "metrics.jsonl").read_text().splitlines()]


def test_the_run_folder_tells_the_whole_story(run):
    result, out_dir, seen = run
    assert {path.name for path in out_dir.iterdir()} == {
        "config.json", "split.json", "metrics.jsonl", "last.safetensors", "best.safetensors",
        "resume.safetensors", "tiny.onnx", "tiny.json",
    }  # fmt: skip
    assert from_mapping(json.loads((out_dir / "config.json").read_text())) == TINY
    assert (
        [line["epoch"] for line in metrics(out_dir)] == [1, 2, 3, 4, 5, 6] == [epoch.epoch for epoch in seen]
    )
    assert metrics(out_dir)[-1]["valid"]["accuracy"] > 0.5
    assert result.model == out_dir / "tiny.onnx"


def test_it_learns_what_is_plain_to_tell_apart(run):
    result, out_dir, _ = run
    assert result.validation.n == 12 and result.test.n == 12
    assert result.validation.accuracy >= 0.75
    assert metrics(out_dir)[-1]["losses"]["label"] < metrics(out_dir)[0]["losses"]["label"]


def test_the_passport_fits_the_file_and_the_data(run, lessons):
    result, _, _ = run
    passport = json.loads(result.passport.read_text())
    assert passport["sha256"] == hashlib.sha256(result.model.read_bytes()).hexdigest()
    assert passport["trained_on"]["split"] == "fault-filtered"
    assert passport["trained_on"]["ids_sha256"] == sha256_of_ids(lessons.ids_of("train"))
    assert passport["scores"]["validation"]["accuracy"] == result.validation.accuracy
    assert passport["scores"]["test"]["accuracy"] == result.test.accuracy
    assert len(passport["embedding"]["mean"]) == len(passport["embedding"]["std"]) == 8


def test_the_product_can_load_and_run_it(run, lessons):
    result, _, _ = run
    network = Network(result.model)
    for n_frames in (20, 65, 387, 450):
        heard = network(np.random.default_rng(0).random((128, n_frames), dtype=np.float32))
        assert heard.logits.shape[1] == 3 and heard.embedding.shape == (8,)
    clips, _ = lessons.part("train")
    units = np.stack(
        [network.unit_embedding(network(m / np.float32(255)).embedding[None]) for m in clips.mel]
    )
    np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1.0, rtol=1e-5)
    nearest = (units @ units.T - 2 * np.eye(len(units))).argmax(axis=1)
    assert (clips.labels[nearest] == clips.labels).mean() > 0.8


def test_equal_seeds_give_equal_runs_and_other_seeds_others(lessons, tmp_path):
    short = from_mapping(TINY.to_dict() | {"epochs": 2})
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train_on(lessons, replace(short, seed=seed), tmp_path / name, progress=lambda epoch: None)
    assert metrics(tmp_path / "a") == metrics(tmp_path / "b")
    assert metrics(tmp_path / "a") != metrics(tmp_path / "c")
    assert (tmp_path / "a" / "tiny.onnx").read_bytes() == (tmp_path / "b" / "tiny.onnx").read_bytes()


def test_a_loss_that_is_no_number_ends_training_with_a_sentence(lessons, tmp_path):
    wild = from_mapping(TINY.to_dict() | {"learning_rate": 1e30})
    with raises(TrainingError, "loss-diverged"):
        train_on(lessons, wild, tmp_path / "wild", progress=lambda epoch: None)


def test_a_folder_with_a_run_in_it_is_left_alone(run, lessons):
    _, out_dir, _ = run
    before = {path.name: path.stat().st_mtime_ns for path in out_dir.iterdir()}
    with raises(TrainingError, "run-in-the-way"):
        train_on(lessons, TINY, out_dir)
    assert before == {path.name: path.stat().st_mtime_ns for path in out_dir.iterdir()}


def test_no_test_clip_and_no_excluded_copy_enters_training(shared_dir):
    dataset = read_dataset("gtzan", shared_dir / "data" / "gtzan")
    lessons = material(dataset, "fault-filtered", 0)
    task, trained = task_of(lessons, TINY, torch.device("cpu"))
    with np.load(shared_dir / "data" / "gtzan" / "mel128x387_uint8.npz") as archive:
        content = dict(zip((str(i) for i in archive["track_id"]), archive["mel"], strict=True))
    published = {t.track_id: t.part_of("fault-filtered") for t in dataset.tracks}
    forbidden = {content[i].tobytes() for i, part in published.items() if part == "test"}
    looked_at = {clip.tobytes() for clip in (*trained.train.mel, *trained.valid.mel)}
    assert not forbidden & looked_at
    assert {published[i] for i in trained.train.ids} == {"train"}
    assert len(trained.train.ids) == 442 and len(trained.valid.ids) == 197
    assert [failure.path for failure in trained.failures] == ["jazz.00054"]
    assert task._teacher.shape == (442, 4)
    np.testing.assert_allclose(task._targets.sum(dim=1), 1.0, rtol=1e-5)


def test_a_record_shared_with_an_artist_of_training_is_no_stranger(toy):
    """As leaks are found, and as the interval's clusters are made."""
    artists = {"high.test.00": "Lauryn", "high.test.01": "Lauryn; Bob", "high.train.00": "The BOB"}
    tracks = tuple(replace(track, artist=artists.get(track.track_id, track.artist)) for track in toy.tracks)
    lessons = material(replace(toy, tracks=tracks), "fault-filtered", 0)
    part, _ = lessons.part("test")
    assert _with_artists_elsewhere(lessons, part) == {"high.test.01"}
    leaks = find_leaks(tracks, lessons.split)
    assert leaks.tracks == ("high.test.01",)
    group_of = dict(zip(part.ids, part.groups, strict=True))
    assert group_of["high.test.00"] == group_of["high.test.01"] == "Lauryn"


def test_sounds_of_no_genre_are_counted_on_stderr_while_they_are_made(lessons, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)  # a bar is drawn on a terminal alone
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    config = from_mapping(
        TINY.to_dict() | {"epochs": 1, "outliers": {"n_windows": 3, "speech": "where-there"}}
    )
    train_on(lessons, config, tmp_path / "shown", progress=lambda epoch: None)
    assert "making sounds of no genre" in capfd.readouterr().err
    train_on(lessons, config, tmp_path / "quiet", progress=lambda epoch: None, shown=False)
    assert "making sounds" not in capfd.readouterr().err
    models = [(tmp_path / name / "tiny.onnx").read_bytes() for name in ("shown", "quiet")]
    assert models[0] == models[1]
