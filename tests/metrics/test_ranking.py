"""Cases worked by hand: every measure of a ranking against what pencil and paper give."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.metrics.ranking import (
    NO_ITEM,
    average_precision,
    hit_rate,
    hits_in_lists,
    hits_in_scores,
    ndcg,
    recall,
    reciprocal_rank,
    top_items,
)

# Ada is given a b c d e and wanted b, d and x, which is in no list; Bob wanted one item and got it first of
# ten; Cy wanted one item and did not get it; Di wanted nothing.
LISTS = [list("abcde"), list("pqrstuvwyz"), list("abc"), list("abc")]
HIDDEN = [{"b", "d", "x"}, {"p"}, {"z"}, set()]
HITS = hits_in_lists(LISTS, HIDDEN)


def values(measured):
    return [None if math.isnan(value) else value for value in measured.tolist()]


def test_recall_is_found_over_hidden():
    assert values(recall(HITS, 2)) == pytest.approx([1 / 3, 1.0, 0.0, None])
    assert values(recall(HITS, 5)) == pytest.approx([2 / 3, 1.0, 0.0, None])
    # Three were hidden and one place looked at: LensKit would divide by one.
    assert values(recall(HITS, 1)) == pytest.approx([0.0, 1.0, 0.0, None])


def test_hit_rate_asks_for_one():
    assert values(hit_rate(HITS, 1)) == [0.0, 1.0, 0.0, None]
    assert values(hit_rate(HITS, 5)) == [1.0, 1.0, 0.0, None]


def test_ndcg_divides_by_the_best_there_could_be():
    best_of_three = 1 + 1 / math.log2(3) + 1 / 2
    found = 1 / math.log2(3) + 1 / math.log2(5)  # ranks 2 and 4
    # One hidden item first of ten is 1.0; dividing by all ten places would make it 0.22.
    assert values(ndcg(HITS, 10)) == pytest.approx([found / best_of_three, 1.0, 0.0, None])
    best_of_two = 1 + 1 / math.log2(3)
    assert values(ndcg(HITS, 2)) == pytest.approx([1 / math.log2(3) / best_of_two, 1.0, 0.0, None])


def test_reciprocal_rank_is_of_the_first_found():
    assert values(reciprocal_rank(HITS)) == pytest.approx([1 / 2, 1.0, 0.0, None])


def test_average_precision_divides_by_all_that_were_hidden():
    # Precision 1/2 at rank 2 and 2/4 at rank 4, over three hidden items.
    assert values(average_precision(HITS)) == pytest.approx([(1 / 2 + 2 / 4) / 3, 1.0, 0.0, None])


def test_an_empty_set_of_users_gives_no_values():
    nobody = hits_in_lists([], [])
    for measure in (reciprocal_rank, average_precision, lambda h: recall(h, 5), lambda h: ndcg(h, 5)):
        assert measure(nobody).shape == (0,)


def test_some_of_the_hidden_items_can_be_asked_about_alone():
    pairs = HITS.ranks == 2
    assert values(recall(HITS.only(pairs), 5)) == [1.0, None, None, None]


@pytest.mark.parametrize("measure", [recall, hit_rate, ndcg])
def test_a_ranking_has_a_first_place(measure):
    with pytest.raises(ValueError):
        measure(HITS, 0)


def test_a_list_that_repeats_itself_is_refused():
    with pytest.raises(ValueError):
        hits_in_lists([[1, 2, 1]], [{1}])
    with pytest.raises(ValueError):
        hits_in_lists([[1]], [])


def test_top_items_breaks_ties_by_item_and_leaves_out_what_has_no_score():
    inf = np.inf
    scores = np.array([[1, 3, 3, 2, 3], [-inf, 1, np.nan, -inf, 1], [-inf] * 5], np.float32)
    assert top_items(scores, 2).tolist() == [[1, 2], [1, 4], [NO_ITEM] * 2]
    assert top_items(scores, 4).tolist() == [[1, 2, 4, 3], [1, 4, NO_ITEM, NO_ITEM], [NO_ITEM] * 4]
    assert top_items(scores, 6)[0].tolist() == [1, 2, 4, 3, 0, NO_ITEM]
    assert top_items(np.empty((2, 0)), 1).tolist() == [[NO_ITEM], [NO_ITEM]]


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 12))
def test_ranks_in_scores_are_places_in_the_list(seed, n_items, k):
    """The batch form, which never sorts, agrees with the list form on what sorting gives."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, (6, n_items)).astype(np.float32)  # many ties
    scores[rng.random(scores.shape) < 0.2] = -np.inf
    scores[rng.random(scores.shape) < 0.1] = np.nan
    users, items = np.nonzero(rng.random(scores.shape) < 0.3)
    full = top_items(scores, n_items)
    lists = [[item for item in row if item != NO_ITEM] for row in full.tolist()]
    hidden = [items[users == user].tolist() for user in range(6)]
    fast, slow = hits_in_scores(scores, users, items), hits_in_lists(lists, hidden)
    assert fast.ranks.tolist() == slow.ranks.tolist()
    assert (top_items(scores, k) == np.pad(full, ((0, 0), (0, k)), constant_values=NO_ITEM)[:, :k]).all()
    for measure in (lambda h: recall(h, k), lambda h: ndcg(h, k), reciprocal_rank, average_precision):
        measured = measure(fast)
        np.testing.assert_allclose(measured, measure(slow))
        known = measured[~np.isnan(measured)]
        assert ((known >= 0) & (known <= 1)).all()
