"""Settings: what is read is what was written, and nothing misspelt passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.errors import TrainingError
from segue.training.config import from_mapping, read_config

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"


def test_settings_survive_their_own_dictionary():
    config = from_mapping({"seed": 0, "epochs": 3, "network": {"n_hidden": 8}, "augment": {"gain": 0}})
    assert (config.seed, config.epochs, config.network.n_hidden, config.augment.gain) == (0, 3, 8, 0.0)
    assert from_mapping(config.to_dict()) == config


def test_the_shipped_experiment_spells_out_every_setting_that_differs():
    config = read_config(EXPERIMENTS / "segue-s.toml")
    assert config.name == "segue-s-v1"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"epoch": 3}, "no training setting epoch"),
        ({"network": {"width": 3}}, "no training setting network.width"),
        ({"epochs": "3"}, "epochs is '3'"),
        ({"epochs": True}, "epochs is True"),
        ({"epochs": 0}, "at least 1"),
        ({"network": 3}, "network is 3"),
        ({"network": {"trunk_widths": [1.5]}}, "trunk_widths"),
        ({"soft_weight": 1.5}, "between 0 and 1"),
        ({"augment": {"crop_frames": 10}}, "at least 65"),
    ],
)
def test_what_cannot_be_meant_is_refused(values, said):
    with pytest.raises(TrainingError, match=said):
        from_mapping(values)


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(TrainingError, match="cannot be read"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("epochs = = 3")
    with pytest.raises(TrainingError, match="not TOML"):
        read_config(tmp_path / "bad.toml")
