"""Sentences of a comparison, from documents written by hand: each says what the numbers justify and no more."""

from __future__ import annotations

import itertools

import pytest

from segue.research.compare.words import sentences

FAMILIES = {
    "ease": "collaborative",
    "ease-and-als": "collaborative",
    "hybrid": "hybrid",
    "hybrid:shuffled": "control",
    "content": "content",
    "ease+audio": "hybrid",
    "ease+audio:shuffled": "control",
    "content-to-cf": "content",
    "content-to-ease": "content",
    "content-to-ease+artists": "content",
    "popularity": "control",
}


def document(
    scores,
    *,
    protocol="warm",
    half_width=0.002,
    new_artists=None,
    asked=(50, 50),
    n_candidates=70,
    n_askers=50,
):
    """A document of models with these values of the headline, every interval ``half_width`` to each side."""
    measure = "recall@20" if protocol == "cold" else "ndcg@10"
    new = "recall@20 (new artist)"
    values = {name: {measure: score} for name, score in scores.items()}
    for name, share in (new_artists or {}).items():
        values[name][new] = share
    rows = [
        {
            "model": name,
            "family": FAMILIES[name],
            "popularity_lift@20": None,
            "sees_test": False,
            **told,
            "ci95": {m: [v - half_width, v + half_width] for m, v in told.items()},
        }
        for name, told in sorted(values.items(), key=lambda pair: -pair[1][measure])
    ]
    differences = [
        {
            "a": a,
            "b": b,
            "measure": m,
            "difference": values[a][m] - values[b][m],
            "ci95": [values[a][m] - values[b][m] - half_width, values[a][m] - values[b][m] + half_width],
        }
        for a, b in itertools.combinations(values, 2)
        for m in (measure, new)
        if m in values[a] and m in values[b]
    ]
    return {
        "dataset": "x",
        "name": "x",
        "n_candidates": n_candidates,
        "protocol": protocol,
        "headline": measure,
        "seeds": [0, 1],
        "n_users": 60,
        "n_items": 70,
        "n_pairs": 800,
        "n_users_asked": list(asked),
        "n_askers": n_askers,
        "rows": rows,
        "differences": differences,
    }


def said(scores, **told):
    return " ".join(sentences(document(scores, **told)))


def test_a_gain_that_shuffled_content_also_shows_is_told_apart():
    text = said({"ease": 0.200, "ease+audio": 0.230, "ease+audio:shuffled": 0.224})
    assert "ease+audio does better than ease in NDCG@10: +0.030 (+0.028 to +0.032)." in text
    assert "But ease+audio:shuffled also does better than ease: +0.024 (+0.022 to +0.026)." in text
    assert "ease+audio keeps 80 % of its gain without audio and genres" in text
    assert "they add +0.006 (+0.004 to +0.008)." in text


@pytest.mark.parametrize("by_control", [0.200, 0.201, 0.150])
def test_a_control_that_gains_nothing_takes_nothing_away(by_control):
    text = said({"ease": 0.200, "ease+audio": 0.230, "ease+audio:shuffled": by_control})
    assert "of its gain without" not in text
    assert "Content itself counts" in text


def test_a_control_that_does_as_well_leaves_no_content_effect():
    text = said({"ease": 0.200, "ease+audio": 0.230, "ease+audio:shuffled": 0.229})
    assert "It is no content effect where the shuffled control does as well" in text
    assert "Content itself counts" not in text


def test_models_whose_interval_holds_zero_are_not_told_apart():
    text = said({"ease": 0.200, "ease+audio": 0.201})
    assert "ease+audio and ease cannot be told apart in NDCG@10: +0.001 (-0.001 to +0.003)." in text
    assert "It cannot be told apart from ease." in text


def test_who_serves_new_artists_better_than_the_best_is_named():
    scores = {"content-to-cf": 0.37, "content-to-ease": 0.41}
    text = said(scores, protocol="cold", new_artists={"content-to-cf": 0.26, "content-to-ease": 0.21})
    assert (
        "New artists are served better by content-to-cf, which puts back 0.260 of their items: +0.050" in text
    )
    text = said(scores, protocol="cold", new_artists={"content-to-cf": 0.211, "content-to-ease": 0.210})
    assert "New artists are served better" not in text
    text = said(scores, protocol="cold", new_artists={"content-to-cf": 0.20, "content-to-ease": 0.21})
    assert "New artists are served better" not in text


def test_users_asked_are_one_number_where_seeds_agree():
    assert "2 seeds, 50 users asked a seed" in said({"ease": 0.2, "ease+audio": 0.3})
    assert "2 seeds, 48 to 1,050 users asked a seed" in said(
        {"ease": 0.2, "ease+audio": 0.3}, asked=(1050, 48)
    )


def test_a_control_that_does_as_well_as_the_best_is_named():
    text = said({"ease": 0.200, "popularity": 0.199})
    assert "ease puts back most of all models: NDCG@10 0.200" in text
    assert "But the control popularity does as well or better: -0.001 (-0.003 to +0.001)." in text
    assert "But the control" not in said({"ease": 0.200, "popularity": 0.190})
    assert "But the control popularity does as well or better: +0.100" in said(
        {"ease": 0.1, "popularity": 0.2}
    )


def test_what_artists_add_is_told_apart():
    text = said({"content-to-ease": 0.30, "content-to-ease+artists": 0.34}, protocol="cold")
    assert "content-to-ease+artists - content-to-ease +0.040 (+0.038 to +0.042)." in text


def test_a_list_that_holds_every_candidate_is_said_to():
    assert "With 18 candidates a list of 20 holds them all" in said(
        {"ease": 0.2, "popularity": 0.1}, n_candidates=18
    )
    assert "holds them all" not in said({"ease": 0.2, "popularity": 0.1}, n_candidates=21)


def test_nothing_has_no_sign():
    text = said({"ease": 0.2, "ease+audio": 0.2}, half_width=0.0001)
    assert "0.000 (0.000 to 0.000)" in text


def test_too_few_users_decide_nothing():
    text = said({"ease": 0.200, "ease+audio": 0.230}, n_askers=19)
    assert text.startswith("Only 19 users of x could be asked, which is too little data to tell")
    assert "better than" not in text and "puts back most" not in text
    assert "Only 1 user of x" in said({"ease": 0.2}, n_askers=1)
    assert "puts back most" in said({"ease": 0.200, "ease+audio": 0.230}, n_askers=20)


def test_models_that_find_nothing_are_not_called_the_best():
    text = said({"ease": 0.0, "popularity": 0.0}, protocol="cold")
    assert text.startswith("None of these models puts anything back of x under the protocol cold")


def test_content_counts_only_where_the_model_gains_on_itself_without_it():
    text = said({"ease": 0.20, "ease-and-als": 0.21, "hybrid": 0.22, "hybrid:shuffled": 0.21})
    assert "hybrid does better than ease-and-als (the same without content) in NDCG@10: +0.010" in text
    assert "Content itself counts where a model does better" in text and "harms" not in text
    text = said({"ease": 0.20, "ease-and-als": 0.22, "hybrid": 0.22, "hybrid:shuffled": 0.19})
    assert "Content itself counts" not in text
    assert (
        "right content gains nothing that can be told on the same model without any: "
        "hybrid (+0.030 (+0.028 to +0.032); beside ease-and-als 0.000 (-0.002 to +0.002))." in text
    )


def test_what_learned_from_choices_is_not_called_content_alone():
    assert "content-to-cf (the best that scores items by their content) does worse than ease" in said(
        {"ease": 0.3, "content-to-cf": 0.2}
    )
    assert "content (the best of content alone) does worse than ease" in said({"ease": 0.3, "content": 0.2})
