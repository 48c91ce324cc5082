"""Models that only comparisons measure, on cases small enough to work out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from segue.recommend.models.scorers import standardised
from segue.research.models.adam import Adam
from segue.research.models.ensemble import ThreeViews
from segue.research.models.feature_factors import features_of
from segue.research.models.ials import ScaledUsers, penalties, sweep
from segue.research.models.multvae import Autoencoder
from segue.research.models.rp3beta import walk_weights
from segue.research.models.slim import elastic_net
from segue.types import ItemContent
from tests.recommend.models.worlds import fit, two_tastes


def test_slim_solves_its_elastic_net():
    counts = np.array([[[4, 1], [1, 3]]] * 2, np.float32)
    right = np.array([[2, 1], [2, -1]], np.float32)
    weights = elastic_net(counts, right, l1=0.5, l2=1.0)
    # 5 w + v = 1.5 and w + 4 v = 0.5; in the second problem v would be negative, so it is 0 and 5 w = 1.5.
    np.testing.assert_allclose(weights, [[5.5 / 19, 1 / 19], [0.3, 0]], atol=1e-4)


def test_slim_explains_no_item_by_itself_and_by_nobody_negatively():
    pairs, _, known = two_tastes()
    weights = fit("slim", pairs, known_items=known, settings={"k": 20}).scorer.weights
    assert (weights.data > 0).all() and not weights.diagonal().any()
    assert 0 < weights.getnnz(axis=0).max() <= 20


def test_rp3beta_walks_from_item_to_user_to_item():
    pairs = sparse.csr_matrix(np.array([[1, 1, 0], [0, 1, 1]], np.float32))
    # From the first item to its one user, who has two: the second item with 1/2. From the second to each with 1/4.
    plain = walk_weights(pairs, k=3, alpha=1.0, beta=0.0).toarray()
    np.testing.assert_allclose(plain, [[0, 0.5, 0], [0.25, 0, 0.25], [0, 0.5, 0]])
    held_back = walk_weights(pairs, k=3, alpha=1.0, beta=1.0).toarray()
    np.testing.assert_allclose(held_back, [[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]])
    assert walk_weights(pairs, k=1, alpha=1.0, beta=0.0).getnnz(axis=1).max() == 1


def test_edlae_without_dropout_is_ease():
    pairs, _, known = two_tastes()
    one = fit("edlae", pairs, known_items=known, settings={"l2": 50.0, "dropout": 0.0}).scorer.weights
    np.testing.assert_allclose(one, fit("ease", pairs, settings={"l2": 50.0}).scorer.weights, atol=1e-6)


def test_edlae_adds_to_the_diagonal_what_dropout_would():
    pairs = sparse.csr_matrix(np.array([[1, 1], [1, 1], [1, 0]], np.float32))
    # G = [[3, 2], [2, 2]]; with p = 1/2 the diagonal doubles, and l2 = 1: [[7, 2], [2, 5]]. B_ij = -P_ij / P_jj.
    weights = fit("edlae", pairs, settings={"l2": 1.0, "dropout": 0.5}).scorer.weights
    np.testing.assert_allclose(weights, [[0, 2 / 7], [2 / 5, 0]], rtol=1e-5)


@pytest.mark.parametrize("d", [5, 40])  # one block of dimensions, and two
def test_ials_sweeps_end_at_the_least_squares_solution(d):
    rng = np.random.default_rng(0)
    pairs = sparse.csr_matrix((rng.random((6, 12)) < 0.4).astype(np.float32))
    items, rows = rng.standard_normal((12, d)).astype(np.float32), np.zeros((6, d), np.float32)
    penalty = penalties(pairs, 0.1, 0.5, 1.0)
    np.testing.assert_allclose(penalty[0], 0.5 * (pairs[0].nnz + 0.1 * 12), rtol=1e-6)
    for _ in range(1 if d < 32 else 300):
        sweep(pairs, rows, items, 0.1, penalty)
    scorer = ScaledUsers(items, *(np.array(x, np.float32) for x in (0.1, 0.5, 1.0)))
    np.testing.assert_allclose(rows @ items.T, scorer.score(pairs), atol=2e-3)
    own = items[pairs[0].indices]
    left = 0.1 * items.T @ items + own.T @ own + penalty[0] * np.eye(d)
    np.testing.assert_allclose(rows[0], np.linalg.solve(left, own.sum(axis=0)), atol=2e-3)


def test_adam_steps_by_its_rate_at_first():
    layer = np.array([1.0, 1.0, 1.0], np.float32)
    Adam((layer,), 0.1).step((np.array([5.0, -0.01, 0.0], np.float32),))
    np.testing.assert_allclose(layer, [0.9, 1.1, 1.0], atol=1e-4)


def test_features_are_sound_genres_above_average_and_the_artist():
    content = ItemContent(
        np.array([[3, 4], [1, 0]], np.float32),
        np.array([[2, -1], [-1, 0]], np.float32),
        ("A", "A"),
        ("x", "y"),
    )
    rows = features_of(content, frozenset({"audio", "metadata", "artists"})).toarray()
    np.testing.assert_allclose(rows, [[0.6, 0.8, 1, 0, 1], [1, 0, 0, 0, 1]], atol=1e-6)


def test_a_new_item_has_the_factors_of_its_artist():
    pairs, content, known = two_tastes()
    silent = replace(content, audio=np.ones_like(content.audio), metadata=np.ones_like(content.metadata))
    scorer = fit("feature-factors+genres+artists", pairs, silent, known_items=known).scorer
    new = np.flatnonzero(~known)
    twins = [(i, j) for i in new for j in new if i < j and content.artists[i] == content.artists[j]]
    assert twins
    for i, j in twins:
        np.testing.assert_allclose(scorer.target[i], scorer.target[j], atol=1e-5)


def test_an_autoencoder_scores_by_its_four_layers():
    one, two = np.ones((1, 1), np.float32), np.ones((2, 1), np.float32)
    nothing, wide = np.zeros(1, np.float32), np.zeros(2, np.float32)
    model = Autoencoder(two, nothing, 2 * one, nothing, one, nothing, np.array([[1, 3]], np.float32), wide)
    scores = model.score(sparse.csr_matrix(np.ones((1, 2), np.float32)))
    middle = np.tanh(2 * np.tanh(2**0.5))  # two items of a history of length root 2
    np.testing.assert_allclose(scores, [[middle, 3 * middle]], rtol=1e-5)


def test_the_ensemble_adds_what_each_view_says_in_its_own_spread():
    pairs, _, known = two_tastes()
    model = fit("ensemble", pairs, known_items=known, settings={"als": 0.5, "rp3beta": 0.25}).scorer
    assert isinstance(model, ThreeViews)
    parts = [standardised(part.score(pairs), known) for part in (model.regression, model.factors, model.walk)]
    np.testing.assert_allclose(model.score(pairs), parts[0] + 0.5 * parts[1] + 0.25 * parts[2], atol=1e-5)


@pytest.mark.parametrize("name", ["ease-and-als+artists", "artist-to-ease"])
def test_who_knows_the_artist_alone_hears_nothing_and_reads_nothing(name):
    pairs, content, known = two_tastes()
    other = replace(content, audio=content.audio[::-1], metadata=None)
    same, moved = (fit(name, pairs, told, known_items=known).score(pairs) for told in (content, other))
    np.testing.assert_array_equal(same, moved)
    renamed = replace(content, artists=tuple(f"Nobody {i}" for i in range(len(content.artists))))
    assert not np.allclose(fit(name, pairs, renamed, known_items=known).score(pairs), same)


def test_a_dropout_network_finds_the_factors_of_new_items_from_content_alone():
    pairs, content, known = two_tastes()
    scorer = fit("dropoutnet+genres", pairs, content, known_items=known).scorer
    half = np.arange(len(known)) % 2
    means = [scorer.targets[known & (half == h)].mean(axis=0) for h in (0, 1)]
    for item in np.flatnonzero(~known):
        near = [float(scorer.targets[item] @ mean) for mean in means]
        assert int(np.argmax(near)) == half[item]
