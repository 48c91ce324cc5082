"""Settings: what is read is what was written, and nothing misspelt passes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from segue.errors import TrainingError
from segue.research.training.config import from_mapping, read_config
from tests.raising import raises

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"


def test_settings_survive_their_own_dictionary():
    config = from_mapping({"seed": 0, "epochs": 3, "network": {"n_hidden": 8}, "augment": {"gain": 0}})
    assert (config.seed, config.epochs, config.network.n_hidden, config.augment.gain) == (0, 3, 8, 0.0)
    assert from_mapping(config.to_dict()) == config


def test_the_shipped_experiment_spells_out_every_setting_that_differs():
    config = read_config(EXPERIMENTS / "segue-s.toml")
    assert config.name == "segue-s-v1"


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({"epochs": "3"}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"epochs": 0}, "epochs"),
        ({"network": 3}, "network"),
        ({"network": {"trunk_widths": [1.5]}}, "network.trunk_widths"),
        ({"soft_weight": 1.5}, "soft_weight"),
        ({"augment": {"crop_frames": 10}}, "augment.crop_frames"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": math.inf}, "learning_rate"),
        ({"weight_decay": -0.1}, "weight_decay"),
        ({"outliers": {"weight": math.nan}}, "outliers.weight"),
        ({"outliers": {"speech": "maybe"}}, "outliers.speech"),
        ({"label_smoothing": 3.0}, "label_smoothing"),
        ({"label_smoothing": 1.0}, "label_smoothing"),
        ({"network": {"dropout": 2.0}}, "network.dropout"),
        ({"network": {"stride": 0}}, "network.stride"),
        ({"network": {"context": 0}}, "network.context"),
        ({"network": {"context": 96}}, "network.context"),
        ({"network": {"trunk_widths": [4]}}, "network.trunk_widths"),
        ({"network": {"trunk_widths": [4, 4, 0, 4, 4]}}, "network.trunk_widths"),
        ({"augment": {"mixup_alpha": 0.0}}, "augment.mixup_alpha"),
        ({"paper": {"dense": 0}}, "paper.dense"),
        ({"paper": {"dense_dropout": 3.0}}, "paper.dense_dropout"),
        ({"paper": {"dropouts": [2.0, 0.1, 0.1, 0.1, 0.1]}}, "paper.dropouts"),
        ({"paper": {"filters": [0, 4, 4, 4, 4]}}, "paper.filters"),
        ({"paper": {"filters": [], "dropouts": []}}, "paper.filters"),
        ({"paper": {"filters": [4]}}, "paper"),
        ({"paper": {"shape_length": 16}}, "paper"),
        ({"name": "../x"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "config"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": ".hidden"}, "name"),
        ({"name": "a\n"}, "name"),
        ({"device": "tpu"}, "device"),
        ({"architecture": "x"}, "architecture"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(values, setting):
    with raises(TrainingError, "bad-setting") as raised:
        from_mapping(values)
    assert f" {setting} " in str(raised.value), raised.value


@pytest.mark.parametrize("values", [{"epoch": 3}, {"network": {"width": 3}}])
def test_a_setting_that_is_none_is_refused(values):
    with raises(TrainingError, "unknown-setting"):
        from_mapping(values)


def test_unreadable_files_are_errors(tmp_path):
    with raises(TrainingError, "not-readable"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("epochs = = 3")
    with raises(TrainingError, "not-toml"):
        read_config(tmp_path / "bad.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with raises(TrainingError, "not-utf-8"):
        read_config(tmp_path / "latin.toml")
    (tmp_path / "preset.toml").write_text('preset = "best"')
    with raises(TrainingError, "unknown-preset"):
        read_config(tmp_path / "preset.toml")


def test_settings_at_the_edge_of_the_possible_pass():
    config = from_mapping(
        {
            "name": "Été_2.1-b",
            "weight_decay": 0,
            "network": {"dropout": 0, "context": 1},
            "augment": {"mixup_share": 1},
            "outliers": {"per_batch": 0},
        }
    )
    assert from_mapping(config.to_dict()) == config


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_experiment_is_possible(path):
    read_config(path)
