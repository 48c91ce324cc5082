"""Hand-worked scores: four tracks of three classes, and the properties every table has."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.metrics.classification import accuracy, class_scores, confusion, macro_f1

TRUTH = [0, 0, 1, 2]
GUESS = [0, 1, 1, 1]

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


def test_confusion_counts_true_rows_and_predicted_columns():
    assert confusion(TRUTH, GUESS, 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]


def test_accuracy_is_the_share_named_right():
    assert accuracy(TRUTH, GUESS) == 0.5


def test_class_scores_by_hand():
    zero, one, two = class_scores(TRUTH, GUESS, 3)
    assert (zero.precision, zero.recall, zero.f1, zero.support) == (1.0, 0.5, pytest.approx(2 / 3), 2)
    assert (one.precision, one.recall, one.f1, one.support) == (pytest.approx(1 / 3), 1.0, 0.5, 1)
    assert (two.precision, two.recall, two.f1, two.support) == (0.0, 0.0, 0.0, 1)


def test_macro_f1_weighs_classes_alike_and_leaves_out_absent_ones():
    expected = (2 / 3 + 0.5 + 0.0) / 3
    assert macro_f1(TRUTH, GUESS, 3) == pytest.approx(expected)
    assert macro_f1(TRUTH, GUESS, 7) == pytest.approx(expected)


def test_no_tracks_have_no_score():
    assert math.isnan(accuracy([], []))
    assert math.isnan(macro_f1([], [], 10))
    assert confusion([], [], 2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(("truth", "guess"), [([0], [0, 1]), ([3], [0]), ([0], [-1]), ([[0]], [[0]])])
def test_input_that_does_not_fit_is_refused(truth, guess):
    with pytest.raises(ValueError):
        confusion(truth, guess, 3)


@given(pairs)
def test_accuracy_is_the_diagonal_of_the_confusion(items):
    truth, guess = zip(*items, strict=True)
    table = confusion(truth, guess, 5)
    assert table.sum() == len(items)
    assert accuracy(truth, guess) == pytest.approx(np.trace(table) / len(items))


@given(pairs)
def test_scores_stay_in_range_and_perfection_scores_one(items):
    truth, guess = zip(*items, strict=True)
    assert 0.0 <= macro_f1(truth, guess, 5) <= 1.0
    assert macro_f1(truth, truth, 5) == 1.0
    for score in class_scores(truth, guess, 5):
        assert min(score.precision, score.recall) <= score.f1 + 1e-12
        assert score.f1 <= max(score.precision, score.recall) + 1e-12
