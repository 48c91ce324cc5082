"""Doubt and tags: by hand, without a network."""

import numpy as np
import pytest

from segue.facets.genre import clear_tags, with_doubt
from segue.model.passport import DoubtScale, TagScale

SCALE = DoubtScale(bias=0.0, entropy=0.0, familiarity=-10.0, threshold=0.5)


def test_familiar_music_keeps_its_probabilities_and_strange_music_loses_them():
    p = np.array([0.9, 0.1])
    kept, unknown = with_doubt(p, [1.0], SCALE)
    assert kept == pytest.approx(p, abs=1e-3)
    assert not unknown
    evened, unknown = with_doubt(p, [-1.0], SCALE)
    assert evened == pytest.approx([0.5, 0.5], abs=1e-3)
    assert unknown


def test_half_a_doubt_is_half_way_to_even():
    mixed, unknown = with_doubt(np.array([1.0, 0.0]), [0.0], SCALE)
    assert mixed == pytest.approx([0.75, 0.25])
    assert unknown, "from the threshold on"


def test_a_model_without_doubt_changes_nothing():
    p = np.array([0.6, 0.4])
    assert with_doubt(p, [None], None)[0] is p


def test_tags_are_those_above_their_own_threshold_furthest_first():
    scales = (TagScale("rock", 0.5), TagScale("sad", 0.1), TagScale("folk", 0.2))
    assert [t.tag for t in clear_tags(np.array([0.6, 0.3, 0.1]), scales)] == ["sad", "rock"]
    assert clear_tags(np.zeros(0), ()) == ()
