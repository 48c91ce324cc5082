"""Votes by hand: chunks, calibrated log-probabilities, geometric mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segue.model.vote import chunk_log_probabilities, chunk_logits, chunks_in, log_softmax, vote


def test_log_softmax_by_hand_and_without_overflow():
    np.testing.assert_allclose(np.exp(log_softmax(np.log([1.0, 3.0]))), [0.25, 0.75])
    np.testing.assert_allclose(np.exp(log_softmax(np.array([1e4, 0.0]))), [1.0, 0.0])


def test_steps_fall_into_equal_chunks():
    logits = np.arange(6, dtype=float)[:, None] * np.ones((1, 2))
    np.testing.assert_allclose(chunk_logits(logits, 3)[:, 0], [0.5, 2.5, 4.5])
    np.testing.assert_allclose(chunk_logits(logits[:1], 3)[:, 0], [0, 0, 0])


@given(st.integers(1, 60), st.integers(1, 12))
def test_every_chunk_stays_within_its_steps(n_steps, n_chunks):
    chunks = chunk_logits(np.arange(n_steps, dtype=float)[:, None], n_chunks)
    assert chunks.shape == (n_chunks, 1)
    assert (np.diff(chunks[:, 0]) >= 0).all()
    assert 0 <= chunks.min() and chunks.max() <= n_steps - 1


def test_the_vote_is_a_geometric_mean():
    chunks = np.log([[0.9, 0.1], [0.4, 0.6]])
    expected = np.sqrt([0.9 * 0.4, 0.1 * 0.6])
    np.testing.assert_allclose(vote(chunks), expected / expected.sum())


@given(arrays(np.float64, (7, 10), elements=st.floats(-50, 50)), st.floats(0.1, 10))
def test_votes_are_probabilities_and_heat_never_changes_a_chunks_winner(logits, temperature):
    chunks = chunk_log_probabilities(logits, 7, temperature)
    assert vote(chunks).sum() == pytest.approx(1.0)
    best = chunk_logits(logits, 7).max(axis=1)
    np.testing.assert_allclose(chunk_logits(logits, 7)[np.arange(7), chunks.argmax(axis=1)], best, atol=1e-9)


def test_chunks_are_about_five_seconds():
    assert [chunks_in(s) for s in (0.1, 5, 30.02, 37)] == [1, 1, 6, 7]
