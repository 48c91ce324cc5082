"""Tables of measures: which columns there are, and where intervals stand."""

from __future__ import annotations

import re

import pytest

from segue.report.recommenders import COLUMNS, columns_of, intervals_figure, measures_table
from tests.research.compare.reports import row_of

ROWS = [
    row_of("ease", {"recall@20": 0.25, "ndcg@10": 0.2}, 0.01),
    row_of("content", {"recall@20": 0.5, "diversity@20": 0.456}, 0.02),
]


def test_columns_that_no_row_has_a_value_of_are_left_out():
    measures = [column.measure for column in COLUMNS]
    found = [column.measure for column in columns_of(ROWS, measures)]
    assert found == ["recall@20", "ndcg@10", "diversity@20"]
    assert [column.measure for column in columns_of(ROWS, ["ndcg@10"])] == ["ndcg@10"]


def test_an_interval_stands_beside_its_measure_and_what_is_missing_is_a_hyphen():
    table = measures_table(ROWS, ["ndcg@10", "recall@20", "diversity@20"], ["recall@20"])
    assert table.heading == ("model", "Recall@20", "95 %", "NDCG@10", "diversity")
    assert table.rows == (
        ("ease", "0.250", "0.240 to 0.260", "0.200", "-"),
        ("content", "0.500", "0.480 to 0.520", "-", "0.46"),
    )
    assert len(table.notes) == 3 and table.notes[0].startswith("Recall@20: ")


def test_intervals_are_drawn_best_on_top():
    pytest.importorskip("matplotlib", reason="figures need the extra 'plots'")
    svg = intervals_figure(ROWS[::-1], "recall@20").svg
    height = {name: float(y) for y, name in re.findall(r'y="([\d.]+)"[^>]*>(ease|content)</text>', svg)}
    assert height["content"] < height["ease"]
