"""EASE against its definition, its refusal, and what stands in for it on large catalogues."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from segue.errors import SegueError
from segue.recommend.models import ease
from segue.recommend.models.contract import Training
from segue.research.models import ease_variants
from tests.raising import raises
from tests.recommend.models.worlds import fit, two_tastes

PAIRS, CONTENT, KNOWN = two_tastes()
N_LARGE = 200_000


def by_definition(x: np.ndarray, l2: float) -> np.ndarray:
    """Steck's formula in double precision."""
    p = np.linalg.inv(x.T @ x + l2 * np.eye(x.shape[1]))
    b = np.eye(x.shape[1]) - p / np.diag(p)
    np.fill_diagonal(b, 0)
    return b


def long_tail(n_users: int, n_items: int, n_pairs: int) -> sparse.csr_matrix:
    rng = np.random.default_rng(0)
    items = np.minimum(rng.pareto(0.8, n_pairs) * n_items / 500, n_items - 1).astype(int)
    pairs = sparse.csr_matrix(
        (np.ones(n_pairs, np.float32), (rng.integers(n_users, size=n_pairs), items)), shape=(n_users, n_items)
    )
    pairs.data[:] = 1
    return pairs


@pytest.mark.parametrize("block", [7, 60, 1000])
def test_weights_are_the_closed_form(monkeypatch, block):
    monkeypatch.setattr(ease, "BLOCK", block)  # the mirror of the triangle goes block by block
    weights = fit("ease", PAIRS, settings={"l2": 20.0}).scorer.weights
    np.testing.assert_allclose(weights, by_definition(PAIRS.toarray(), 20.0), atol=1e-5)


def test_it_minimises_what_it_is_said_to_minimise():
    x, weights = PAIRS.toarray().astype(float), fit("ease", PAIRS, settings={"l2": 20.0}).scorer.weights
    loss = lambda b: ((x - x @ b) ** 2).sum() + 20.0 * (b**2).sum()  # noqa: E731
    rng = np.random.default_rng(1)
    for _ in range(20):
        nudge = 0.01 * rng.standard_normal(weights.shape)
        np.fill_diagonal(nudge, 0)
        assert loss(weights + nudge) > loss(weights.astype(float))


def test_counts_play_no_part():
    loud = PAIRS.copy()
    loud.data = loud.data * 7
    np.testing.assert_array_equal(fit("ease", loud).scorer.weights, fit("ease", PAIRS).scorer.weights)


def test_it_refuses_only_what_does_not_fit_and_names_the_alternative():
    needed = ease.dense_bytes(N_LARGE)
    assert 160e9 < needed < 200e9
    ease.refuse_if_too_big(N_LARGE, needed)
    with raises(SegueError, "too-big-for-memory"):
        ease.refuse_if_too_big(N_LARGE, 16 * 10**9)


def test_200_000_items_refused_dense_and_fitted_sparse():
    pairs = long_tail(1_000, N_LARGE, 10_000)
    with raises(SegueError, "too-big-for-memory"):
        fit("ease", pairs, memory_bytes=16 * 10**9)
    model = fit("ease-sparse", pairs, settings={"k": 10}, memory_bytes=10**9)
    assert model.scorer.weights.shape == (N_LARGE, N_LARGE)
    assert 0 < model.scorer.weights.nnz <= 10 * N_LARGE
    scores = model.score(pairs[:3])
    assert scores.shape == (3, N_LARGE) and np.isfinite(scores[:, model.scorable]).all()
    asked = pairs[:3].toarray().astype(bool)
    assert scores[asked].max() > 0


def test_the_sparse_form_is_ease_where_every_item_is_a_neighbour():
    rng = np.random.default_rng(3)
    pairs = sparse.csr_matrix((rng.random((200, 12)) < 0.6).astype(np.float32))  # all meet all
    weights = ease_variants.sparse_weights(pairs, 10.0, k=11).toarray()
    np.testing.assert_allclose(weights, by_definition(pairs.toarray(), 10.0), atol=1e-4)


def test_the_sparse_form_keeps_to_its_neighbours():
    weights = ease_variants.sparse_weights(PAIRS, 10.0, k=5)
    assert np.diff(weights.tocsc().indptr).max() == 5
    assert not weights.diagonal().any()


@pytest.mark.parametrize("kind", ["ease+audio", "ease+audio+genres", "ease+audio+genres+artists"])
def test_side_information_of_weight_nothing_is_none(kind):
    nothing = dict.fromkeys(["audio", "genres", "artists"][: kind.count("+")], 0.0) | {"l2": 50.0}
    side = fit(kind, PAIRS, CONTENT, nothing, known_items=KNOWN)
    none = fit("ease-normalised", PAIRS, settings={"l2": 50.0}, known_items=KNOWN)
    np.testing.assert_array_equal(side.scorer.weights, none.scorer.weights)


def test_side_information_is_as_if_invented_users_stood_below():
    """K = T^T T for the artists' one-hot rows: the stacked form of the papers, by the definition above."""
    everybody = sparse.csr_matrix(
        np.ones((40, 12), np.float32) * (np.arange(12) % 2 == np.arange(40)[:, None] % 2)
    )
    artists = tuple("abcabcabcabc")
    content = type(CONTENT)(CONTENT.audio[:12], CONTENT.metadata[:12], artists, artists)
    settings = {"l2": 5.0, "audio": 0.0, "genres": 0.0, "artists": 4.0}
    model = fit("ease+audio+genres+artists", everybody, content, settings)
    one_hot = np.array([[artist == name for artist in artists] for name in "abc"], float)
    stacked = np.vstack([everybody.toarray(), 2.0 * one_hot])  # equal lists: normalising them changes nothing
    np.testing.assert_allclose(model.scorer.weights, by_definition(stacked, 5.0), atol=1e-5)


def test_no_inverse_is_one_sentence():
    with raises(SegueError, "no-inverse"):
        fit("ease", PAIRS, settings={"l2": -1e4})


def test_what_is_free_is_a_plausible_amount():
    from segue.recommend.models.registry import free_bytes

    assert 10**7 < free_bytes() < 10**14
    data = Training(PAIRS, None, KNOWN, 0, 0)
    with raises(SegueError, "too-big-for-memory"):
        ease.item_weights(data, 1.0)
