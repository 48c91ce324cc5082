"""Scores worked out by hand, or by another implementation, for every way of scoring."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import sparse

from segue.errors import MissingExtra
from segue.recommend.models import hybrid
from segue.recommend.models.baselines import artist_numbers
from segue.recommend.models.scorers import standardised
from segue.recommend.models.similarity import Similarity
from segue.research.models import hybrids
from segue.types import ItemContent
from tests.raising import raises
from tests.recommend.models.worlds import fit, two_tastes

# Three users, four items: item 0 with 1 twice, 2 alone, 3 by nobody.
SMALL = sparse.csr_matrix(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 5, 0]], np.float32))
CONTENT = ItemContent(
    np.array([[1, 0], [0, 1], [-1, 0], [2, 0]], np.float32),
    None,
    ("A", None, "a", None),
    ("w", "x", "y", "z"),
)
ASK = sparse.csr_matrix(np.array([[1, 0, 0, 0]], np.float32))


def test_popularity_counts_users_not_plays():
    assert fit("popularity", SMALL).score(ASK)[0].tolist() == [2, 2, 1, -np.inf]


def test_artist_popularity_joins_spellings_and_leaves_the_unnamed_alone():
    assert artist_numbers(CONTENT.artists).tolist() == [0, 1, 0, 2]
    assert fit("artist-popularity", SMALL, CONTENT).score(ASK)[0].tolist() == [3, 2, 3, 0]


def test_within_artist_the_artist_comes_first_then_popularity():
    scores = fit("popularity-within-artist", SMALL, CONTENT).score(ASK)[0]
    assert scores.tolist() == [1.5, 0.5, 1.25, 0]


def test_itemknn_is_the_shrunk_cosine():
    scores = fit("itemknn", SMALL, settings={"k": 200, "shrink": 2.0}).score(ASK)[0]
    np.testing.assert_allclose(scores, [0, 2 / (2 + 2), 0, -np.inf])


def test_content_is_the_cosine():
    np.testing.assert_allclose(fit("content", SMALL, CONTENT).score(ASK)[0], [1, 0, -1, 1], atol=1e-6)


def test_chance_depends_on_the_seed_and_the_history_alone():
    one = fit("random", SMALL, seed=1)
    other = fit("random", SMALL, seed=2)
    assert (one.score(ASK) != other.score(ASK)).any()
    assert (one.score(ASK) != one.score(SMALL)[2:]).any()
    np.testing.assert_array_equal(one.score(SMALL[1:])[0], one.score(SMALL)[1])


def test_similarity_by_hand():
    written = ItemContent(
        CONTENT.audio, np.array([[3, 0], [1, 1], [0, 2], [0, 0]], np.float32), *[CONTENT.artists] * 2
    )
    alike = Similarity(written, audio=1.0, genres=10.0, artists=100.0).between(np.array([0]), np.arange(4))
    heard = np.exp(-np.array([0, 2, 4, 1]) / CONTENT.audio.var(axis=0).sum())
    np.testing.assert_allclose(
        alike[0], heard + 10 * np.array([1, np.sqrt(0.5), 0, 0]) + [100, 0, 100, 0], rtol=1e-5
    )


def test_trust_grows_from_nothing_to_almost_all():
    given = hybrid.trust(np.array([0, 1, 3, 297]), 3.0)
    np.testing.assert_allclose(given, [0, 0.25, 0.5, 0.99])


def test_a_blend_of_a_new_item_is_content_and_of_a_loved_one_ease():
    pairs, content, known = two_tastes()
    blend = fit("hybrid-trust", pairs, content, {"doubt": 1.0}, known_items=known)
    new = standardised(fit("content", pairs, content).score(pairs), np.ones_like(known))
    np.testing.assert_allclose(blend.score(pairs)[:, ~known], new[:, ~known], atol=1e-5)
    sure = fit("hybrid-trust", pairs, content, {"doubt": 1e-9}, known_items=known)
    ease = fit("ease", pairs, settings={"l2": 200.0}, known_items=known).score(pairs)
    np.testing.assert_allclose(sure.score(pairs)[:, known], standardised(ease, known)[:, known], atol=1e-4)


def test_fused_ranks_by_hand():
    history = sparse.csr_matrix(np.array([[0, 0, 1]], np.float32))
    ranks = hybrids._reciprocal_ranks(np.array([[0.1, 0.9, 5.0]], np.float32), history)
    np.testing.assert_allclose(ranks, [[1 / 62, 1 / 61, 1 / 63]], rtol=1e-6)


def test_als_serves_a_user_as_the_library_itself_does():
    """implicit's own solution for a user, given its item factors, is ours."""
    implicit = pytest.importorskip("implicit", reason="extra cf: implicit is not installed")
    pairs, _, _ = two_tastes()
    model = fit("als", pairs, settings={"n_factors": 8})
    library = implicit.als.AlternatingLeastSquares(
        factors=8, regularization=10.0, alpha=10.0, use_gpu=False, num_threads=1
    )
    library.item_factors = model.scorer.items
    users = library.recalculate_user(np.arange(pairs.shape[0]), pairs)
    np.testing.assert_allclose(users @ library.item_factors.T, model.scorer.score(pairs), atol=2e-3)


def test_without_the_extra_it_is_said_which(monkeypatch):
    loaded = [name for name in sys.modules if name.startswith("implicit.")]
    for name in ("implicit", *loaded):
        monkeypatch.setitem(sys.modules, name, None)  # Python's own way to say: not installed
    for name in ("als", "bpr"):
        with raises(MissingExtra, "missing-extra"):
            fit(name, SMALL)
