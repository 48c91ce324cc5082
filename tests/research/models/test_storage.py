"""Folders that hold no model, half a model or a damaged one."""

from __future__ import annotations

import json

import pytest

from segue.errors import ModelError
from segue.research.models.storage import load, save
from tests.raising import raises
from tests.recommend.models.worlds import fit, two_tastes


@pytest.fixture
def folder(tmp_path):
    save(fit("itemknn", two_tastes()[0]), tmp_path / "m")
    return tmp_path / "m"


def test_nothing_there(tmp_path):
    with raises(ModelError, "model-missing"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["model.json", "arrays.npz"])
@pytest.mark.parametrize("n_bytes", [0, 1, 60, 100])
def test_cut_off_anywhere(folder, name, n_bytes):
    (folder / name).write_bytes((folder / name).read_bytes()[:n_bytes])
    with raises(ModelError, "model-damaged"):
        load(folder)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("format", 99, "model-of-other-version"),
        ("scorer", "os", "model-damaged"),
        ("settings", None, "model-damaged"),
    ],
)
def test_a_document_that_is_no_models(folder, key, value, code):
    document = json.loads((folder / "model.json").read_text())
    document[key] = value
    (folder / "model.json").write_text(json.dumps(document))
    with raises(ModelError, code):
        load(folder)


def test_arrays_without_a_document_are_not_a_model(folder):
    (folder / "model.json").unlink()
    with raises(ModelError, "model-missing"):
        load(folder)


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with raises(ModelError, "model-not-written"):
        save(fit("popularity", two_tastes()[0]), tmp_path / "file" / "m")
