"""The gains that the models are there for, on real playlists, divided by seeds that no reported figure uses."""

from __future__ import annotations

import numpy as np
import pytest

from segue.grading.holdout import Holdout, hold_out
from segue.grading.measure import find_hits
from segue.metrics.ranking import ndcg, recall
from segue.research.interactions.registry import read_interactions
from tests.recommend.models.worlds import fit

DEVELOPMENT_SEED = 102


@pytest.fixture(scope="module")
def playlists(shared_dir):
    folder = shared_dir / "data" / "interactions" / "mpd_audio"
    if not folder.is_dir():
        pytest.skip(f"mpd-audio: no folder {folder}")
    pytest.importorskip("polars", reason="extra cf: polars is not installed")
    pytest.importorskip("implicit", reason="extra cf: implicit is not installed")
    interactions, content, _ = read_interactions("mpd-audio", folder)
    return interactions, content


def found(name: str, held: Holdout, content) -> tuple[float, float]:
    model = fit(name, held.test.fit, content, seed=0, known_items=held.test.known)
    hits = find_hits(model, held.test)
    return float(np.nanmean(recall(hits, 20))), float(np.nanmean(ndcg(hits, 10)))


def test_side_information_adds_to_ease(playlists):
    interactions, content = playlists
    held = hold_out(interactions, "warm", DEVELOPMENT_SEED)
    (recall_ease, ndcg_ease), (_, ndcg_side) = (
        found(name, held, content) for name in ("ease", "ease+audio+genres+artists")
    )
    assert 0.26 < recall_ease < 0.31
    assert ndcg_side - ndcg_ease > 0.008


def test_choices_alone_reach_further_in_several_views_and_the_artist_alone_further_still(playlists):
    interactions, content = playlists
    held = hold_out(interactions, "warm", DEVELOPMENT_SEED)
    names = ("ease-normalised", "ease-and-als", "ensemble", "ease-and-als+artists")
    one, two, three, artist = (found(name, held, content)[1] for name in names)
    assert two - one > 0.003 and three - two > 0.001 and artist - three > 0.005


def test_weights_predicted_from_content_find_more_cold_items_than_factors_do(playlists):
    interactions, content = playlists
    held = hold_out(interactions, "cold", DEVELOPMENT_SEED)
    (ridge, _), (predicted, _) = (
        found(name, held, content) for name in ("content-to-cf+genres", "content-to-ease+genres+artists")
    )
    assert ridge > 0.3
    assert predicted - ridge > 0.03
