"""Calibration error by hand, and where it must be zero."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.metrics.calibration import expected_calibration_error, mean_negative_log_likelihood


def test_error_by_hand_in_two_bins():
    # Two bins, (0, 0.5] and (0.5, 1]. Rows 1-3 lie in the upper: 2 of 3 right, promised 0.9 + 0.8 + 0.7 = 2.4.
    # Row 4 lies in the lower: right, promised 0.4. (|2 - 2.4| + |1 - 0.4|) / 4 = 0.25.
    p = np.array([[0.9, 0.1, 0.0], [0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.3, 0.3, 0.4]])
    assert expected_calibration_error(p, [0, 0, 2, 2], n_bins=2) == pytest.approx(0.25)


def test_certain_and_right_is_perfectly_calibrated_and_certain_and_wrong_perfectly_not():
    p = np.eye(3)
    assert expected_calibration_error(p, [0, 1, 2]) == 0.0
    assert expected_calibration_error(p, [1, 2, 0]) == 1.0


def test_log_likelihood_by_hand():
    p = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert mean_negative_log_likelihood(p, [0, 0]) == pytest.approx(-(math.log(0.5) + math.log(0.25)) / 2)
    assert mean_negative_log_likelihood(np.eye(2), [1, 1]) == math.inf


def test_no_rows_have_no_score():
    assert math.isnan(expected_calibration_error(np.empty((0, 3)), []))
    assert math.isnan(mean_negative_log_likelihood(np.empty((0, 3)), []))


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError):
        expected_calibration_error(np.eye(3), [0])


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_error_lies_between_zero_and_one(n, n_bins, seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(4), size=n)
    error = expected_calibration_error(p, rng.integers(0, 4, n), n_bins)
    assert 0.0 <= error <= 1.0


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_one_bin_compares_accuracy_with_mean_confidence(n, seed):
    rng = np.random.default_rng(seed)
    p, truth = rng.dirichlet(np.ones(4), size=n), rng.integers(0, 4, n)
    gap = abs((p.argmax(axis=1) == truth).mean() - p.max(axis=1).mean())
    assert expected_calibration_error(p, truth, n_bins=1) == pytest.approx(gap)
