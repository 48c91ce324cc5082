"""Selection: the order of scores, copies, artists, albums, seeds from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.copies.sketch import Sketch
from segue.recommend.content import ContentScorer
from segue.recommend.query import Query, Seed
from segue.recommend.rank import rank
from segue.recommend.select import select
from tests.recommend.examples import NOTHING, SECONDS, InMemory, at_angles, recording, snapshot_of, unit_rows


def world(angles, artists=None, sketches=None, albums=None):
    """One item for each angle, ids 0, 1, ...; without artists and sketches unless given."""
    sketches = sketches or {}
    lengths = [sketches.get(item, NOTHING).duration_s for item in range(len(angles))]
    return snapshot_of(at_angles(*angles), None, artists, albums, InMemory(sketches), lengths)


def ranked(snapshot, *seeds, **limits):
    query = Query(tuple(Seed(one) if isinstance(one, int) else one for one in seeds), **limits)
    return rank(query, ContentScorer(snapshot), snapshot).picks


def items(picks):
    return [pick.item for pick in picks]


def test_nearest_first_with_its_cosine():
    found = ranked(world([0, 60, 30, 90, 180]), 0)
    assert items(found) == [2, 1, 3, 4]
    assert [one.score for one in found] == pytest.approx(np.cos(np.deg2rad([30, 60, 90, 180])), abs=1e-6)


def test_a_seed_from_elsewhere():
    outside = Seed(vector=at_angles(58)[0], sketch=NOTHING)
    assert items(ranked(world([0, 60, 30]), outside)) == [1, 2, 0]


def test_a_seed_of_another_model():
    with pytest.raises(ValueError):
        ranked(world([0, 60]), Seed(vector=np.ones(3, np.float32)))


def test_copies_of_a_seed_are_left_out():
    copy = recording(1)
    sketches = {0: Sketch(SECONDS, copy), 1: Sketch(SECONDS + 0.2, copy), 3: Sketch(SECONDS, recording(2))}
    found = world([0, 1, 2, 3], sketches=sketches)
    assert items(ranked(found, 0)) == [2, 3]
    assert items(ranked(found, Seed(vector=at_angles(0)[0], sketch=Sketch(SECONDS, copy)))) == [2, 3]


def test_of_two_copies_the_better_one_is_ranked():
    copy = recording(1)
    sketches = {2: Sketch(SECONDS, copy), 1: Sketch(SECONDS, copy)}
    assert items(ranked(world([0, 20, 10, 30], sketches=sketches), 0)) == [2, 3]


def test_a_longer_version_is_no_copy():
    same = recording(1)
    sketches = {0: Sketch(SECONDS, same), 1: Sketch(SECONDS + 20, same)}
    assert items(ranked(world([0, 1, 2], sketches=sketches), 0)) == [1, 2]


def test_no_more_than_two_of_an_artist_and_gaps_are_filled():
    artists = [None, "A", "the a", "A feat. B", "b", None, None, None]
    found = world(range(8), artists)
    assert items(ranked(found, 0, n=4)) == [1, 2, 4, 5]
    assert items(ranked(found, 0)) == [1, 2, 4, 5, 6, 7]  # without a tag: as many as fit


@pytest.mark.parametrize(("limit", "expected"), [(0, [1, 2, 3, 4]), (1, [1, 4]), (3, [1, 2, 3, 4])])
def test_limits_by_artist_and_by_album(limit, expected):
    names = ["a", "a", "a", "a", "b"]
    assert items(ranked(world(range(5), names), 0, n=4, per_artist=limit)) == expected
    assert items(ranked(world(range(5), None, None, names), 0, n=4, per_album=limit)) == expected


def test_picks_by_one_artist_stand_apart_and_wait_for_room():
    found = world(range(7), [None, "a", "a", "b", "a", "c", "b"])
    assert items(ranked(found, 0, per_artist=0, artist_gap=1)) == [1, 3, 2, 5, 4, 6]
    assert items(ranked(found, 0, per_artist=0, artist_gap=2)) == [1, 3, 5, 2, 6]
    albums = world(range(7), None, None, [None, "a", "a", "b", "a", "c", "b"])
    assert items(ranked(albums, 0, album_gap=1)) == [1, 3, 2, 5, 4, 6]


def test_a_copy_takes_no_place_of_its_artist():
    copy = recording(1)
    sketches = {0: Sketch(SECONDS, copy), 1: Sketch(SECONDS, copy)}
    assert items(ranked(world(range(5), [None, "a", "a", "a", "a"], sketches), 0)) == [2, 3]


def test_what_sounds_the_same_and_lasts_as_long_is_a_copy_without_a_fingerprint():
    sound, nearly, other = at_angles(0.0, 0.5, 3.0)
    sketches = {
        0: Sketch(2.0, None, sound),
        1: Sketch(2.04, None, nearly),  # the same file in another format
        2: Sketch(2.2, None, nearly),  # longer
        3: Sketch(2.0, None, other),
        4: Sketch(2.0, None, None),
    }
    assert items(ranked(world(range(5), sketches=sketches), 0)) == [2, 3, 4]


def test_it_looks_as_deep_as_it_must():
    """One artist fills all but the first of a thousand ranks."""
    artists = [None, None] + ["busy"] * 1398 + [f"rare {i}" for i in range(100)]
    assert items(ranked(world(np.linspace(0, 90, 1500), artists), 0)) == [1, 2, 3, *range(1400, 1407)]


def test_only_tracks_of_about_one_length_are_compared():
    angles = np.linspace(0, 90, 200)
    lengths = np.arange(200.0) * 10 + 100
    lengths[3] = lengths[2]
    source = InMemory({i: Sketch(float(lengths[i]), recording(i)) for i in range(200)})
    found = snapshot_of(at_angles(*angles), source=source, durations_s=lengths)
    assert items(ranked(found, 0)) == list(range(1, 11))
    assert sorted(source.asked) == [2, 3]


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.sampled_from([-np.inf, 0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=300),
    n=st.integers(1, 400),
)
def test_the_best_scores_in_order_ties_by_row_and_never_what_is_unknown(scores, n):
    scores = np.array(scores, np.float32)
    snapshot = snapshot_of(unit_rows(len(scores)), durations_s=np.arange(len(scores)) * 7.0)
    rows = list(select(scores, Query(n=n), snapshot))
    by_hand = [row for row in np.argsort(-scores, kind="stable").tolist() if np.isfinite(scores[row])]
    assert rows == by_hand[:n]
