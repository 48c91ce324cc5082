"""The shipped model's answers about the test part, kept so that nobody need ask again, are those its report has."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "docs" / "results"


def script():
    spec = importlib.util.spec_from_file_location("model_v1_clips", ROOT / "experiments/model_v1_clips.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_their_confusion_is_the_reported_one():
    said = json.loads((RESULTS / "model-v1-clips.json").read_text(encoding="utf-8"))
    report = json.loads((RESULTS / "model-v1.json").read_text(encoding="utf-8"))
    table = np.zeros((10, 10), dtype=int)
    for one in said["clips"].values():
        table[said["classes"].index(one["genre"]), int(np.argmax(one["probabilities"]))] += 1
    (shipped,) = [seed for seed in report["seeds"] if seed["seed"] == report["shipped_seed"]]
    assert table.tolist() == shipped["test"]["confusion"]


def test_what_a_seed_can_have_had_right_without_some_clips():
    """Of genre a three of three are right, of b one of two, of c none of one."""
    scores = {
        "n": 6,
        "recall": {"a": 1.0, "b": 0.5, "c": 0.0},
        "confusion": [[3, 0, 0], [1, 1, 0], [1, 0, 0]],
    }
    report = {"seeds": [{"test_without_shared_artists": scores}]}
    bounds = script().seeds_without
    assert bounds(report, ["a.1", "a.2"]) == [(2, 2, 4)]
    assert bounds(report, ["b.1"]) == [(3, 4, 5)]
    assert bounds(report, ["b.1", "b.2", "c.1"]) == [(3, 3, 3)]
