"""Loading a model: whole, damaged, mismatched; what it hears whatever the length."""

import json
import shutil

import numpy as np
import pytest

from segue.errors import ModelError
from segue.model.network import MIN_PICKS, Network, shipped_model
from segue.model.passport import read_passport
from tests.raising import raises


@pytest.fixture
def model(tmp_path):
    """A copy of the shipped model that a test may spoil."""
    for suffix in (".onnx", ".json"):
        shutil.copy(shipped_model().with_suffix(suffix), tmp_path / f"copy{suffix}")
    return tmp_path / "copy.onnx"


def rewrite(model, **changes):
    path = model.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("n_picks", [1, 10, MIN_PICKS, 387, 480])
def test_hears_windows_of_any_length(n_picks):
    network = Network(shipped_model())
    heard = network(np.random.default_rng(0).random((128, n_picks), dtype=np.float32))
    assert heard.logits.ndim == 2 and heard.logits.shape[1] == len(network.passport.classes) == 10
    assert heard.embedding.shape == (network.passport.dim,) and network.passport.dim <= 256
    assert np.isfinite(heard.logits).all() and np.isfinite(heard.embedding).all()


def test_embeddings_come_out_standardised_and_of_unit_length():
    network = Network(shipped_model())
    mean, std = network.passport.embedding_mean, network.passport.embedding_std
    step = np.zeros_like(mean)
    step[3] = 2.0
    unit = network.unit_embedding((mean + step * std)[None])
    np.testing.assert_allclose(unit, np.eye(len(mean))[3], atol=1e-4)
    assert not network.unit_embedding(mean[None]).any()


def test_the_shipped_model_is_small_and_says_what_it_is():
    passport = read_passport(shipped_model().with_suffix(".json"))
    assert shipped_model().stat().st_size <= 8_000_000
    assert {"trained_on", "seed", "git_revision", "scores", "licence", "date"} <= set(passport.record)
    assert passport.model.startswith(f"{passport.name}@")


def test_other_weights_under_the_same_name_are_another_model(model):
    before = read_passport(model.with_suffix(".json")).model
    rewrite(model, sha256="0" * 64)
    assert read_passport(model.with_suffix(".json")).model != before


def test_a_missing_model_or_passport(model):
    with raises(ModelError, "model-missing"):
        Network(model.with_name("none.onnx"))
    model.with_suffix(".json").unlink()
    with raises(ModelError, "passport-missing"):
        Network(model)


def test_a_model_that_is_not_the_passports(model):
    model.write_bytes(model.read_bytes() + b"x")
    with raises(ModelError, "model-changed"):
        Network(model)


def test_a_file_that_is_no_network(model):
    import hashlib

    model.write_bytes(b"no network at all")
    rewrite(model, sha256=hashlib.sha256(model.read_bytes()).hexdigest())
    with raises(ModelError, "model-not-loadable"):
        Network(model).warm_up()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"embedding": {}}, "model-passport"),
        ({"temperature": "warm"}, "model-passport"),
        ({"temperature": 0}, "model-passport"),
        ({"front_end": {"name": "x"}}, "model-passport"),
        ({"embedding": {"mean": [0.0, 1.0], "std": [1.0]}}, "model-passport"),
        ({"embedding": {"mean": [0.0], "std": [0.0]}}, "model-passport"),
    ],
)
def test_a_passport_that_makes_no_sense(model, change, code):
    rewrite(model, **change)
    with raises(ModelError, code):
        Network(model)


@pytest.mark.parametrize("change", [{"classes": ["a", "b"]}, {"embedding": {"mean": [0.0], "std": [1.0]}}])
def test_a_passport_of_another_shape_than_the_network(model, change):
    rewrite(model, **change)
    with raises(ModelError, "model-outputs-differ"):
        Network(model).warm_up()


def test_a_passport_that_is_no_json(model):
    model.with_suffix(".json").write_text("{")
    with raises(ModelError, "model-passport"):
        Network(model)
