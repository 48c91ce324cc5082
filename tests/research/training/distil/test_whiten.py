"""Whitening: a direction in which tracks differ from themselves is put aside."""

import numpy as np
import pytest

pytest.importorskip("torch")

from segue.research.training.distil.whiten import fit_whitening


def tracks(rng, n_tracks=60, n_each=6):
    own = rng.normal(size=(n_tracks, 4))
    track = np.repeat(np.arange(n_tracks), n_each)
    rows = own[track] + 0.03 * rng.normal(size=(len(track), 4))
    rows[:, 0] += 5.0 * rng.normal(size=len(track))  # another microphone every time
    return rows, track


def test_a_track_finds_itself_through_what_varies_inside_tracks():
    rng = np.random.default_rng(0)
    rows, track = tracks(rng)
    plain = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    white = fit_whitening(rows, track, 3, shrinkage=0.01)(rows)

    def own_first(vectors):
        cosine = vectors @ vectors.T
        np.fill_diagonal(cosine, -2.0)
        return float((track[cosine.argmax(axis=1)] == track).mean())

    assert own_first(plain) < 0.6
    assert own_first(white) > 0.95


def test_embeddings_are_unit_vectors_of_the_size_asked_for():
    rows, track = tracks(np.random.default_rng(1))
    white = fit_whitening(rows, track, 2)(rows)
    assert white.shape == (len(rows), 2)
    assert np.allclose(np.linalg.norm(white, axis=1), 1.0, atol=1e-5)
