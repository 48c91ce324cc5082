"""Facets beside timbre in the score of content: worked by hand, on a source and on a library file."""

from __future__ import annotations

import numpy as np
import pytest

from segue.errors import SegueError
from segue.facets.base import Column, Facet, FromFacets
from segue.facets.stored import Numbers
from segue.library.store import Library
from segue.recommend.content import ContentScorer
from segue.recommend.query import Query, Seed
from segue.recommend.snapshot import Snapshot
from tests.library.examples import MODEL, put
from tests.raising import raises
from tests.recommend.examples import InMemory, at_angles, snapshot_of

LEVEL = Facet(
    name="level",
    version="1",
    source=FromFacets((), lambda values: None),
    stored=Numbers("<f4", 1, lambda value: [value], lambda numbers: float(numbers[0])),
    distance=lambda value, column: np.abs(column[:, 0] - value),
    words=str,
)
LEVELS = np.array([0.0, 1.0, 0.25, np.nan], np.float32)


class WithLevels(InMemory):
    def facet(self, name):
        return LEVEL

    def value(self, name, item):
        return None if np.isnan(LEVELS[item]) else float(LEVELS[item])

    def column(self, name, items):
        sure = np.where(np.isnan(LEVELS), np.nan, 1.0).astype(np.float32)
        return Column("level", "1", LEVELS[items][:, None], sure[items])


def scores(*seeds: Seed, **feel: float) -> list[float]:
    snapshot = snapshot_of(at_angles(0, 0, 60, 90), source=WithLevels())
    return ContentScorer(snapshot).score(Query(seeds, feel=tuple(feel.items()))).tolist()


def near(values):
    return pytest.approx(values, abs=1e-6)


def test_a_score_is_the_mean_of_what_does_not_abstain():
    # Cosines with item 0 are 1, 1, 0.5 and 0; 1 - 2 distance is 1, -1, 0.5 and unknown.
    assert scores(Seed(0), level=1.0) == near([1, 0, 0.5, 0])
    assert scores(Seed(0), level=3.0) == near([1, (1 - 3) / 4, 0.5, 0])
    assert scores(Seed(0), level=1.0, timbre=0.0) == near([1, -1, 0.5, -np.inf])
    assert scores(Seed(0), level=0.0) == scores(Seed(0)) == near([1, 1, 0.5, 0])


def test_a_seed_that_lacks_the_facet_is_compared_by_the_others():
    assert scores(Seed(3), level=1.0) == scores(Seed(3))
    # Of seeds 0 and 3 only the first has a level; the mean cosine of item 1 is a half.
    assert scores(Seed(0), Seed(3), level=1.0)[1] == near((0.5 - 1) / 2)


def test_a_seed_from_outside_brings_its_values():
    outside = Seed(vector=at_angles(0)[0], values={"level": 1.0})
    assert scores(outside, level=1.0) == near([0, 1, 0, 0])


def test_an_unwanted_seed_counts_against():
    assert scores(Seed(0), Seed(1, weight=-1.0), level=1.0)[:3] == near([0.5, -0.5, 0.25])


@pytest.mark.parametrize("weight", [-1.0, np.inf, np.nan])
def test_weights_are_finite_and_not_below_0(weight):
    with pytest.raises(ValueError):
        Query((Seed(0),), feel=(("level", weight),))


def test_facets_of_a_library(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        with library.scan(["/music"]) as scan:
            for i in range(5):
                put(scan, f"/music/{i}.mp3", i)
        snapshot = Snapshot.read(library, MODEL)
    plain = ContentScorer(snapshot).score(Query((Seed(1),)))
    # All five have one tempo: distance 0, so each score moves half way to 1.
    felt = ContentScorer(snapshot).score(Query((Seed(1),), feel=(("tempo", 1.0),)))
    assert felt == pytest.approx((plain + 1) / 2, abs=1e-6)
    with raises(SegueError, "facet-unknown"):
        ContentScorer(snapshot).score(Query((Seed(1),), feel=(("magic", 1.0),)))
