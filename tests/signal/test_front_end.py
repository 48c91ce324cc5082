"""The front end is a value: it survives JSON whole, and two different ones never mix."""

from dataclasses import replace

import pytest

from segue.errors import FrontEndMismatch, ModelError
from segue.signal.front_end import MEL128_V1, FrontEnd


def test_survives_json():
    assert FrontEnd.from_dict(MEL128_V1.to_dict()) == MEL128_V1


def test_unknown_or_missing_fields_are_refused_by_name():
    values = MEL128_V1.to_dict()
    with pytest.raises(ModelError, match="n_mels"):
        FrontEnd.from_dict({k: v for k, v in values.items() if k != "n_mels"})
    with pytest.raises(ModelError, match="colour"):
        FrontEnd.from_dict(values | {"colour": "blue"})


def test_mixing_two_names_both():
    other = replace(MEL128_V1, name="mel64-v0", n_mels=64)
    MEL128_V1.require_same(replace(MEL128_V1))
    with pytest.raises(FrontEndMismatch, match=r"mel128-v1.*mel64-v0"):
        MEL128_V1.require_same(other)


def test_387_picks_are_30_seconds():
    assert MEL128_V1.window_picks * MEL128_V1.pick_s == pytest.approx(30.0, abs=0.03)
