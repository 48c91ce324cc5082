"""Measurements on disk: read back as they were, and never taken for those of another search, version or file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from segue import __version__
from segue.grading.measure import Measured
from segue.grading.store import Made, Results

SEARCH = ({"l2": 100.0}, {"l2": 200.0})
MADE = Made(SEARCH, SEARCH[1], (0.1, 0.2), 1.5, 0.5, 0.25)
MEASURED = Measured(
    np.array([0, 2]), {"ndcg@10": np.array([0.5, np.nan])}, {"coverage@20": 0.75}, np.array([[1, 2], [3, -1]])
)


def same(one: Measured, other: Measured) -> bool:
    arrays = [(one.users, other.users), (one.lists, other.lists)]
    arrays += [(one.per_user[name], other.per_user[name]) for name in one.per_user]
    return one.overall == other.overall and all(np.array_equal(a, b, equal_nan=True) for a, b in arrays)


def test_what_was_saved_is_loaded(tmp_path):
    results = Results(tmp_path, "abc")
    assert results.load("warm", 0, "ease", SEARCH) is None
    results.save("warm", 0, "ease:shuffled", MEASURED, MADE)
    measured, made = results.load("warm", 0, "ease:shuffled", SEARCH)
    assert same(measured, MEASURED) and made == MADE
    for other in (("cold", 0, "ease:shuffled"), ("warm", 1, "ease:shuffled"), ("warm", 0, "ease")):
        assert results.load(*other, SEARCH) is None
    assert Results(tmp_path, "of other data").load("warm", 0, "ease:shuffled", SEARCH) is None
    assert results.load("warm", 0, "ease:shuffled", SEARCH[:1]) is None, "another search"


def test_a_file_of_the_first_version_is_read(tmp_path):
    """Written by hand as version 0.1.0 wrote it, before results had types; the very first had no version in them."""
    made = {
        "search": [{"l2": 100.0}, {"l2": 200.0}],
        "settings": {"l2": 200.0},
        "tried": [0.1, 0.2],
        "tuning_cpu_s": 1.5,
        "fit_cpu_s": 0.5,
        "measure_cpu_s": 0.25,
        "overall": {"coverage@20": 0.75},
    }
    folder = tmp_path / "abc" / "warm" / "seed-0"
    folder.mkdir(parents=True)
    for number, more in enumerate(({}, {"segue": __version__})):
        np.savez_compressed(
            folder / f"ease{number}.npz",
            users=MEASURED.users,
            lists=MEASURED.lists,
            made=np.array(json.dumps(made | more)),
            **{"user.ndcg@10": MEASURED.per_user["ndcg@10"]},
        )
        measured, how = Results(tmp_path, "abc").load("warm", 0, f"ease{number}", SEARCH)
        assert same(measured, MEASURED) and how == MADE


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "other keys", "other version"])
def test_a_file_that_cannot_be_used_is_none(tmp_path, damage):
    results = Results(tmp_path, "abc")
    results.save("warm", 0, "ease", MEASURED, MADE)
    (path,) = tmp_path.rglob("*.npz")
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "text":
        path.write_text("no results")
    elif damage == "other keys":
        np.savez_compressed(path, made=np.array("{}"))
    else:
        with np.load(path) as held:
            arrays = dict(held)
        made = json.loads(str(arrays["made"])) | {"segue": "0.0.1"}
        np.savez_compressed(path, **arrays | {"made": np.array(json.dumps(made))})
    assert results.load("warm", 0, "ease", SEARCH) is None
