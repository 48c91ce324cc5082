"""Controls for content: what is exchanged, and what stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import SegueError
from segue.grading.controls import constant_parts, exchanged, shuffled
from segue.grading.variants import named, variants
from segue.types import ItemContent
from tests.raising import raises

ARTISTS = ("Ann", "Ann", "Bo", "Bo", "Bo", None, "Cy")


def content_of(artists, *, audio=None, metadata=None):
    """Content whose rows are given by number."""
    rows = {"audio": audio, "metadata": metadata}
    made = {k: None if v is None else np.eye(10, dtype=np.float32)[list(v)] for k, v in rows.items()}
    return ItemContent(made["audio"], made["metadata"], tuple(artists), tuple(artists))


def rows_of(part):
    return part.argmax(axis=1).tolist()


def test_what_is_the_same_for_all_items_of_an_artist_is_found():
    genres = content_of(ARTISTS, audio=range(7), metadata=(0, 0, 1, 1, 1, 2, 3))
    assert constant_parts(genres) == {"metadata"}
    assert constant_parts(content_of(ARTISTS, audio=(0, 0, 1, 1, 1, 2, 3))) == {"audio"}
    assert constant_parts(content_of(ARTISTS, audio=range(7), metadata=range(7))) == set()
    assert constant_parts(content_of([None] * 7, metadata=[0] * 7)) == constant_parts(None) == set()


def test_where_nearly_every_item_is_an_artist_there_is_nothing_to_tell_apart():
    artists = [f"Artist {k}" for k in range(30)]
    assert constant_parts(content_of(artists, metadata=[k % 10 for k in range(30)])) == set()
    assert constant_parts(content_of([*artists[:-2], "x", "x"], metadata=[0] * 30)) == set()


@given(st.integers(0, 1000))
def test_artists_exchange_their_content_and_songs_of_one_artist_still_share_it(seed):
    content = content_of(ARTISTS, audio=range(7), metadata=(0, 0, 1, 1, 1, 2, 3))
    moved = exchanged(content, seed)
    assert moved.audio is content.audio and moved.artists == ARTISTS
    rows = rows_of(moved.metadata)
    assert rows[0] == rows[1] and rows[2] == rows[3] == rows[4]
    assert sorted({rows[0], rows[2], rows[5], rows[6]}) == [0, 1, 2, 3], (
        "each artist's content goes to one artist"
    )


def test_an_item_that_differs_from_its_artists_others_gets_what_they_get():
    artists = ["Ann"] * 30 + ["Bo"] * 30
    content = content_of(artists, metadata=[2] + [0] * 29 + [1] * 30)
    assert constant_parts(content) == {"metadata"}
    found = {tuple(dict.fromkeys(rows_of(exchanged(content, seed).metadata))) for seed in range(20)}
    assert found == {(0, 1), (1, 0)}


def test_shuffling_breaks_the_link_to_artists_and_keeps_every_row():
    content = content_of(ARTISTS, audio=range(7), metadata=(0, 0, 1, 1, 1, 2, 3))
    moved = shuffled(content, 0)
    assert sorted(rows_of(moved.audio)) == list(range(7)) and rows_of(moved.audio) != list(range(7))
    pairs = set(zip(rows_of(content.audio), rows_of(content.metadata), strict=True))
    assert set(zip(rows_of(moved.audio), rows_of(moved.metadata), strict=True)) == pairs
    alone = shuffled(content_of(ARTISTS, metadata=range(7)), 0)
    assert alone.audio is None and sorted(rows_of(alone.metadata)) == list(range(7))


def test_the_control_stands_beside_each_shuffled_one_whose_content_names_artists():
    content = content_of(ARTISTS, audio=range(7), metadata=(0, 0, 1, 1, 1, 2, 3))
    asked = ["content", "content:shuffled", "content+genres", "content+genres:shuffled"]
    run, skipped = variants(asked, "warm", content)
    assert [one.name for one in run] == [*asked, "content+genres:artists-exchanged"] and not skipped
    assert run[-1].control and run[-1].exchanged and not run[-1].shuffled
    every, _ = variants(None, "warm", content)
    names = {one.name for one in every}
    assert "content+genres:artists-exchanged" in names and "content:artists-exchanged" not in names


def test_a_control_that_would_be_the_model_itself_is_left_out_with_the_reason():
    content = content_of(ARTISTS, audio=range(7), metadata=range(7))
    run, skipped = variants(["content+genres:artists-exchanged"], "warm", content)
    assert not run and [one.model for one in skipped] == ["content+genres:artists-exchanged"]


@pytest.mark.parametrize("suffix", [":shuffled", ":artists-exchanged"])
def test_what_uses_no_content_has_no_such_control(suffix):
    with raises(SegueError, "no-content-to-exchange"):
        named(f"ease{suffix}")
