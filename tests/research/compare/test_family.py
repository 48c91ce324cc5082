"""The declared differences of a comparison, and what is said of them together."""

from __future__ import annotations

from segue.research.compare import family
from segue.research.compare.family import declared
from segue.research.compare.words import statements
from tests.research.compare.reports import report_of

SCORES = {"hybrid": 0.23, "hybrid:shuffled": 0.2215, "ease-and-als": 0.22, "ease": 0.21, "random": 0.01}


def test_the_family_is_the_baseline_controls_and_the_same_without_content():
    assert set(declared(report_of(SCORES))) == {
        ("hybrid", "ease"),
        ("hybrid:shuffled", "ease"),
        ("ease-and-als", "ease"),
        ("random", "ease"),
        ("hybrid", "hybrid:shuffled"),
        ("hybrid", "ease-and-als"),
    }


def test_a_difference_just_beyond_its_interval_is_lost_among_many():
    report = report_of({**SCORES, "itemknn": 0.2079, "ease+audio": 0.2121}, half_width=0.002)
    found = family.tested(report)[("itemknn", "ease")]
    assert found.p < 0.05 <= found.adjusted
    text = next(one.text for one in statements(report) if one.code == "holm")
    assert "8 differences" in text and " 6 are below" in text and "itemknn - ease" in text


def test_hybrids_are_held_against_the_best_of_choices_alone():
    codes = [one.code for one in statements(report_of({**SCORES, "itemknn": 0.225}))]
    assert "choices-alone" in codes
    assert "choices-alone" not in [one.code for one in statements(report_of(SCORES))], "said already"
