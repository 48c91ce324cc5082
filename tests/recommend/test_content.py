"""What sounds like the seeds: order, copies, artists, seeds from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from segue.library.records import Sketch
from segue.recommend.content import ContentRecommender, Seed
from segue.recommend.search import ExactIndex
from tests.recommend.examples import NOTHING

SECONDS = 180.0


def at_angles(*degrees: float) -> np.ndarray:
    """float32 (n, 2): directions whose cosine with angle 0 is easily told."""
    radians = np.deg2rad(np.array(degrees))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def recommender(angles, artists=None, sketches=None, **settings):
    """One item for each angle, ids 0, 1, ...; without artists and sketches unless given."""
    return ContentRecommender(
        np.arange(len(angles)),
        ExactIndex(at_angles(*angles)),
        artists or [None] * len(angles),
        lambda item: (sketches or {}).get(item, NOTHING),
        **settings,
    )


def ranked(found):
    return [item.item for item in found]


def recording(seed: int) -> np.ndarray:
    """A fingerprint of a piece of its own: int8 (1024,), sixteen band levels and their courses."""
    return np.random.default_rng(seed).integers(-30, 30, 1024).astype(np.int8)


def test_nearest_first_with_its_cosine():
    found = recommender([0, 60, 30, 90, 180]).recommend([0], 10)
    assert ranked(found) == [2, 1, 3, 4]
    expected = np.cos(np.deg2rad([30, 60, 90, 180]))
    assert [item.score for item in found] == pytest.approx(expected, abs=1e-6)


def test_several_seeds_rank_by_mean_cosine():
    found = recommender([0, 90, 10, 45, 100]).recommend([0, 1], 10)
    assert ranked(found) == [3, 2, 4]
    by_hand = [(np.cos(a) + np.cos(a - np.pi / 2)) / 2 for a in np.deg2rad([45, 10, 100])]
    assert [item.score for item in found] == pytest.approx(by_hand, abs=1e-6)


def test_seeds_that_contradict_each_other_are_answered():
    found = recommender([0, 180, 20, 50]).recommend([0, 1], 10)
    assert [item.score for item in found] == pytest.approx([0, 0], abs=1e-6)


def test_a_seed_from_elsewhere():
    outside = Seed(at_angles(58)[0], NOTHING)
    assert ranked(recommender([0, 60, 30]).like([outside], 10)) == [1, 2, 0]
    inside = Seed(at_angles(58)[0], NOTHING, item=1)
    assert ranked(recommender([0, 60, 30]).like([inside], 10)) == [2, 0]


def test_a_seed_of_another_model():
    with pytest.raises(ValueError, match="different dimensions"):
        recommender([0, 60]).like([Seed(np.ones(3, np.float32), NOTHING)], 10)


def test_no_seeds():
    assert recommender([0, 60]).like([], 10) == []


def test_copies_of_a_seed_are_left_out():
    copy = recording(1)
    sketches = {0: Sketch(SECONDS, copy), 1: Sketch(SECONDS + 0.2, copy), 3: Sketch(SECONDS, recording(2))}
    found = recommender([0, 1, 2, 3], sketches=sketches)
    assert ranked(found.recommend([0], 10)) == [2, 3]
    assert ranked(found.like([Seed(at_angles(0)[0], Sketch(SECONDS, copy))], 10)) == [2, 3]


def test_of_two_copies_the_better_one_is_ranked():
    copy = recording(1)
    sketches = {2: Sketch(SECONDS, copy), 1: Sketch(SECONDS, copy)}
    assert ranked(recommender([0, 20, 10, 30], sketches=sketches).recommend([0], 10)) == [2, 3]


def test_a_longer_version_is_no_copy():
    same = recording(1)
    sketches = {0: Sketch(SECONDS, same), 1: Sketch(SECONDS + 20, same)}
    assert ranked(recommender([0, 1, 2], sketches=sketches).recommend([0], 10)) == [1, 2]


def test_no_more_than_two_of_an_artist_and_gaps_are_filled():
    artists = [None, "A", "the a", "A feat. B", "b", None, None, None]
    found = recommender([0, 1, 2, 3, 4, 5, 6, 7], artists)
    assert ranked(found.recommend([0], 4)) == [1, 2, 4, 5]
    assert ranked(found.recommend([0], 10)) == [1, 2, 4, 5, 6, 7]  # without a tag: as many as fit


@pytest.mark.parametrize(("limit", "expected"), [(0, [1, 2, 3, 4]), (1, [1, 4]), (3, [1, 2, 3, 4])])
def test_the_limit_is_a_setting(limit, expected):
    found = recommender([0, 1, 2, 3, 4], ["a", "a", "a", "a", "b"], per_artist=limit)
    assert ranked(found.recommend([0], 4)) == expected


def test_the_artist_of_a_seed_counts_like_any_other():
    found = recommender([0, 1, 2, 3, 4], ["a", "a", "a", "a", None])
    assert ranked(found.recommend([0], 4)) == [1, 2, 4]


def test_a_copy_takes_no_place_of_its_artist():
    copy = recording(1)
    sketches = {0: Sketch(SECONDS, copy), 1: Sketch(SECONDS, copy)}
    found = recommender([0, 1, 2, 3, 4], [None, "a", "a", "a", "a"], sketches)
    assert ranked(found.recommend([0], 10)) == [2, 3]


def test_what_sounds_the_same_and_lasts_as_long_is_a_copy_without_a_fingerprint():
    sound, nearly, other = at_angles(0.0, 0.5, 3.0)
    sketches = {
        0: Sketch(2.0, None, sound),
        1: Sketch(2.04, None, nearly),  # the same file in another format
        2: Sketch(2.2, None, nearly),  # longer
        3: Sketch(2.0, None, other),
        4: Sketch(2.0, None, None),
    }
    assert ranked(recommender([0, 1, 2, 3, 4], sketches=sketches).recommend([0], 10)) == [2, 3, 4]


def test_it_looks_as_deep_as_it_must():
    """One artist fills all but the first of a thousand ranks."""
    angles = np.linspace(0, 90, 1500)
    artists = [None, None] + ["busy"] * 1398 + [f"rare {i}" for i in range(100)]
    found = recommender(angles, artists).recommend([0], 10)
    assert ranked(found) == [1, 2, 3, *range(1400, 1407)]


class OverlookingIndex(ExactIndex):
    """Finds its best row only when asked for many, as an approximate index may."""

    def search(self, query, k):
        rows, scores = super().search(query, k)
        return (rows, scores) if k >= len(self.matrix) else (rows[1:], scores[1:])


def test_what_an_approximate_index_finds_late_does_not_break_the_order():
    angles = [0.0, *np.linspace(1, 90, 999)]
    artists = [None, *["busy"] * 900, *[None] * 99]
    made = ContentRecommender(
        np.arange(1000), OverlookingIndex(at_angles(*angles)), artists, lambda _: NOTHING
    )
    found = made.like([Seed(at_angles(0)[0], NOTHING)], 10)
    assert ranked(found) == [1, 2, 0, *range(901, 908)]
    scores = [item.score for item in found]
    assert scores == sorted(scores, reverse=True)


def test_only_what_is_about_to_be_ranked_is_asked_for_its_sketch():
    asked = []

    def sketch(item):
        asked.append(item)
        return NOTHING

    angles = np.linspace(0, 90, 1000)
    made = ContentRecommender(np.arange(1000), ExactIndex(at_angles(*angles)), [None] * 1000, sketch)
    made.recommend([0], 10)
    assert asked == list(range(11))


@pytest.mark.parametrize(
    ("items", "artists", "per_artist", "match"),
    [
        ([0, 1], [None], 2, "one length"),
        ([1, 0], [None] * 2, 2, "ascending"),
        ([0, 1], [None] * 2, -1, "no limit"),
    ],
)
def test_what_does_not_fit_together(items, artists, per_artist, match):
    with pytest.raises(ValueError, match=match):
        ContentRecommender(
            np.array(items), ExactIndex(at_angles(0, 1)), artists, lambda _: NOTHING, per_artist=per_artist
        )
