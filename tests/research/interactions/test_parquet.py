"""Parquet in batches: what the file holds, and one sentence for a damaged one."""

from __future__ import annotations

import sys

import polars as pl
import pytest

from segue.errors import DatasetError, MissingExtra
from segue.research.interactions.batches import parquet_batches, parquet_columns
from tests.raising import raises


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "x.parquet"
    frame = pl.DataFrame({"user": [3, 1, 2], "item": ["a", None, "c"], "embed": [[1.0], [2.0, 3.0], []]})
    frame.write_parquet(path)
    return path


def test_batches_hold_what_was_asked_for_in_order(written):
    assert parquet_columns(written) == ["user", "item", "embed"]
    batches = list(parquet_batches(written, ["item", "user"], batch_rows=2))
    assert [len(batch) for batch in batches] == [2, 1]
    whole = pl.concat(batches)
    assert whole["user"].to_list() == [3, 1, 2]
    assert whole["item"].to_list() == ["a", None, "c"]
    assert "embed" not in whole.columns


def test_every_byte_may_be_wrong(written):
    whole = written.read_bytes()
    outcomes = {"read": 0, "refused": 0}
    for place in range(0, len(whole), 2):
        for wrong in (0x01, 0xFF):
            written.write_bytes(whole[:place] + bytes([whole[place] ^ wrong]) + whole[place + 1 :])
            try:
                columns = parquet_columns(written)
                for _ in parquet_batches(written, [name for name in ("user", "item") if name in columns]):
                    pass
                outcomes["read"] += 1
            except DatasetError as error:
                assert str(error).endswith(".") and "\n" not in str(error)
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 100, outcomes


def test_without_pyarrow_one_sentence_says_what_to_install(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with raises(MissingExtra, "missing-pyarrow"):
        parquet_columns(written)
