"""The front end is a value: it survives JSON whole, and two different ones never mix."""

from dataclasses import replace

import pytest

from segue.errors import FrontEndMismatch, ModelError
from segue.signal.front_end import MEL128_V1, FrontEnd
from tests.raising import raises


def test_survives_json():
    assert FrontEnd.from_dict(MEL128_V1.to_dict()) == MEL128_V1


def test_unknown_or_missing_fields_are_refused_by_name():
    values = MEL128_V1.to_dict()
    with raises(ModelError, "model-passport") as caught:
        FrontEnd.from_dict({k: v for k, v in values.items() if k != "n_mels"})
    assert "n_mels" in str(caught.value)
    with raises(ModelError, "model-passport") as caught:
        FrontEnd.from_dict(values | {"colour": "blue"})
    assert "colour" in str(caught.value)


def test_mixing_two_names_both():
    other = replace(MEL128_V1, name="mel64-v0", n_mels=64)
    MEL128_V1.require_same(replace(MEL128_V1))
    with raises(FrontEndMismatch, "front-end-mismatch") as caught:
        MEL128_V1.require_same(other)
    assert "mel128-v1" in str(caught.value) and "mel64-v0" in str(caught.value)


def test_387_picks_are_30_seconds():
    assert MEL128_V1.window_picks * MEL128_V1.pick_s == pytest.approx(30.0, abs=0.03)
