"""Numbers as sentences show them."""

from __future__ import annotations

from segue.report import words


def test_numbers_have_their_decimals_and_none_is_a_hyphen():
    assert (words.number(0.12345), words.number(2.0, 1), words.number(None)) == ("0.123", "2.0", "-")
    assert words.interval(0.1, 0.25, 2) == "0.10 to 0.25"
    assert words.interval(None, 0.2) == words.interval(0.2, None) == "-"
    assert words.percent(0.123) == "12 %" and words.percent(None) == "-"
    assert words.percent_interval(0.1, 0.2) == "10.0 to 20.0" and words.percent_interval(None, None) == "-"


def test_zero_has_no_sign_and_everything_else_has():
    assert [words.signed(x) for x in (0.0104, -0.01, 0.0, -0.0004)] == ["+0.010", "-0.010", "0.000", "0.000"]
    assert words.difference(0.01, 0.0, 0.02) == "+0.010 (0.000 to +0.020)"
    assert words.points(-0.01, 0.021) == "-1.0 to +2.1"
    assert words.signed_interval(None, 1.0) == "-"


def test_counts_and_lists_read_as_english():
    assert words.count(1, "user") == "1 user" and words.count(1234, "user") == "1,234 users"
    assert words.count(2, "copy", "copies") == "2 copies"
    assert [words.listing(n) for n in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert words.sentence("It is.") == words.sentence("It is") == "It is."
