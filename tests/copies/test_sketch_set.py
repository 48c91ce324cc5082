"""What a list holds already, as a seed or an entry, is told also where it is short or band-limited."""

import numpy as np
import pytest

from segue.copies.sketch import Sketch, SketchSet
from tests.recommend.examples import unit_rows


def fingerprint(seed):
    """A sketch of something that moves: bands of their own mean level, each on a course of its own."""
    rng = np.random.default_rng(seed)
    course = np.cumsum(rng.normal(0, 2, (63, 16)), axis=0)
    course -= course.mean(axis=0) + course.mean(axis=1, keepdims=True)
    return np.concatenate((rng.normal(0, 10, (1, 16)), course))


def stored(sketch):
    return np.clip(np.rint(sketch), -127, 127).astype(np.int8).ravel()


def coded(sketch, seed=9):
    """The sketch as of a copy in another format: the embedding is another, the course nearly the same."""
    return sketch + np.random.default_rng(seed).normal(0, 0.5, sketch.shape)


@pytest.mark.parametrize("seconds", [1.5, 3.0, 180.0])
def test_a_coded_copy_is_held_whatever_its_embedding(seconds):
    a, b = unit_rows(2)
    taken = SketchSet([Sketch(seconds, stored(fingerprint(1)), a)])
    assert taken.holds_copy_of(Sketch(seconds + 0.02, stored(coded(fingerprint(1))), b))
    assert not taken.holds_copy_of(Sketch(seconds, stored(fingerprint(2)), b))


def test_short_copies_last_equally_long_to_a_few_frames():
    taken = SketchSet([Sketch(3.0, stored(fingerprint(1)))])
    assert not taken.holds_copy_of(Sketch(3.2, stored(coded(fingerprint(1)))))


def test_a_copy_at_8_khz_is_held():
    limited = fingerprint(1)
    limited[0, 14:] -= 60
    limited[1:, 14:] = 0
    assert SketchSet([Sketch(180.0, stored(fingerprint(1)))]).holds_copy_of(Sketch(180.0, stored(limited)))


def test_short_tracks_of_older_libraries_have_no_fingerprint_and_do_no_harm():
    taken = SketchSet([Sketch(3.0, None, unit_rows(1)[0])])
    assert not taken.holds_copy_of(Sketch(3.0, stored(fingerprint(1)), unit_rows(2)[1]))
