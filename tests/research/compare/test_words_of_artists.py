"""What is said of artists: hybrids beside one that is told the artist alone, and new artists by sound alone."""

from __future__ import annotations

from dataclasses import replace

from segue.research.compare.baselines import without_content
from segue.research.compare.words import statements
from tests.research.compare.reports import report_of

WARM = {"hybrid+genres+artists": 0.24, "ease-and-als+artists": 0.236, "ease-and-als": 0.22, "ease": 0.21}


def texts(report):
    return {one.code: one.text for one in statements(report)}


def test_a_hybrid_told_the_artist_is_held_against_one_told_that_alone():
    report = report_of(WARM)
    assert without_content(report, "hybrid+genres+artists") == "ease-and-als+artists"
    assert without_content(report, "ease-and-als+artists") == "ease-and-als"
    said = texts(report)["without-content"]
    assert "ease-and-als+artists (the same model without content)" in said and "does better" in said
    assert (
        without_content(report_of({"hybrid+genres": 0.23, "ease-and-als": 0.22}), "hybrid+genres")
        == "ease-and-als"
    )


def test_cold_items_are_held_against_knowing_the_artist_alone():
    said = texts(
        report_of(
            {"content-to-ease": 0.4, "artist-to-ease": 0.41, "content": 0.1, "random": 0.02}, protocol="cold"
        )
    )
    assert "artist-alone" not in said, "the best is that model itself"
    said = texts(report_of({"content-to-ease": 0.4, "artist-to-ease": 0.3, "random": 0.02}, protocol="cold"))
    assert "artist-to-ease (told who made what, and nothing else)" in said["artist-alone"]


def test_of_hidden_artists_it_is_said_what_sound_alone_finds():
    scores = {"content-to-ease+genres": 0.3, "content": 0.1, "hybrid": 0.12, "random": 0.02}
    report = replace(report_of(scores, protocol="cold"), protocol="cold-artists")
    assert texts(report)["sound-alone"].startswith("By sound alone, hybrid does best")
    assert "sound-alone" not in texts(report_of(scores, protocol="cold"))
