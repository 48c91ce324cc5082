"""Whether genres mean something or only name the artist: a set of either kind, and what a comparison says of it."""

from __future__ import annotations

import pytest

from segue.grading.run import compare
from segue.grading.table import report_of
from segue.research.compare.evidence import Evidence, evidence
from segue.research.compare.words import statements
from segue.research.interactions.registry import read_interactions
from tests.research.compare.artists import write_artists
from tests.research.compare.blocks import write_blocks

pytest.importorskip("polars", reason="reading interactions needs the extra cf")

MODEL = "content+genres"
MODELS = ["random", "ease", MODEL, f"{MODEL}:shuffled"]


@pytest.fixture(scope="module", params=[False, True], ids=["names", "means"])
def told(request, tmp_path_factory):
    """Whether genres mean something, and the report of a comparison."""
    folder = tmp_path_factory.mktemp("artists")
    interactions, content, _ = read_interactions(
        "mpd-audio", write_artists(folder / "data", with_meaning=request.param)
    )
    found = compare(interactions, content, "warm", models=MODELS, seeds=range(3), out=folder / "measured")
    return request.param, report_of(found)


def test_the_control_with_artists_exchanged_is_added_by_itself(told):
    _, report = told
    assert set(report.by_model) == {*MODELS, f"{MODEL}:artists-exchanged"}
    assert report.by_model[f"{MODEL}:artists-exchanged"].is_control


def test_genres_that_name_artists_are_called_that_and_genres_that_mean_something_count(told):
    with_meaning, report = told
    codes = {one.code for one in statements(report)}
    assert report.difference(MODEL, f"{MODEL}:shuffled").verdict == "better", "either kind of genres helps"
    wanted = Evidence.COUNTS if with_meaning else Evidence.NAMES_ARTISTS
    assert evidence(report, MODEL) is wanted
    assert {Evidence.COUNTS, Evidence.NAMES_ARTISTS} & codes == {wanted}


def test_without_a_shuffled_control_none_is_added(tmp_path):
    interactions, content, _ = read_interactions("mpd-audio", write_blocks(tmp_path / "blocks"))
    found = compare(interactions, content, "warm", models=[MODEL], seeds=(0,), out=tmp_path)
    assert [variant.name for variant in found.models] == [MODEL]
