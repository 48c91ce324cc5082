"""The one encoder of JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from segue.encode import document, encode, json_field


@dataclass(frozen=True)
class Inner:
    score: float = json_field(digits=2)
    note: str | None = json_field(omit_empty=True, default=None)


@dataclass(frozen=True)
class Outer:
    path: Path
    inner: tuple[Inner, ...]
    secret: int = json_field(hidden=True, default=1)
    renamed: int = json_field(name="other", default=2)


def test_fields_become_keys_as_told():
    found = document(Outer(Path("a/b"), (Inner(0.126), Inner(1.0, "x"))))
    assert found == {"path": "a/b", "inner": [{"score": 0.13}, {"score": 1.0, "note": "x"}], "other": 2}


def test_numbers_that_json_lacks_are_null():
    assert document([math.nan, math.inf, -math.inf, np.float32(0.5), np.array([1, 2])]) == [
        None,
        None,
        None,
        0.5,
        [1, 2],
    ]


def test_a_type_may_return_another_value():
    class Own:
        def __document__(self):
            return {"as": Inner(0.999)}

    assert document(Own()) == {"as": {"score": 1.0}}


def test_a_type_without_json_is_a_mistake_of_the_program():
    with pytest.raises(TypeError):
        document(object())


def test_names_that_are_no_text_stay_valid_json():
    assert json.loads(encode({"path": "caf\udce9"}))["path"] == "caf\udce9"
    assert "é".encode() in encode({"path": "é"})
