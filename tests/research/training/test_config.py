"""Settings: what is read is what was written, and nothing misspelt passes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from segue.errors import TrainingError
from segue.research.training.config import from_mapping, read_config

EXPERIMENTS = Path(__file__).resolve().parents[3] / "experiments"


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
        ({"learning_rate": math.nan}, r"learning_rate is nan; it must be a number above 0, such as 0\.002\."),
        ({"learning_rate": -1}, r"learning_rate is -1\.0; it must be a number above 0"),
        ({"learning_rate": math.inf}, "a number above 0"),
        ({"weight_decay": -0.1}, "a number of at least 0"),
        ({"outliers": {"weight": math.nan}}, r"outliers\.weight is nan; it must be a number of at least 0"),
        ({"label_smoothing": 3.0}, "and below 1"),
        ({"network": {"dropout": 2.0}}, r"network\.dropout is 2\.0; it must be a share"),
        ({"network": {"stride": 0}}, r"network\.stride is 0; it must be 16"),
        ({"network": {"context": 0}}, r"network\.context is 0; it must be odd"),
        ({"network": {"trunk_widths": [4]}}, r"trunk_widths is \[4\]; it must have 5 values"),
        ({"network": {"trunk_widths": [4, 4, 0, 4, 4]}}, "each of them must be at least 1"),
        ({"augment": {"mixup_alpha": 0.0}}, r"augment\.mixup_alpha is 0\.0; it must be a number above 0"),
        ({"paper": {"dense": 0}}, r"paper\.dense is 0; it must be at least 1"),
        ({"paper": {"dense_dropout": 3.0}}, r"paper\.dense_dropout is 3\.0"),
        (
            {"paper": {"dropouts": [2.0, 0.1, 0.1, 0.1, 0.1]}},
            r"paper\.dropouts .* each of them must be a share",
        ),
        ({"paper": {"filters": [0, 4, 4, 4, 4]}}, r"paper\.filters .* each of them must be at least 1"),
        ({"paper": {"filters": [], "dropouts": []}}, "at least one block"),
        ({"paper": {"filters": [4]}}, "one value each per block"),
        ({"paper": {"shape_length": 16}}, "at least 32"),
        ({"name": "../x"}, r"name is '\.\./x'"),
        ({"name": ""}, "name is ''"),
        ({"name": "config"}, "choose another name"),
        ({"name": "a/b"}, "name is 'a/b'"),
        ({"name": ".hidden"}, "name is '.hidden'"),
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
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(TrainingError, match="not UTF-8"):
        read_config(tmp_path / "latin.toml")


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
