"""What every scorer promises (segue.recommend.scorer), and what every ranking by one is, tested for each of them.

A new scorer is found by its name in the registry and has to pass as it is.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.errors import NotInLibrary
from segue.recommend.models.registry import MODELS
from segue.recommend.query import Filters, Query, Seed
from segue.recommend.rank import rank
from segue.recommend.registry import NAMES, scorer
from segue.recommend.votes import Vote
from tests.raising import raises
from tests.recommend.examples import InMemory, item_ids, snapshot_of, unit_rows, varied

N_ITEMS = 60
IDS = item_ids(N_ITEMS)
SNAPSHOT = varied(N_ITEMS)
needs_als = pytest.mark.skipif(
    importlib.util.find_spec("implicit") is None, reason="extra cf: implicit is not installed"
)
# Metadata is what research sets have and libraries do not.
SERVED = [name for name in NAMES if name not in MODELS or "metadata" not in MODELS[name].needs]
every = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_als if name == "hybrid" else ()) for name in SERVED]
)
histories = st.lists(st.integers(0, N_ITEMS - 1).map(lambda row: int(IDS[row])), max_size=6)
slow = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ask(name: str, history=(), n: int = 10, snapshot=SNAPSHOT, **more):
    return rank(Query(history=tuple(history), n=n, **more), scorer(name, snapshot), snapshot)


def items(ranking) -> list[int]:
    return [pick.item for pick in ranking.picks]


@every
def test_it_has_its_name_and_says_what_it_needs(name):
    made = scorer(name, SNAPSHOT)
    assert made.name == name
    assert made.needs <= {"seeds", "lists", "audio", "artists", "metadata", "genres"}
    assert ask(name, [10]).by == name


@every
@slow
@given(history=histories)
def test_scores_are_one_for_every_item_and_never_nan(name, history):
    scores = scorer(name, SNAPSHOT).score(Query(history=tuple(history)))
    assert scores.shape == (N_ITEMS,) and scores.dtype == np.float32
    assert not np.isnan(scores).any() and not np.isposinf(scores).any()
    assert SNAPSHOT.items is not None and np.isfinite(SNAPSHOT.vectors).all()


@every
@slow
@given(history=histories, n=st.integers(1, 2 * N_ITEMS))
def test_a_ranking_is_sound(name, history, n):
    ranking = ask(name, history, n, per_artist=0)
    found, scores = items(ranking), [pick.score for pick in ranking.picks]
    assert len(found) <= n and len(set(found)) == len(found)
    assert not set(found) & set(history) and set(found) <= set(IDS.tolist())
    assert scores == sorted(scores, reverse=True)
    assert [pick.rank for pick in ranking.picks] == list(range(1, len(found) + 1))
    assert all(type(pick.item) is int and type(pick.score) is float for pick in ranking.picks)
    assert np.isfinite(scores).all()


@every
def test_equal_questions_get_equal_answers_in_any_order(name):
    histories = [IDS[[i, i + 1]].tolist() for i in range(0, 10, 2)]
    forwards = [ask(name, history) for history in histories]
    other = varied(N_ITEMS)
    backwards = [ask(name, history[::-1], snapshot=other) for history in reversed(histories)]
    assert forwards == backwards[::-1]
    as_seeds = [Seed(item) for item in histories[0]]
    assert ask(name, seeds=tuple(as_seeds)) == ask(name, seeds=tuple(reversed(as_seeds))) == forwards[0]


@every
@pytest.mark.parametrize("limits", [{}, {"per_artist": 1}, {"per_album": 1, "artist_gap": 3, "album_gap": 2}])
def test_a_longer_ranking_begins_with_the_shorter(name, limits):
    history = IDS[:2].tolist()
    assert ask(name, history, 12, **limits).picks[:5] == ask(name, history, 5, **limits).picks


@every
def test_a_track_named_twice_changes_nothing(name):
    one, other = IDS[:2].tolist()
    assert ask(name, [one, other, one], 5) == ask(name, [one, other], 5)


@every
def test_as_many_as_asked_for_and_no_more_than_there_are(name):
    assert len(ask(name, [10], 5).picks) == 5
    everything = ask(name, [10], 10_000)
    assert 5 < len(everything.picks) < N_ITEMS
    assert everything == ask(name, [10], N_ITEMS - 1)


@every
def test_everything_given_leaves_nothing(name):
    assert ask(name, IDS.tolist(), 3).picks == ()


@every
def test_nothing_given(name):
    empty = not ask(name, [], 5).picks
    assert empty == ("seeds" in scorer(name, SNAPSHOT).needs)


@every
def test_filters_hold(name):
    everything = items(ask(name, [10], N_ITEMS, per_artist=0))
    without = ask(name, [10], 5, per_artist=0, filters=Filters(frozenset(everything[:2])))
    assert items(without) == everything[2:7]
    some = frozenset(everything[3:30:4])
    assert set(items(ask(name, [10], N_ITEMS, per_artist=0, filters=Filters(only=some)))) == some


@every
def test_another_chance_is_another_draw_where_chance_plays_a_part(name):
    draws = {tuple(items(ask(name, [10], 8, chance=chance))) for chance in range(4)}
    assert len(draws) == (4 if name in ("random", "same-genre") else 1)


@every
def test_an_unwanted_seed_lowers_what_is_like_it_or_plays_no_part(name):
    liked, unwanted = int(IDS[0]), int(IDS[2])
    one = scorer(name, SNAPSHOT).score(Query(seeds=(Seed(liked),)))
    both = scorer(name, SNAPSHOT).score(Query(seeds=(Seed(liked), Seed(unwanted, weight=-1.0))))
    can = np.isfinite(one) & np.isfinite(both)
    alone = scorer(name, SNAPSHOT).score(Query(seeds=(Seed(unwanted),)))
    can &= np.isfinite(alone)
    if name == "same-genre" or (name in MODELS and MODELS[name].ignores_history):
        return  # an unwanted seed does not vote, and nobody's history counts
    assert can.sum() > 10
    lowered = one[can] - both[can]
    assert np.corrcoef(lowered, alone[can])[0, 1] > 0.3


@every
@pytest.mark.parametrize("unknown", [11, -1, 10_000])
def test_an_unknown_item_is_an_error(name, unknown):
    with raises(NotInLibrary, "not-comparable"):
        ask(name, [10, unknown], 5)
    with raises(NotInLibrary, "not-comparable"):
        ask(name, seeds=(Seed(unknown),))


@every
def test_a_seed_from_outside(name):
    outside = Seed(vector=unit_rows(1, seed=9)[0], votes=(Vote("a", 3, 1.0),), identity="wav:new")
    found = ask(name, seeds=(outside,), n=5)
    alone = name not in ("itemknn", "ease")  # models of lists alone know nothing of it
    assert len(found.picks) == (5 if alone else 0)


@pytest.mark.parametrize(
    "name", [name for name in SERVED if name in MODELS and name not in ("content", "random")]
)
def test_without_lists_a_model_of_lists_says_what_to_do(name):
    if name == "hybrid":
        pytest.importorskip("implicit", reason="extra cf: implicit is not installed")
    with raises(NotInLibrary, "no-lists"):
        scorer(name, snapshot_of(unit_rows(5)))


@pytest.mark.parametrize("name", ["content", "same-genre", "random"])
def test_an_empty_library(name):
    empty = snapshot_of(unit_rows(1)[:0], source=InMemory())
    assert ask(name, [], 5, empty).picks == ()
    with raises(NotInLibrary, "not-comparable"):
        ask(name, [10], 5, empty)


@pytest.mark.parametrize("n", [0, -1])
def test_a_query_of_no_length(n):
    with pytest.raises(ValueError):
        Query(n=n)
