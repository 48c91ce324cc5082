"""The report of a comparison: verdicts, differences in both directions, and its document read back."""

from __future__ import annotations

import json

import pytest

from segue.encode import document
from segue.grading.report import Estimate, Verdict, read_report
from tests.research.compare.reports import report_of


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.1, 0.3, Verdict.BETTER),
        (-0.3, -0.1, Verdict.WORSE),
        (-0.1, 0.1, Verdict.UNDECIDED),
        (0.0, 0.1, Verdict.UNDECIDED),
        (-0.1, 0.0, Verdict.UNDECIDED),
        (None, None, Verdict.UNDECIDED),
    ],
)
def test_a_difference_is_one_only_where_its_interval_lies_on_one_side_of_zero(low, high, verdict):
    assert Estimate(0.0, low, high).verdict is verdict
    opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}.get(verdict, verdict)
    assert (-Estimate(0.0, low, high)).verdict is opposite


def test_a_difference_is_known_in_both_directions():
    report = report_of({"ease": 0.2, "hybrid": 0.3}, half_width=0.01)
    one, other = report.difference("hybrid", "ease"), report.difference("ease", "hybrid")
    assert one.value == pytest.approx(0.1) and other.value == pytest.approx(-0.1)
    assert (one.low, one.high) == (-other.high, -other.low)
    with pytest.raises(KeyError):
        report.difference("ease", "content")


def test_what_was_not_measured_has_no_value():
    row = report_of({"ease": 0.2}).by_model["ease"]
    assert row.value("coverage@20") is None and row.estimate("map") == Estimate(None, None, None)
    assert row.value("ndcg@10") == 0.2


def test_the_best_of_families_is_the_first_of_them():
    report = report_of({"popularity": 0.5, "ease": 0.2, "hybrid": 0.3, "content": 0.1})
    assert report.best("collaborative", "content").model == "ease"
    assert report.best("hybrid", "content", "collaborative").model == "hybrid"
    assert report_of({"popularity": 0.5}).best("hybrid") is None


def test_a_document_is_read_back_and_what_is_none_is_refused():
    report = report_of({"ease": 0.2, "hybrid": 0.3}, protocol="cold", new_artists={"ease": 0.1})
    saved = json.loads(json.dumps(document(report)))
    assert document(read_report(saved)) == saved and read_report(saved) == report
    for broken in ({}, {"rows": []}, saved | {"rows": [{}]}, saved | {"more": 1}):
        with pytest.raises((KeyError, TypeError, ValueError)):
            read_report(broken)
