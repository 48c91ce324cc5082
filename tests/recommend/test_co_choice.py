"""What is chosen together, by hand, and a weight that never jumps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from segue.recommend.co_choice import DOUBT_LISTS, chosen_with, trust, weights

# Three lists: a b, a b c, and d alone; e is in none.
PAIRS = sparse.csr_matrix(np.array([[1, 2, 0, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 1, 0]], np.float32))


def test_likeness_is_the_cosine_of_lists():
    assert chosen_with(PAIRS, np.array([0])).tolist() == pytest.approx([1, 1, 1 / np.sqrt(2), 0, 0])
    both = chosen_with(PAIRS, np.array([0, 3]))
    assert both.tolist() == pytest.approx([0.5, 0.5, 0.5 / np.sqrt(2), 0.5, 0])


def test_nobody_has_chosen_what_is_in_no_list():
    assert not chosen_with(PAIRS, np.array([4])).any()
    assert not chosen_with(PAIRS, np.array([], np.int64)).any()


def test_a_new_track_or_a_new_seed_is_judged_by_sound_alone():
    assert not weights(PAIRS, np.array([0])).any()
    assert weights(PAIRS, np.array([2]))[4] == 0
    assert not weights(PAIRS, np.array([])).any()


def test_weight_grows_with_lists_and_never_jumps():
    n = np.arange(200.0)
    grown = trust(n)
    assert (np.diff(grown) > 0).all() and grown[int(DOUBT_LISTS)] == 0.5 and grown[-1] > 0.98
    assert np.diff(grown).max() == grown[1] - grown[0] == 1 / (1 + DOUBT_LISTS)
