"""Chance is fair, and the same chance for the same question."""

from __future__ import annotations

import numpy as np

from segue.recommend.chance import RandomRecommender

ITEMS = np.arange(20)


def ranked(recommender, history):
    return [item.item for item in recommender.recommend(history, 19)]


def test_another_seed_or_history_is_another_draw():
    one = RandomRecommender(ITEMS, seed=0)
    assert ranked(one, [0]) == ranked(RandomRecommender(ITEMS, seed=0), [0])
    assert ranked(one, [0]) != ranked(RandomRecommender(ITEMS, seed=1), [0])
    without_either = [[item for item in ranked(one, [heard]) if item > 1] for heard in (0, 1)]
    assert without_either[0] != without_either[1]


def test_every_item_has_its_chance_to_be_first():
    firsts = [RandomRecommender(ITEMS, seed).recommend([], 1)[0].item for seed in range(2000)]
    counts = np.bincount(firsts, minlength=len(ITEMS))
    # 100 expected each; five standard deviations of a binomial(2000, 1/20) are 49.
    assert counts.min() > 51 and counts.max() < 149
