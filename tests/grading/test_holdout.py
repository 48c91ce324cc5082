"""Nothing hidden leaks, nothing is lost, and what cannot be asked is counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.grading.holdout import PROTOCOLS, hold_out, items_of_known_artists
from segue.types import Interactions
from tests.raising import raises


def interactions_of(matrix, times_s=None):
    users, items = np.nonzero(matrix)
    return Interactions(
        name="toy",
        user_ids=tuple(f"u{i}" for i in range(matrix.shape[0])),
        item_ids=tuple(f"i{i}" for i in range(matrix.shape[1])),
        users=users.astype(np.int64),
        items=items.astype(np.int64),
        counts=np.ones(len(users), np.float32),
        times_s=times_s,
    )


def random_set(n_users=60, n_items=40, density=0.3, seed=0):
    rng = np.random.default_rng(seed)
    matrix = rng.random((n_users, n_items)) < density
    return interactions_of(matrix, np.sort(rng.integers(0, 10**6, int(matrix.sum()))))


def divided(data, protocol, seed=0):
    """The division; every two items are by one artist."""
    return hold_out(data, protocol, seed, np.arange(len(data.item_ids)) // 2)


def hidden_matrix(stage):
    hidden = np.zeros(stage.fit.shape, bool)
    hidden[stage.users[stage.hidden_users], stage.hidden_items] = True
    return hidden


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_hidden_is_nowhere_to_be_seen(protocol, seed):
    held = divided(random_set(seed=seed % 7), protocol, seed)
    tested = hidden_matrix(held.test)
    for stage in (held.tune, held.test):
        fit, hidden = stage.fit.toarray() > 0, hidden_matrix(stage)
        assert hidden.any(axis=1).sum() == len(stage.users)
        assert not (fit & hidden).any() and not (fit & tested).any()
        assert not (stage.history.toarray().astype(bool) & hidden[stage.users]).any()
        assert stage.history.getnnz(axis=1).all(), "somebody without a past was asked"
        assert stage.candidates[stage.hidden_items].all()
        assert not fit[:, ~stage.known].any()
    assert not (hidden_matrix(held.tune) & tested).any()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_seed_gives_one_division_and_another_seed_another(protocol):
    first, again, other = (divided(random_set(), protocol, seed) for seed in (0, 0, 1))
    assert (first.test.hidden_items == again.test.hidden_items).all()
    assert (first.test.fit != again.test.fit).nnz == 0
    same = np.array_equal(hidden_matrix(first.test), hidden_matrix(other.test))
    assert same == (protocol == "temporal")


def test_warm_hides_a_fifth_of_each_user_and_learns_the_rest():
    matrix = np.ones((4, 20), bool)
    matrix[1, 3:] = matrix[2, 2:] = matrix[3, 1:] = False  # 20, 3, 2 and 1 items
    held = divided(interactions_of(matrix), "warm", 3)
    assert held.test.users.tolist() == [0, 1]
    assert np.bincount(held.test.hidden_users).tolist() == [4, 1]
    assert np.bincount(held.tune.hidden_users).tolist() == [2, 1]
    assert held.test.fit.getnnz(axis=1).tolist() == [16, 2, 2, 1]
    assert held.tune.fit.getnnz(axis=1).tolist() == [14, 1, 2, 1]
    assert held.notes == {"users with fewer than 3 items": 2}
    assert held.test.with_hidden.nnz == matrix.sum()


def test_cold_items_are_the_only_candidates_and_nobody_learned_them():
    held = divided(random_set(n_items=40), "cold", 0)
    assert held.test.candidates.sum() == 6  # 15 % of 40
    assert held.tune.candidates.sum() == 5  # 15 % of the other 34
    assert not (held.test.candidates & held.test.known).any()
    assert not (held.tune.candidates & held.test.candidates).any()
    assert not held.test.fit.getnnz(axis=0)[held.test.candidates].any()


def test_known_artists_are_those_of_items_that_were_learned():
    held = divided(random_set(n_items=40), "cold", 0)
    cold = np.flatnonzero(held.test.candidates)
    artists = np.arange(40)
    artists[cold[0]] = np.flatnonzero(held.test.known)[0]
    known = items_of_known_artists(held.test, artists)
    assert known[cold].tolist() == [True, False, False, False, False, False]


def test_new_users_were_not_learned_from_and_tell_most_of_what_they_have():
    held = divided(random_set(n_users=50), "user-cold", 0)
    assert len(held.test.users) == 10 and len(held.tune.users) == 5
    assert not held.test.fit.getnnz(axis=1)[held.test.users].any()
    told, hidden = held.test.history.getnnz(axis=1), np.bincount(held.test.hidden_users)
    assert (hidden == np.rint(0.2 * (told + hidden))).all()


def test_time_divides_everybody_at_one_moment():
    matrix = np.zeros((3, 11), bool)
    matrix[:2, :10] = True
    matrix[0, 10] = True  # an item that comes only at the end
    matrix[2, 9] = True  # and so does this user
    times = np.array([*range(0, 100, 10), 190, *range(95, 0, -10), 200])
    held = divided(interactions_of(matrix, times), "temporal")
    hidden = hidden_matrix(held.test)[np.nonzero(matrix)]
    learned = held.test.fit.toarray()[np.nonzero(matrix)] > 0
    assert hidden.sum() == 3 and times[learned].max() < times[hidden].min()
    assert held.notes == {"later pairs of new items": 1, "later pairs of users without a past": 1}
    assert np.flatnonzero(~held.test.candidates).tolist() == [10]


def test_without_times_time_cannot_divide():
    with raises(DatasetError, "no-timestamps"):
        divided(interactions_of(np.ones((5, 5), bool)), "temporal")


@pytest.mark.parametrize(
    ("matrix", "times", "code"),
    [
        (np.ones((5, 5)), np.full(25, 1_700_000_000), "times-all-equal"),
        (np.ones((5, 5)), np.repeat([1, 2], [24, 1]), "times-too-few"),
        (np.eye(20), np.arange(20), "no-later-pairs"),
    ],
)
def test_times_that_cannot_divide_are_told_as_the_reason(matrix, times, code):
    with raises(DatasetError, code):
        hold_out(interactions_of(matrix, times), "temporal")


def test_too_small_a_set_is_refused():
    with raises(DatasetError, "set-too-small"):
        hold_out(interactions_of(np.eye(3, dtype=bool)), "warm")
    with pytest.raises(ValueError):
        hold_out(random_set(), "random")


def test_some_users_are_asked_exactly_what_all_would_be():
    stage = hold_out(random_set(), "warm", 0).tune
    some = stage.ask_some(7, 5)
    assert len(some.users) == 7 and stage.ask_some(1000, 5) is stage
    rows = np.searchsorted(stage.users, some.users)
    assert (some.history != stage.history[rows]).nnz == 0
    assert (hidden_matrix(some)[some.users] == hidden_matrix(stage)[some.users]).all()
    assert hidden_matrix(some).sum() == len(some.hidden_items)


def test_hidden_artists_are_hidden_whole():
    data, artists = random_set(), np.arange(40) // 4
    held = hold_out(data, "cold-artists", 3, artists)
    for stage in (held.tune, held.test):
        hidden = np.unique(artists[stage.candidates])
        assert 1 <= len(hidden) <= 2 and (stage.candidates == np.isin(artists, hidden)).all()
        assert not np.isin(artists[stage.known], hidden).any() and not stage.fit[:, stage.candidates].nnz
    assert not (held.tune.candidates & held.test.candidates).any()
    with raises(DatasetError, "no-artists"):
        hold_out(data, "cold-artists", 3)
