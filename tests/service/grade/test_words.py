"""The advice of a grade, from grades written by hand."""

from __future__ import annotations

from dataclasses import replace

from segue.grading.report import ComparisonReport, Difference, Estimate
from segue.service.grade.report import Grade, Hub, OtherLists
from segue.service.grade.words import MEASURE, sentences
from tests.research.compare.reports import FAMILIES, report_of, row_of


def grade_of(scores, *, half_width=0.02, lists=100, kinds=None):
    """A grade of models with these values of Recall@20, every interval ``half_width`` to each side."""
    report = report_of({"popularity": 0.0})
    rows = [
        row_of(model, {MEASURE: score, "hub_share@20": 0.1}, half_width) for model, score in scores.items()
    ]
    gaps = [
        Difference(a.model, b.model, MEASURE, Estimate(gap, gap - half_width, gap + half_width))
        for i, a in enumerate(rows)
        for b in rows[i + 1 :]
        for gap in [(a.value(MEASURE) or 0) - (b.value(MEASURE) or 0)]
    ]
    comparison: ComparisonReport = replace(report, rows=tuple(rows), differences=tuple(gaps), n_candidates=60)
    hubs = {"content": (Hub("Ann: Sea", 0.5),)}
    asked = OtherLists("ease" in scores, 0.9, None if "ease" in scores else "there is too little history")
    return Grade(comparison, "toy", kinds or {"playlist": lists}, lists, 200, lists >= 20, asked, (), hubs)


SCORES = {"hybrid": 0.40, "ease": 0.30, "itemknn": 0.25, "content": 0.10, "random": 0.01}


def test_the_best_of_all_is_the_advice():
    assert set(SCORES) <= {*FAMILIES, "itemknn", "random"}
    first = sentences(grade_of(SCORES))[0]
    assert "segue like --by hybrid" in first and "any other model" in first


def test_rivals_are_named_and_how_many_lists_would_tell_them_apart():
    first = sentences(grade_of(SCORES | {"ease": 0.39}))[0]
    assert "--by hybrid" in first and "apart from ease" in first
    assert "400 lists" in first, "half the width of the interval, four times the lists"


def test_where_a_control_does_as_well_nothing_is_advised():
    first = sentences(grade_of({"content": 0.10, "random": 0.095}))[0]
    assert "--by" not in first and "random" in first


def test_few_lists_are_told_how_many_are_the_least():
    first = sentences(grade_of(SCORES, lists=7))[0]
    assert "7 lists" in first and "20 lists" in first and "--by" not in first


def test_lists_of_a_research_set_are_nobodys_library():
    assert "segue like" not in sentences(grade_of(SCORES, kinds={"list": 100}))[0]


def test_the_hybrid_stands_beside_what_it_adds_content_to_and_hubs_beside_chance():
    text = " ".join(sentences(grade_of(SCORES)))
    assert "hybrid does better than itemknn (+0.150" in text and "better than ease (+0.100" in text
    assert "20 of 60 tracks is 33 % by chance" in text
