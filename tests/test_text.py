"""Which artist tags mean the same artist."""

from __future__ import annotations

import pytest

from segue.text import artist_key, fold, spreadsheet_cell, visible


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Beatles", "beatles"),
        ("BJÖRK", "bjo\u0308rk"),
        ("  Sigur   Rós ", "sigur rós"),
        ("ＡＢＢＡ", "ABBA"),
        ("Santana feat. Rob Thomas", "Santana"),
        ("Santana (ft. Rob Thomas)", "Santana"),
        ("Straße", "STRASSE"),
    ],
)
def test_the_same_artist(one, other):
    assert artist_key(one) == artist_key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Little Feat", "Little"),
        ("The The", "The Who"),
        ("Theatre of Tragedy", "atre of Tragedy"),
        ("Yes", "No"),
    ],
)
def test_different_artists(one, other):
    assert artist_key(one) != artist_key(other)


@pytest.mark.parametrize("tag", [None, "", " \t", "Various Artists", "unknown artist", "Unknown"])
def test_no_artist(tag):
    assert artist_key(tag) is None


def test_visible_escapes_what_moves_a_terminal_or_turns_text_around():
    assert visible("a\x1b[31mb\x9b\u202ec\u2066") == "a\\x1b[31mb\\x9b\\u202ec\\u2066"
    assert visible("Beyoncé 東京") == "Beyoncé 東京"


def test_fold_is_equal_for_names_that_differ_in_case_and_blanks():
    assert fold("  Straße\u00a0ONE ") == fold("STRASSE one")
    assert fold(None) == ""
    assert len(fold("x" * 1_000_000)) == 1_000


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_takes_every_cell_as_text(first):
    assert spreadsheet_cell(f"{first}1+1") == f"'{first}1+1"
    assert spreadsheet_cell(f"a{first}") == f"a{first}" and spreadsheet_cell("") == ""
