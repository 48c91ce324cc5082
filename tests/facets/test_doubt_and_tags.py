"""Doubt and tags: by hand, without a network."""

import numpy as np
import pytest

from segue.facets.doubt import doubt, with_doubt
from segue.facets.tags import clear_tags
from segue.model.passport import DoubtScale, TagScale
from segue.types import Doubt

SCALE = DoubtScale(bias=0.0, entropy=0.0, familiarity=-10.0, threshold=0.5)


def test_strange_music_is_doubted_and_familiar_music_is_not():
    assert doubt(np.array([0.9, 0.1]), 1.0, SCALE).probability < 1e-3
    assert doubt(np.array([0.9, 0.1]), -1.0, SCALE).probability > 0.999
    assert doubt(np.array([0.9, 0.1]), 0.0, SCALE) == Doubt(0.5, True), "from the threshold on"


def test_entropy_counts_in_nats():
    scale = DoubtScale(bias=0.0, entropy=1.0, familiarity=0.0, threshold=0.9)
    assert doubt(np.full(4, 0.25), 0.0, scale).probability == pytest.approx(4.0 / 5.0)


def test_half_a_doubt_is_half_way_to_even():
    assert with_doubt(np.array([1.0, 0.0]), Doubt(0.5, True)) == pytest.approx([0.75, 0.25])
    p = np.array([0.6, 0.4])
    assert with_doubt(p, None) is p


def test_tags_are_those_above_their_own_threshold_furthest_first():
    scales = (TagScale("rock", 0.5), TagScale("sad", 0.1), TagScale("folk", 0.2))
    assert [t.tag for t in clear_tags(np.array([0.6, 0.3, 0.1]), scales)] == ["sad", "rock"]
    assert clear_tags(np.zeros(0), ()) == ()
