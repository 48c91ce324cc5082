"""What every recommender promises (segue.recommend.contract), tested for each of them.

A new recommender is added to RECOMMENDERS in examples.py and has to pass as it is.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import NotInLibrary
from segue.types import RankedItem
from tests.recommend.examples import RECOMMENDERS, item_ids

N_ITEMS = 60
every = pytest.mark.parametrize("make", RECOMMENDERS)
histories = st.lists(st.integers(0, N_ITEMS - 1).map(lambda row: int(item_ids(N_ITEMS)[row])), max_size=6)


@every
@settings(max_examples=40, deadline=None)
@given(history=histories, n=st.integers(1, 2 * N_ITEMS))
def test_a_ranking_is_sound(make, history, n):
    recommender = make(N_ITEMS)
    ranking = recommender.recommend(history, n)
    items = [ranked.item for ranked in ranking]
    scores = [ranked.score for ranked in ranking]
    assert len(ranking) <= n
    assert len(set(items)) == len(items)
    assert not set(items) & set(history)
    assert set(items) <= set(recommender.items.tolist())
    assert scores == sorted(scores, reverse=True)
    assert all(type(ranked) is RankedItem and type(ranked.item) is int for ranked in ranking)
    assert all(type(score) is float and np.isfinite(score) for score in scores)


@every
def test_equal_questions_get_equal_answers_in_any_order(make):
    one, other = make(N_ITEMS), make(N_ITEMS)
    histories = [item_ids(N_ITEMS)[[i, i + 1]].tolist() for i in range(10)]
    forwards = [one.recommend(history, 10) for history in histories]
    backwards = [other.recommend(history[::-1], 10) for history in reversed(histories)]
    assert forwards == backwards[::-1]
    assert one.recommend(histories[0], 10) == forwards[0]


@every
def test_a_longer_ranking_begins_with_the_shorter(make):
    recommender = make(N_ITEMS)
    history = item_ids(N_ITEMS)[:2].tolist()
    assert recommender.recommend(history, 12)[:5] == recommender.recommend(history, 5)


@every
def test_hearing_a_song_twice_changes_nothing(make):
    recommender = make(N_ITEMS)
    one, other = item_ids(N_ITEMS)[:2].tolist()
    assert recommender.recommend([one, other, one], 5) == recommender.recommend([one, other], 5)


@every
def test_as_many_as_asked_for(make):
    assert len(make(N_ITEMS).recommend([10], 5)) == 5


@every
def test_more_than_there_are(make):
    recommender = make(N_ITEMS)
    everything = recommender.recommend([10], 10_000)
    assert 5 < len(everything) < N_ITEMS
    assert everything == recommender.recommend([10], N_ITEMS - 1)


@every
def test_everything_heard(make):
    recommender = make(5)
    assert recommender.recommend(recommender.items.tolist(), 3) == []


@every
def test_nothing_heard(make):
    recommender = make(N_ITEMS)
    assert len(recommender.recommend([], 5)) == (0 if recommender.needs_history else 5)


@every
def test_nothing_to_recommend(make):
    recommender = make(0)
    assert recommender.recommend([], 5) == []
    with pytest.raises(NotInLibrary, match="Item 10 is not among the 0"):
        recommender.recommend([10], 5)


@every
@pytest.mark.parametrize("unknown", [11, -1, 10_000])
def test_an_unknown_item_is_named(make, unknown):
    with pytest.raises(NotInLibrary, match=f"Item {unknown} is not among the 60"):
        make(N_ITEMS).recommend([10, unknown], 5)


@every
@pytest.mark.parametrize("n", [0, -1])
def test_a_ranking_of_no_length(make, n):
    with pytest.raises(ValueError, match="at least one place"):
        make(N_ITEMS).recommend([10], n)


@every
def test_what_it_can_score(make):
    recommender = make(N_ITEMS)
    assert recommender.items.dtype == np.int64
    assert np.array_equal(recommender.items, item_ids(N_ITEMS))
