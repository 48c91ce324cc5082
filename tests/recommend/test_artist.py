"""Which artist tags mean the same artist."""

from __future__ import annotations

import pytest

from segue.recommend.artist import artist_key


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
