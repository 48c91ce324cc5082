"""Positions, the k-core, and content that follows its items."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.history.positions import as_interactions, ordered_ids
from segue.research.interactions.k_core import content_of, k_core
from segue.types import ItemContent
from tests.raising import raises

PAIRS = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=50)


def interactions_of(pairs, timed=False):
    pairs = sorted(pairs, key=str)
    users = sorted({f"u{u}" for u, _ in pairs}, reverse=True)
    items = sorted({str(i) for _, i in pairs}, reverse=True)
    return as_interactions(
        "x",
        users,
        items,
        np.array([users.index(f"u{u}") for u, _ in pairs], np.int64),
        np.array([items.index(str(i)) for _, i in pairs], np.int64),
        np.array([1 + u + i for u, i in pairs], np.float32),
        np.array([100 * u + i for u, i in pairs], np.int64) if timed else None,
    )


def as_pairs(interactions):
    return {
        (int(interactions.user_ids[u][1:]), int(interactions.item_ids[i]))
        for u, i in zip(interactions.users, interactions.items, strict=True)
    }


def core_by_definition(pairs, k):
    """The definition, slowly: take out one weak user or item after another."""
    pairs = set(pairs)
    while True:
        for side in (0, 1):
            names = [pair[side] for pair in pairs]
            weak = next((name for name in set(names) if names.count(name) < k), None)
            if weak is not None:
                pairs = {pair for pair in pairs if pair[side] != weak}
                break
        else:
            return pairs


@given(PAIRS.filter(bool), st.integers(1, 4), st.booleans())
def test_the_k_core_is_the_one_of_its_definition(pairs, k, timed):
    whole = interactions_of(pairs, timed)
    expected = core_by_definition(pairs, k)
    if not expected:
        with raises(DatasetError, "empty-core"):
            k_core(whole, k)
        return
    core, report = k_core(whole, k)
    assert as_pairs(core) == expected
    assert core.counts.tolist() == [1 + u + i for u, i in sorted(as_pairs(core))]
    if timed:
        assert core.times_s.tolist() == [100 * u + i for u, i in sorted(as_pairs(core))]
    assert (report.pairs_before, report.pairs_after) == (len(pairs), len(expected))
    assert (report.users_after, report.items_after) == (len(core.user_ids), len(core.item_ids))
    assert set(core.users) == set(range(len(core.user_ids))) and set(core.items) == set(
        range(len(core.item_ids))
    )
    again, second = k_core(core, k)
    assert as_pairs(again) == expected and second.rounds == 1


def test_a_chain_falls_apart_round_by_round():
    square = {(u, i) for u in range(2) for i in range(2)}
    chain = {(2, 0), (2, 2), (3, 2), (3, 3), (4, 3)}
    core, report = k_core(interactions_of(square | chain), 2)
    assert as_pairs(core) == square and report.rounds > 3
    assert report.sentence().startswith("2-core: 5 users -> 2, 4 items -> 2, 9 pairs -> 4 in ")


def test_k_below_one_is_refused():
    with raises(DatasetError, "bad-k"):
        k_core(interactions_of({(0, 0)}), 0)


@given(st.lists(st.text(max_size=4), unique=True))
def test_positions_are_a_permutation_into_sorted_ids(ids):
    ordered, positions = ordered_ids(ids)
    assert sorted(ids) == sorted(ordered) and [ordered[p] for p in positions] == ids


@given(st.lists(st.integers(0, 10**12), unique=True))
def test_numbers_are_sorted_as_numbers(numbers):
    ordered, _ = ordered_ids([str(n) for n in numbers])
    assert [int(one) for one in ordered] == sorted(numbers)


def test_numbers_with_leading_zeros_are_text():
    assert ordered_ids(["10", "9", "007"])[0] == ("007", "10", "9")


def test_content_follows_its_items():
    content = ItemContent(
        np.arange(6, dtype=np.float32).reshape(3, 2), None, ("a", None, "c"), ("x", "y", "z")
    )
    part = content_of(content, ("1", "2", "3"), ("3", "1"))
    assert part.audio.tolist() == [[4, 5], [0, 1]] and part.artists == ("c", "a") and part.metadata is None
    with raises(DatasetError, "content-missing"):
        content_of(content, ("1", "2", "3"), ("4",))
    with raises(DatasetError, "content-mismatch"):
        content_of(content, ("1", "2"), ("1",))
