"""A search of many settings: within ranges, the same draws again, never on the users who give the figures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from segue.errors import DatasetError
from segue.grading.holdout import hold_out
from segue.grading.run import compare
from segue.grading.trials import TUNING_SEED, Tried, drawn, set_apart, value_in
from segue.recommend.models.contract import Range
from segue.research.models.registry import MODELS
from tests.grading.test_holdout import random_set
from tests.raising import raises


@pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if kind.ranges])
def test_draws_lie_in_declared_ranges_and_longer_searches_begin_with_shorter_ones(name):
    kind = MODELS[name]
    settings = drawn(kind, 30)
    assert len(settings) == 30 and settings[: len(kind.search)] == kind.search
    assert drawn(kind, 7) == settings[:7]
    assert {one.name for one in kind.ranges} <= set(kind.defaults)
    for one in kind.ranges:
        values = [drawn_one[one.name] for drawn_one in settings[len(kind.search) :]]
        assert len(set(values)) > 1
        if one.values:
            assert set(values) <= set(one.values)
        else:
            assert one.low <= min(values) <= max(values) <= one.high
            assert {type(value) for value in values} == {type(one.low)}
        own = [point[one.name] for point in kind.search]
        inside = one.values or (one.low, one.high)
        assert min(inside) <= min(own) <= max(own) <= max(inside), (
            f"{one.name}: the kind's own lie in its range"
        )


def test_every_kind_with_settings_to_choose_has_ranges():
    assert not [kind.name for kind in MODELS.values() if len(kind.search) > 1 and not kind.ranges]


def test_a_logarithmic_range_is_even_in_its_logarithm():
    one = Range("l2", 1.0, 100.0, log=True)
    assert [value_in(one, place) for place in (0.0, 0.25, 0.5)] == [1.0, 3.162, 10.0]
    assert value_in(Range("k", 10, 20), 0.26) == 13
    assert [value_in(Range("d", values=(32, 64)), place) for place in (0.49, 0.5)] == [32, 64]


def test_whoever_chooses_settings_is_asked_nothing_else(tmp_path):
    data = random_set()
    apart = set_apart(hold_out(data, "warm", TUNING_SEED))
    assert apart.users.sum() == round(0.2 * len(data.user_ids)) and apart.users[apart.tune.users].all()
    found = compare(data, None, "warm", models=["random", "ease"], seeds=(0, 1), trials=5, out=tmp_path)
    for measured in (one for runs in found.measured.values() for one in runs):
        assert len(measured.users) and not apart.users[measured.users].any()
    chosen = {json.dumps(one.settings) for one in found.made["ease"]}
    assert len(chosen) == 1 and [len(one.tried) for one in found.made["ease"]] == [5, 5]
    with raises(DatasetError, "too-few-users"):
        compare(random_set(n_users=1), None, "warm", models=["random"], seeds=(0,), trials=2, out=tmp_path)


def test_the_best_on_validation_data_is_taken_and_nothing_is_tried_twice(tmp_path, monkeypatch):
    data = random_set()
    first = compare(data, None, "warm", models=["ease"], seeds=(0,), trials=3, out=tmp_path)
    made = first.made["ease"][0]
    assert made.settings == made.search[int(np.argmax(made.tried))]
    fitted = []
    from segue.grading import run

    plain = run.fit
    monkeypatch.setattr(run, "fit", lambda *a, **k: fitted.append(a) or plain(*a, **k))
    longer = compare(data, None, "warm", models=["ease"], seeds=(0,), trials=5, out=tmp_path).made["ease"][0]
    assert longer.tried[:3] == made.tried
    assert len(fitted) == 3, "two more settings and the model itself"


def test_a_trial_survives_a_kill_in_the_middle_of_the_next(tmp_path):
    tried = Tried(tmp_path, "ease")
    tried.add({"l2": 1.0}, 0.25, 1.5)
    with (tmp_path / "ease.jsonl").open("a") as file:
        file.write('{"settings": {"l2"')
    again = Tried(tmp_path, "ease")
    assert again.score({"l2": 1.0}) == 0.25 and again.cpu_s({"l2": 1.0}) == 1.5
    again.add({"l2": 2.0}, 0.5, 1.0)
    assert Tried(tmp_path, "ease").score({"l2": 2.0}) == 0.5
    assert Tried(tmp_path, "ease").score({"l2": 3.0}) is None
