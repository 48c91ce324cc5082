"""Cases worked by hand: what lists are like, whoever they are for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segue.metrics.beyond_accuracy import (
    artist_diversity,
    coverage,
    embedding_diversity,
    gini,
    hub_share,
    mean_popularity,
    novelty,
    popularity_lift,
    times_listed,
)

LISTS = np.array([[0, 1, 2], [0, 3, -1], [4, -1, -1], [-1, -1, -1]])
POPULARITY = np.array([8.0, 4.0, 2.0, 0.0, 1.0])  # of 8 users
EVERYTHING = np.ones(5, bool)


def values(measured):
    return [None if math.isnan(value) else value for value in measured.tolist()]


def test_novelty_is_bits_of_being_unknown():
    # 0 + 1 + 2 bits over three; nobody has item 3, so it counts as had by one of eight: 3 bits.
    assert values(novelty(LISTS, POPULARITY, 8)) == pytest.approx([1.0, 1.5, 3.0, None])


def test_popularity_and_how_far_above_the_users_own_it_is():
    assert values(mean_popularity(LISTS, POPULARITY)) == pytest.approx([14 / 3, 4.0, 1.0, None])
    own = np.array([7 / 3, 4.0, 0.0, 2.0])
    assert values(popularity_lift(LISTS, POPULARITY, own)) == pytest.approx([1.0, 0.0, None, None])


def test_embedding_diversity_is_mean_cosine_distance():
    vectors = np.array([[2.0, 0], [0, 1], [0, 5], [-1, 0], [0, 0]])
    # Pairs 01 and 02 at distance 1, 12 at 0; 03 point apart: 2.
    assert values(embedding_diversity(LISTS, vectors)) == pytest.approx([2 / 3, 2.0, None, None])
    assert values(embedding_diversity(np.array([[0, 4]]), vectors)) == [1.0]


def test_embedding_diversity_of_many_users_is_that_of_each():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 8))
    lists = np.stack([rng.permutation(50)[:6] for _ in range(30)])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = [np.mean([1 - unit[a] @ unit[b] for i, a in enumerate(row) for b in row[:i]]) for row in lists]
    assert embedding_diversity(lists, vectors) == pytest.approx(expected)


def test_artist_diversity_is_the_share_of_pairs_by_different_artists():
    assert values(artist_diversity(LISTS, np.array([7, 7, 1, 2, 3]))) == pytest.approx(
        [2 / 3, 1.0, None, None]
    )
    # Artists nobody knows differ from each other.
    assert values(artist_diversity(LISTS[:1], np.array([-1, -1, -1, 0, 0]))) == [1.0]


def test_coverage_counts_what_is_listed_at_all():
    assert coverage(LISTS, 10) == 0.5
    assert math.isnan(coverage(LISTS[3:], 10))


def test_places_shared_alike_have_gini_zero_and_one_item_for_all_nearly_one():
    assert gini(np.arange(5)[None], EVERYTHING) == pytest.approx(0.0)
    assert gini(np.zeros((4, 1), np.int64), EVERYTHING) == pytest.approx(1 - 1 / 5)
    # Exposure 1, 1, 1, 1, 2, sorted: sum (2i - n - 1) x = -4 - 2 + 0 + 2 + 8 = 4, over 5 x 6.
    assert times_listed(LISTS, 5).tolist() == [2, 1, 1, 1, 1]
    assert gini(LISTS, EVERYTHING) == pytest.approx(4 / 30)
    assert math.isnan(gini(LISTS[3:], EVERYTHING))


def test_only_candidates_count_for_gini_and_hubs():
    candidates = np.array([True, True, True, False, False])
    assert gini(LISTS[:1], candidates) == pytest.approx(0.0)
    assert hub_share(LISTS, candidates, 0.01) == pytest.approx(2 / 4)


def test_the_most_listed_items_share_of_places():
    assert hub_share(LISTS, EVERYTHING, 0.2) == pytest.approx(2 / 6)
    assert hub_share(LISTS, EVERYTHING, 0.4) == pytest.approx(3 / 6)
    assert math.isnan(hub_share(LISTS[3:], EVERYTHING))
