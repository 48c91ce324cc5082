"""A run that is killed goes on where it was, to the very weights it would have had."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")
pytest.importorskip("onnx", reason="training needs the extra 'train' (onnx)")

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from segue.errors import TrainingError
from segue.research.training.checkpoint import RunState, restore, store
from segue.research.training.config import from_mapping
from segue.research.training.export import write_json
from segue.research.training.logging import to_tensorboard
from segue.research.training.material import material
from segue.research.training.plots import draw_curves
from segue.research.training.run import fit_on, train_on
from tests.raising import raises

SEGUE_S = {
    "name": "tiny",
    "epochs": 8,
    "batch_size": 12,
    "teacher_dims": 4,
    "embedding_dims": 8,
    "validate_every": 2,
    "network": {"n_hidden": 16, "trunk_widths": [4, 4, 4, 4, 8], "n_texture": 8},
    "augment": {"crop_frames": 129},
    "outliers": {"n_windows": 0},
}
PAPER = {
    "name": "tiny",
    "architecture": "paper",
    "epochs": 8,
    "batch_size": 64,
    "validate_every": 2,
    "embedding_dims": 8,
    "paper": {"shape_length": 32, "filters": [4, 4], "dropouts": [0.2, 0.2], "dense": 8},
}

KILLED = """
import os, signal, sys, json
import torch
from pathlib import Path
from tests.research.training.test_checkpoint import toy_again
from segue.research.training.config import from_mapping
from segue.research.training.run import fit_on
torch.set_num_threads(1)
def die(epoch):
    print(epoch.epoch, flush=True)
    if epoch.epoch == 5:
        os.kill(os.getpid(), signal.SIGKILL)
fit_on(toy_again(Path(sys.argv[1])), from_mapping(json.loads(sys.argv[2])), Path(sys.argv[3]), progress=die)
"""


def toy_again(folder: Path):
    """The toy dataset of conftest, for another process: its files are on disk, its index is written down."""
    from segue.research.datasets.audio_files import FolderAudio
    from segue.research.datasets.dataset import Dataset
    from segue.research.datasets.index import Track

    rows = json.loads((folder / "index.json").read_text())
    tracks = tuple(Track(i, label, artist=a, splits=(("fault-filtered", p),)) for i, label, a, p in rows)
    classes = tuple(sorted({t.label for t in tracks}))
    archive = folder / "mel128x387_uint8.npz"
    return material(
        Dataset("toy", folder, tracks, classes, FolderAudio(folder), "", "", archive=archive),
        "fault-filtered",
        0,
    )


@pytest.fixture
def written(toy):
    """The toy's folder, with its index."""
    rows = [(t.track_id, t.label, t.artist, t.part_of("fault-filtered")) for t in toy.tracks]
    (toy.root / "index.json").write_text(json.dumps(rows))
    return toy.root


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run_and_kill(folder: Path, settings: dict, out: Path) -> subprocess.CompletedProcess:
    root = Path(__file__).resolve().parents[3]
    path = os.pathsep.join([str(root), str(root / "src")])
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), json.dumps(settings), str(out)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("settings", [SEGUE_S, PAPER], ids=["segue-s", "paper"])
def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(written, settings, tmp_path):
    config, lessons = from_mapping(settings), toy_again(written)
    whole = fit_on(lessons, config, tmp_path / "whole", progress=lambda epoch: None)

    died = run_and_kill(written, settings, tmp_path / "killed")
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert died.stdout.split() == ["1", "2", "3", "4", "5"]
    seen = []
    resumed = fit_on(lessons, config, tmp_path / "killed", progress=lambda epoch: seen.append(epoch.epoch))

    assert seen == [6, 7, 8]
    for name, weight in whole.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], weight, rtol=0, atol=0, msg=name)
    lines = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("whole", "killed")]
    assert lines[0] == lines[1] and len(lines[0].splitlines()) == 8


def test_a_kill_while_files_are_written_loses_at_most_an_epoch(written, tmp_path):
    settings = {**PAPER, "epochs": 400, "validate_every": 1}
    root = Path(__file__).resolve().parents[3]
    code = KILLED.replace("epoch.epoch == 5", "False")
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(written), json.dumps(settings), str(tmp_path / "run")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "src")])},
        stdout=subprocess.PIPE,
        text=True,
    )
    for _ in range(3):
        process.stdout.readline()
    time.sleep(0.05)  # anywhere in an epoch
    process.kill()
    reached = [int(line) for line in process.communicate()[0].split()]
    last = max([3, *reached])
    seen = []
    shorter = from_mapping({**settings, "epochs": last + 2})
    with raises(TrainingError, "run-in-the-way"):
        fit_on(toy_again(written), shorter, tmp_path / "run")  # other settings are another run
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    (tmp_path / "run" / "config.json").write_text(json.dumps(config | {"epochs": last + 2}))
    fit_on(toy_again(written), shorter, tmp_path / "run", progress=lambda epoch: seen.append(epoch.epoch))
    assert seen[0] in (last + 1, last + 2) and seen[-1] == last + 2
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, last + 3))


def test_a_damaged_checkpoint_is_named(written, tmp_path):
    config = from_mapping(PAPER)
    fit_on(toy_again(written), config, tmp_path / "run", progress=lambda epoch: None)
    whole = (tmp_path / "run" / "resume.safetensors").read_bytes()
    (tmp_path / "run" / "resume.safetensors").write_bytes(whole[: len(whole) // 2])
    with raises(TrainingError, "run-damaged"):
        fit_on(toy_again(written), config, tmp_path / "run")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b"[]"),
        ("split.json", b"\xff"),
        ("metrics.jsonl", b"\xff\n"),
        ("metrics.jsonl", b"{\n"),
    ],
)
def test_a_damaged_file_of_the_run_is_named(written, tmp_path, name, content):
    config = from_mapping({**PAPER, "epochs": 1})
    fit_on(toy_again(written), config, tmp_path / "run", progress=lambda epoch: None)
    (tmp_path / "run" / name).write_bytes(content)
    with raises(TrainingError, "run-damaged"):
        fit_on(toy_again(written), config, tmp_path / "run", progress=lambda epoch: None)


def test_records_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "config.json"
    write_json(path, {"name": "first"})
    held = path.open(encoding="utf-8")  # whoever reads while the next is written goes on reading this one
    write_json(path, {"name": "second"})
    with held:
        assert json.load(held) == {"name": "first"}
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "second"}
    assert [found.name for found in tmp_path.iterdir()] == ["config.json"]


def test_patience_ends_a_run_at_its_best(written, tmp_path):
    config = from_mapping({**PAPER, "epochs": 60, "validate_every": 1, "patience": 2, "learning_rate": 0.02})
    seen = []
    trained = fit_on(toy_again(written), config, tmp_path / "run", progress=seen.append)
    losses = [epoch.valid["nll"] for epoch in seen]
    assert len(losses) < 60 and losses.index(min(losses)) == len(losses) - 3
    best = load_file(tmp_path / "run" / "best.safetensors")
    for name, weight in trained.network.state_dict().items():
        torch.testing.assert_close(weight, best[name], rtol=0, atol=0, msg=name)


def test_a_finished_run_is_not_trained_again(written, tmp_path):
    config = from_mapping({**PAPER, "epochs": 2})
    train_on(toy_again(written), config, tmp_path / "run", progress=lambda epoch: None)
    with raises(TrainingError, "run-in-the-way"):
        train_on(toy_again(written), config, tmp_path / "run", progress=lambda epoch: None)


def test_curves_are_drawn_from_the_metrics(written, tmp_path):
    pytest.importorskip("matplotlib", reason="curves need the extra 'plots' (matplotlib)")
    for name, settings in (("a", {**PAPER, "epochs": 2}), ("b", {**SEGUE_S, "epochs": 2})):
        fit_on(toy_again(written), from_mapping(settings), tmp_path / name, progress=lambda epoch: None)
        assert [path.name for path in draw_curves(tmp_path / name)] == ["curves.png", "curves.svg"]
        assert (tmp_path / name / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_tensorboard_gets_every_epoch(written, tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is the extra 'log'")
    with to_tensorboard(tmp_path / "run", 3, True) as progress:
        fit_on(toy_again(written), from_mapping({**PAPER, "epochs": 3}), tmp_path / "run", progress=progress)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [1, 2, 3]
    with to_tensorboard(tmp_path, 3, False) as progress:
        assert progress is None


def test_a_run_on_the_cpu_keeps_the_generators_it_always_kept(written, tmp_path):
    """So checkpoints of earlier versions, which had no others, are read as they were."""
    fit_on(toy_again(written), from_mapping({**PAPER, "epochs": 1}), tmp_path, progress=lambda epoch: None)
    with safe_open(tmp_path / "resume.safetensors", framework="pt") as file:
        kinds = {name.partition(".")[0] for name in file.keys()}
    assert kinds == {"torch", "generator", "network", "optimiser"}


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_dropout_on_a_device_goes_on_after_a_resume(kind, tmp_path):
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there[kind]:
        pytest.skip(f"there is no {kind} here")
    network = torch.nn.Linear(4, 4).to(kind)
    task = SimpleNamespace(
        network=network,
        answer=network,
        optimiser=torch.optim.Adam(network.parameters()),
        schedule=None,
        generators={},
    )
    torch.manual_seed(0)
    torch.rand(8, device=kind)  # an epoch's masks
    store(task, RunState(epoch=1), tmp_path)
    expected = torch.rand(8, device=kind)
    torch.manual_seed(0)
    assert restore(task, tmp_path) == RunState(epoch=1)
    torch.testing.assert_close(torch.rand(8, device=kind), expected, rtol=0, atol=0)


def test_a_loss_without_end_is_null_in_the_metrics(written, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "segue.research.reproduce.network.PaperTask.validate",
        lambda task: {"accuracy": 0.5, "nll": math.inf},
    )
    fit_on(toy_again(written), from_mapping({**PAPER, "epochs": 2}), tmp_path, progress=lambda epoch: None)

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line, parse_constant=refuse)["valid"] for line in lines] == [
        {},
        {"accuracy": 0.5, "nll": None},
    ]
    write_json(tmp_path / "record.json", {"ece": math.nan, "ci95": [0.5, -math.inf]})
    record = json.loads((tmp_path / "record.json").read_text(), parse_constant=refuse)
    assert record == {"ece": None, "ci95": [0.5, None]}
    if find_spec("matplotlib"):
        assert draw_curves(tmp_path)


@pytest.mark.parametrize("where", ["losses", "validate"])
def test_memory_that_runs_out_is_a_sentence(written, tmp_path, monkeypatch, where):
    def too_much(*words):
        torch.empty(1 << 60)  # torch's own refusal, as a batch that does not fit gets it

    monkeypatch.setattr(f"segue.research.reproduce.network.PaperTask.{where}", too_much)
    with raises(TrainingError, "out-of-memory"):
        fit_on(toy_again(written), from_mapping(PAPER), tmp_path / "run", progress=lambda epoch: None)
