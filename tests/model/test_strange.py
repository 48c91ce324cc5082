"""A stranger's model: numbers out of range, answers that are none, and programs that never end, cost an error each."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from segue.errors import ModelError
from segue.execution.limits import limit_memory
from segue.execution.processes import ProcessExecutor
from segue.model.network import Network, shipped_model
from segue.model.passport import MAX_PASSPORT_BYTES, read_passport
from segue.service.genres import name_genres
from segue.service.info import file_info
from tests.raising import raises
from tests.songs import write_song


def passport_of(weights, **changes):
    """Write the passport of ``weights``: that of the packaged model with changes, ``front_end__x`` within it."""
    record = json.loads(shipped_model().with_suffix(".json").read_text())
    record["sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        if inner:
            record[outer][inner] = value
        else:
            record[outer] = value
    weights.with_suffix(".json").write_text(json.dumps(record))
    return weights


@pytest.fixture
def weights(tmp_path):
    return shutil.copy(shipped_model(), tmp_path / "odd.onnx")


@pytest.mark.parametrize(
    "change",
    [
        *({"front_end__sample_rate_hz": value} for value in (1e9, 10**9, 0, -1, True, "22050", None, 7_999)),
        *({"front_end__n_mels": value} for value in (10**9, 0, 7, 513, 128.0)),
        *({"front_end__n_fft": value} for value in (0, 10**9)),
        *({"front_end__hop": value} for value in (0, -512, 4096)),
        *({"front_end__top_db": value} for value in (float("nan"), float("inf"), 0)),
        {"front_end__power_floor": 0.0},
        {"front_end__f_max_hz": 1e9},
        {"front_end__f_min_hz": 11_025.0},
        {"front_end__window_frames": 10**18},
        {"front_end__window_picks": 1_294},
        {"front_end__mel_scale": "htk"},
        *({"front_end__zero_at": value} for value in ("ceiling", None, [])),
        *({"tags": value} for value in ("rock", [{"name": "a"}], [{"name": "a", "threshold": 0.0}])),
        {"unknown__bias": float("nan")},
        {"unknown__threshold": "x"},
        {"front_end__name": "\x1b[31m"},
        {"front_end": []},
        *({"temperature": value} for value in (float("nan"), float("inf"), -1, 0, "9" * 1000, [])),
        *({"classes": value} for value in ([], "rock", ["a", "a"], ["a" * 101], ["\x1b[31m"], [1], ["a"] * 1001)),
        *({"name": value} for value in ("", 1, "a" * 101, "\x9b31m")),
        {"embedding": {"mean": [float("nan")], "std": [1.0]}},
        {"embedding": {"mean": [0.0], "std": [float("inf")]}},
        {"embedding": {"mean": [], "std": []}},
        {"embedding": []},
        {"sha256": 0},
    ],
    ids=lambda change: str(change)[:60],
)  # fmt: skip
def test_a_number_out_of_range_is_an_error(weights, change):
    with raises(ModelError, "model-passport"):
        read_passport(passport_of(weights, **change).with_suffix(".json"))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[]", "1", "{", '{"a": 1', "\ufeff{}", " " * (MAX_PASSPORT_BYTES + 1)]
)
def test_a_passport_that_is_none_is_an_error(tmp_path, text):
    (tmp_path / "odd.json").write_text(text)
    with raises(ModelError, "model-passport"):
        read_passport(tmp_path / "odd.json")


def network(path, body, dim=96, n_classes=10):
    """Write an ONNX model whose outputs the nodes of ``body`` give, with a passport."""
    onnx = pytest.importorskip("onnx", reason="onnx writes the models of this test")
    h, t = onnx.helper, onnx.TensorProto
    graph = h.make_graph(
        body(h, t),
        "odd",
        [h.make_tensor_value_info("mel", t.FLOAT, [1, 128, None])],
        [
            h.make_tensor_value_info("logits", t.FLOAT, [1, None, n_classes]),
            h.make_tensor_value_info("embedding", t.FLOAT, [1, dim]),
        ],
    )
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    scale = {"mean": [0.0] * dim, "std": [1.0] * dim}
    return passport_of(path, embedding=scale, tags=[], unknown=None)


def constant(h, t, name, values):
    values = np.asarray(values, np.float32)
    tensor = h.make_tensor(name, t.FLOAT, values.shape, values.ravel().tolist())
    return h.make_node("Constant", [], [name], value=tensor)


def answers(logits, embedding):
    return lambda h, t: [constant(h, t, "logits", logits), constant(h, t, "embedding", embedding)]


def endless(h, t):
    """A loop without a limit, whose condition stays true, before the answer."""
    body = h.make_graph(
        [h.make_node("Identity", ["go_in"], ["go"]), h.make_node("Sin", ["x_in"], ["x"])],
        "body",
        [
            h.make_tensor_value_info("i", t.INT64, []),
            h.make_tensor_value_info("go_in", t.BOOL, []),
            h.make_tensor_value_info("x_in", t.FLOAT, None),
        ],
        [h.make_tensor_value_info("go", t.BOOL, []), h.make_tensor_value_info("x", t.FLOAT, None)],
    )
    yes = h.make_node("Constant", [], ["yes"], value=h.make_tensor("yes", t.BOOL, [], [True]))
    size = h.make_node("ReduceMean", ["mel"], ["size"], keepdims=0)
    loop = h.make_node("Loop", ["", "yes", "size"], ["x_end"], body=body)
    zeros = constant(h, t, "zeros", np.zeros((1, 3, 10)))
    add = h.make_node("Add", ["zeros", "x_end"], ["logits"])
    return [yes, size, loop, zeros, add, constant(h, t, "embedding", np.ones((1, 96)))]


@pytest.mark.parametrize(
    ("logits", "embedding"),
    [
        (np.full((1, 3, 10), np.nan), np.ones((1, 96))),
        (np.zeros((1, 3, 10)), np.full((1, 96), np.inf)),
        (np.zeros((1, 0, 10)), np.ones((1, 96))),
    ],
)
def test_answers_that_are_none_are_an_error(tmp_path, logits, embedding):
    path = network(tmp_path / "odd.onnx", answers(logits, embedding))
    with raises(ModelError, "model-output"):
        Network(path)(np.zeros((128, 387), np.float32))
    song = write_song(tmp_path / "a.flac", 3.0, 1)
    with raises(ModelError, "model-output"):
        list(name_genres([str(song)], model=path))


def test_another_model_names_genres_in_a_process_of_its_own(tmp_path, weights):
    song = write_song(tmp_path / "a.flac", 3.0, 1)
    (ours,) = name_genres([str(song)])
    (theirs,) = name_genres([str(song)], model=passport_of(weights))
    assert theirs.analysis.genres == ours.analysis.genres
    assert file_info(str(song), library=str(tmp_path / "none.db"), model=weights).analysis.genres


def test_a_model_that_never_ends_is_an_error(tmp_path, monkeypatch):
    import segue.service.jobs as jobs

    monkeypatch.setattr(jobs, "_MODEL_TIMEOUT_S", 8.0)
    path = network(tmp_path / "odd.onnx", endless)
    song = write_song(tmp_path / "a.flac", 3.0, 1)
    with raises(ModelError, "model-runaway"):
        list(name_genres([str(song)], model=path))


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the worker")
def test_ctrl_c_ends_a_model_that_never_ends(tmp_path):
    path = network(tmp_path / "odd.onnx", endless)
    song = write_song(tmp_path / "a.flac", 3.0, 1)
    words = [sys.executable, "-m", "segue", "genres", "--model", str(path), str(song)]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, env=os.environ.copy())
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and not children.read_text().split():
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130 and b"Traceback" not in err, err


def _take(n_bytes):
    held = limit_memory(2_000_000_000)
    return held, len(np.ones(n_bytes, np.uint8))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_a_worker_is_held_to_its_memory_and_this_process_is_not():
    assert not limit_memory()
    with ProcessExecutor(1) as running:
        (outcome,) = running.map(_take, [4_000_000_000], lambda item: 60.0)
    assert outcome.trouble is not None and outcome.trouble.stage == "killed"
