"""Statements of a comparison, from reports written by hand: each says what the numbers justify and no more."""

from __future__ import annotations

import pytest

from segue.research.compare.summary import summary
from segue.research.compare.words import sentences, statements
from tests.research.compare.reports import report_of


def said(scores, **told):
    """The statements by their code."""
    found = statements(report_of(scores, **told))
    assert len({one.code for one in found}) == len(found)
    return {one.code: one.text for one in found}


def test_a_gain_that_shuffled_content_also_shows_is_told_apart():
    found = said({"ease": 0.200, "ease+audio": 0.230, "ease+audio:shuffled": 0.224})
    assert "ease+audio does better than ease in NDCG@10: +0.030 (+0.028 to +0.032)" in found["reference"]
    text = found["gain-without-content"]
    assert "+0.024 (+0.022 to +0.026)" in text and "80 %" in text and "+0.006 (+0.004 to +0.008)" in text


@pytest.mark.parametrize("by_control", [0.200, 0.201, 0.150])
def test_a_control_that_gains_nothing_takes_nothing_away(by_control):
    found = said({"ease": 0.200, "ease+audio": 0.230, "ease+audio:shuffled": by_control})
    assert "content-counts" in found and "gain-without-content" not in found


def test_a_control_that_does_as_well_leaves_no_content_effect():
    found = said({"ease": 0.200, "ease+audio": 0.230, "ease+audio:shuffled": 0.229})
    assert "no-content-effect" in found and "content-counts" not in found


def test_models_whose_interval_holds_zero_are_not_told_apart():
    found = said({"ease": 0.200, "ease+audio": 0.201})
    assert "cannot be told apart in NDCG@10: +0.001 (-0.001 to +0.003)" in found["reference"]
    assert "ease" in found["best-shared"]
    assert "best-shared" not in said({"ease": 0.200, "ease+audio": 0.203})


def test_who_serves_new_artists_better_than_the_best_is_named():
    scores = {"content-to-cf": 0.37, "content-to-ease": 0.41}
    better = said(scores, protocol="cold", new_artists={"content-to-cf": 0.26, "content-to-ease": 0.21})
    assert "content-to-cf, which finds 0.260 of their items: +0.050" in better["new-artists-better"]
    for new_artists in ((0.211, 0.210), (0.20, 0.21)):
        found = said(scores, protocol="cold", new_artists=dict(zip(scores, new_artists, strict=True)))
        assert "known-and-new-artists" in found and "new-artists-better" not in found


def test_users_asked_are_one_number_where_seeds_agree():
    assert "2 seeds, 50 users asked" in said({"ease": 0.2, "ease+audio": 0.3})["best"]
    differing = said({"ease": 0.2, "ease+audio": 0.3}, asked=(1050, 48))
    assert "2 seeds, 48 to 1,050 users asked" in differing["best"]


def test_a_control_that_does_as_well_as_the_best_is_named():
    found = said({"ease": 0.200, "popularity": 0.199})
    assert "ease ranks hidden items best: NDCG@10 0.200" in found["best"]
    assert "popularity does as well or better: -0.001 (-0.003 to +0.001)" in found["control-as-good"]
    assert "control-as-good" not in said({"ease": 0.200, "popularity": 0.190})
    assert "+0.100" in said({"ease": 0.1, "popularity": 0.2})["control-as-good"]
    assert "control" in summary(report_of({"ease": 0.1, "popularity": 0.2}))[1]


def test_what_artists_add_is_told_apart():
    found = said({"content-to-ease": 0.30, "content-to-ease+artists": 0.34}, protocol="cold")
    assert "content-to-ease+artists - content-to-ease +0.040 (+0.038 to +0.042)" in found["added-artists"]


def test_a_list_that_holds_every_candidate_is_said_to():
    assert "list-holds-all" in said({"ease": 0.2, "popularity": 0.1}, n_candidates=18)
    assert "list-holds-all" not in said({"ease": 0.2, "popularity": 0.1}, n_candidates=21)


def test_nothing_has_no_sign():
    assert "0.000 (0.000 to 0.000)" in said({"ease": 0.2, "ease+audio": 0.2}, half_width=0.0001)["reference"]


def test_too_few_users_decide_nothing():
    report = report_of({"ease": 0.200, "ease+audio": 0.230}, n_askers=19)
    assert [one.code for one in statements(report)] == ["too-few-users"]
    assert "19 users of x" in summary(report)[0] and summary(report) == sentences(report)
    assert "Only 1 user of x" in said({"ease": 0.2}, n_askers=1)["too-few-users"]
    assert "best" in said({"ease": 0.200, "ease+audio": 0.230}, n_askers=20)


def test_models_that_find_nothing_are_not_called_the_best():
    assert list(said({"ease": 0.0, "popularity": 0.0}, protocol="cold")) == ["nothing-found"]


def test_content_counts_only_where_the_model_gains_on_itself_without_it():
    found = said({"ease": 0.20, "ease-and-als": 0.21, "hybrid": 0.22, "hybrid:shuffled": 0.21})
    assert "ease-and-als" in found["without-content"] and "+0.010" in found["without-content"]
    assert "content-counts" in found and "wrong-content-harms" not in found
    found = said({"ease": 0.20, "ease-and-als": 0.22, "hybrid": 0.22, "hybrid:shuffled": 0.19})
    assert "content-counts" not in found
    assert (
        "hybrid (beside another item's +0.030 (+0.028 to +0.032); beside ease-and-als 0.000 (-0.002 to +0.002))"
        in found["wrong-content-harms"]
    )


def test_what_learned_from_choices_is_not_called_content_alone():
    assert "scores items by their content" in said({"ease": 0.3, "content-to-cf": 0.2})["families"]
    assert "content alone" in said({"ease": 0.3, "content": 0.2})["families"]


def test_a_bound_is_called_one_and_is_no_rival():
    found = said({"true-factors": 0.8, "content-to-cf": 0.4}, protocol="cold")
    assert "reaches 50 %" in found["bound"] and "control-as-good" not in found
    assert "content-to-cf" in found["best"]


def test_popularity_of_lists_is_said_where_models_differ():
    lifts = {"ease": 0.5, "hybrid": -0.1}
    assert "0.90 times" in said({"ease": 0.2, "hybrid": 0.3}, lifts=lifts)["popularity"]
    assert "popularity" not in said({"ease": 0.2, "hybrid": 0.3}, lifts={"ease": 0.5, "hybrid": 0.5})


def test_a_summary_is_three_sentences_without_brackets():
    scores = {"ease": 0.20, "ease-and-als": 0.21, "hybrid": 0.22, "hybrid:shuffled": 0.21}
    for told in (scores, {"ease": 0.3, "content": 0.2}, {"popularity": 0.2, "ease": 0.1}):
        short = summary(report_of(told))
        assert 1 <= len(short) <= 3 and "(" not in " ".join(short)


WITH_GENRES = {"ease": 0.20, "ease-and-als": 0.21, "hybrid+genres": 0.23, "hybrid+genres:shuffled": 0.21}


def test_genres_that_only_name_the_artist_are_not_called_content():
    scores = WITH_GENRES | {"hybrid+genres:artists-exchanged": 0.229}
    found = said(scores)
    assert "content-counts" not in found
    assert "beside another artist's +0.001 (-0.001 to +0.003)" in found["content-names-artists"]
    assert "97 %" in found["gain-by-artists"]
    assert "who made" in summary(report_of(scores))[-1]


def test_content_that_beats_both_controls_counts():
    scores = WITH_GENRES | {"hybrid+genres:artists-exchanged": 0.215}
    found = said(scores)
    assert "content-names-artists" not in found
    assert "beside another artist's +0.015 (+0.013 to +0.017)" in found["content-counts"]
    assert "counts" in summary(report_of(scores))[-1]


def test_content_that_does_not_beat_the_shuffled_control_is_no_matter_of_artists():
    scores = WITH_GENRES | {"hybrid+genres:shuffled": 0.23, "hybrid+genres:artists-exchanged": 0.20}
    assert "no-content-effect" in said(scores) and "content-counts" not in said(scores)
