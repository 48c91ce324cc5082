"""Both indexes find what brute force finds."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.recommend import search
from segue.recommend.search import ExactIndex, FaissIndex, build_index
from tests.recommend.examples import needs_faiss, unit_rows

indexes = pytest.mark.parametrize("make", [ExactIndex, pytest.param(FaissIndex, marks=needs_faiss)])


def brute_force(matrix, query, k):
    scores = matrix.astype(np.float64) @ query
    return np.lexsort((np.arange(len(scores)), -scores))[:k]


@indexes
def test_the_best_rows_with_their_cosines(make):
    matrix = unit_rows(5000, 64)
    index = make(matrix)
    found = 0
    for query in unit_rows(50, 64, seed=1):
        rows, scores = index.search(query, 10)
        assert scores == pytest.approx(matrix[rows] @ query, abs=1e-6)
        assert np.all(np.diff(scores) <= 0)
        found += len(set(rows) & set(brute_force(matrix, query, 10)))
    assert found >= (500 if make is ExactIndex else 499)


@indexes
@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 300), k=st.integers(1, 400), seed=st.integers(0, 10))
def test_any_size_and_any_number(make, n, k, seed):
    matrix = unit_rows(n, 8, seed)
    rows, scores = make(matrix).search(matrix[n // 2], k)
    assert len(rows) == len(scores) == min(n, k)
    assert len(set(rows.tolist())) == len(rows)
    assert rows[0] == n // 2
    assert scores[0] == pytest.approx(1.0, abs=1e-6)
    if k >= n:
        assert sorted(rows.tolist()) == list(range(n))


@indexes
def test_equal_rows_tie_and_come_in_order(make):
    matrix = np.repeat(unit_rows(100, 33), 6, axis=0)
    rows, scores = make(matrix).search(matrix[12], 9)
    assert rows[:6].tolist() == [12, 13, 14, 15, 16, 17]
    assert len(set(scores[:6].tolist())) == 1
    assert rows[6:].tolist() == list(range(rows[6], rows[6] + 3))
    assert rows[6] % 6 == 0


@indexes
def test_no_rows(make):
    rows, scores = make(np.empty((0, 16), np.float32)).search(unit_rows(1)[0], 3)
    assert len(rows) == len(scores) == 0


@indexes
@pytest.mark.parametrize("length", [0.0, 1.1, np.nan])
def test_rows_must_be_of_unit_length(make, length):
    matrix = unit_rows(10)
    matrix[3] *= length
    with pytest.raises(ValueError, match="unit length"):
        make(matrix)


def test_faiss_only_where_it_pays(monkeypatch):
    monkeypatch.setattr(search, "FAISS_FROM_ROWS", 100)
    few, many = unit_rows(99), unit_rows(100)
    often = search.FAISS_FROM_QUERIES
    installed = importlib.util.find_spec("faiss") is not None
    assert type(build_index(many, queries=often)) is (FaissIndex if installed else ExactIndex)
    assert type(build_index(many, queries=often - 1)) is ExactIndex
    assert type(build_index(many)) is ExactIndex
    assert type(build_index(few, queries=often)) is ExactIndex


def test_without_faiss_numpy_answers(monkeypatch):
    monkeypatch.setattr(search, "FAISS_FROM_ROWS", 100)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert type(build_index(unit_rows(100), queries=10**6)) is ExactIndex
