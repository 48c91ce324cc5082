"""A hard majority worked by hand, and draws that keep to the genre."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.library.records import Sketch
from segue.model.vote import vote
from segue.recommend.same_genre import SameGenreRecommender, Vote, hard_majority, pooled
from segue.types import GenreProbability, TimelineEntry
from tests.recommend.examples import NOTHING, item_ids, same_genre


def timeline(*chunks: tuple[str, float]) -> list[TimelineEntry]:
    return [TimelineEntry(5.0 * i, 5.0 * (i + 1), genre, p) for i, (genre, p) in enumerate(chunks)]


def judged(genres: str | tuple[str, ...], chunks: np.ndarray) -> tuple[list[TimelineEntry], list]:
    """The timeline and the genres of the whole that an analysis keeps of chunks ``(n, n_genres)`` of probabilities."""
    winners = [(genres[int(p.argmax())], float(p.max())) for p in chunks]
    whole = vote(np.log(chunks)) if len(chunks) else np.zeros(0)
    return timeline(*winners), [
        GenreProbability(genre, float(p)) for genre, p in zip(genres, whole, strict=False)
    ]


def test_every_chunk_counts_once_however_sure():
    entries = timeline(("rock", 0.4), ("jazz", 0.99), ("rock", 0.5))
    votes = hard_majority(entries, [GenreProbability("jazz", 0.7), GenreProbability("rock", 0.3)])
    assert votes == (Vote("rock", 2, 0.3), Vote("jazz", 1, 0.7))


# Rock wins its two chunks at .6, jazz its two at .55; over all four chunks jazz is the likelier: the square roots of
# .55 times .39 and of .6 times .05 are .463 and .173 (so are the arithmetic means, .47 and .325).
TIE = np.array([[0.39, 0.01, 0.6], [0.55, 0.4, 0.05], [0.39, 0.01, 0.6], [0.55, 0.4, 0.05]])


def test_a_tie_goes_to_what_all_chunks_together_hold_likelier():
    votes = hard_majority(*judged(("jazz", "pop", "rock"), TIE))
    assert [(one.genre, one.chunks) for one in votes] == [("jazz", 2), ("rock", 2), ("pop", 0)]
    halves = [hard_majority(*judged(("jazz", "pop", "rock"), half)) for half in (TIE[:1], TIE[1:])]
    assert [one.genre for one in pooled(halves)] == ["jazz", "rock", "pop"]


def test_a_tie_in_everything_does_not_depend_on_order():
    chunks = [("rock", 0.5), ("jazz", 0.5)]
    genres = [GenreProbability("rock", 0.5), GenreProbability("jazz", 0.5)]
    assert hard_majority(timeline(*chunks), genres) == hard_majority(timeline(*chunks[::-1]), genres[::-1])


def test_no_chunks_no_votes():
    assert hard_majority([], []) == () == pooled([]) == pooled([(), ()])


chunks = st.lists(st.tuples(*[st.floats(0.01, 1.0)] * 3), max_size=12).map(
    lambda rows: np.array([np.array(row) / sum(row) for row in rows]).reshape(-1, 3)
)


@given(chunks)
def test_the_winner_has_the_most_chunks(chunks):
    votes = hard_majority(*judged("abc", chunks))
    counts = Counter("abc"[int(p.argmax())] for p in chunks)
    assert {vote.genre: vote.chunks for vote in votes if vote.chunks} == counts
    assert not len(chunks) or votes[0].chunks == max(counts.values())


@given(chunks, chunks)
def test_pooling_songs_is_counting_their_chunks_together(one, other):
    together = hard_majority(*judged("abc", np.concatenate([one, other])))
    apart = pooled([hard_majority(*judged("abc", one)), hard_majority(*judged("abc", other))])
    assert {v.genre: v.chunks for v in apart} == {v.genre: v.chunks for v in together}
    means = {v.genre: v.mean_probability for v in together}
    assert {v.genre: v.mean_probability for v in apart} == pytest.approx(means)


def genre_of(item: int) -> str:
    return "abc"[(item - 10) // 3 % 3]


def test_everything_drawn_is_of_the_genre_and_has_one():
    found = same_genre(60).recommend([10], 100)
    assert {genre_of(ranked.item) for ranked in found} == {"a"}
    silent = {int(item) for i, item in enumerate(item_ids(60)) if i % 11 == 5}
    assert not silent & {ranked.item for ranked in found}
    assert len(found) == sum(genre_of(i) == "a" and i not in silent for i in item_ids(60).tolist()) - 1


def test_a_history_of_silence_has_no_genre():
    assert same_genre(60).recommend([int(item_ids(60)[5])], 5) == []


def test_several_songs_pool_their_votes():
    found = same_genre(60).recommend(item_ids(60)[[0, 1, 3]].tolist(), 5)  # a, b, a
    assert {genre_of(ranked.item) for ranked in found} == {"a"}


def of_seed(seed: int) -> SameGenreRecommender:
    return SameGenreRecommender(np.arange(40), [(Vote("a", 1, 1.0),)] * 40, lambda _: NOTHING, seed=seed)


def test_zero_is_a_seed_and_another_seed_another_draw():
    draws = [[r.item for r in of_seed(seed).recommend([1], 4)] for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_another_song_is_another_draw():
    assert of_seed(0).of_genre("a", 4, [1]) != of_seed(0).of_genre("a", 4, [2])


def test_every_song_of_the_genre_comes_up_equally_often():
    drawn = Counter(r.item for seed in range(2000) for r in of_seed(seed).recommend([0], 4))
    assert set(drawn) == set(range(1, 40))
    # 2000 draws of 4 among 39: 205 each, binomial spread 13.6; five of those either way.
    assert all(abs(count - 205) < 70 for count in drawn.values())


def test_copies_of_seeds_and_of_what_was_drawn_are_left_out():
    course = np.random.default_rng(0).integers(-60, 60, (4, 1024)).astype(np.int8)
    sketches = {
        item: Sketch(100.0, course[item % 4]) for item in range(20)
    }  # four recordings, five files each
    recommender = SameGenreRecommender(
        np.arange(20), [(Vote("a", 1, 1.0),)] * 20, sketches.__getitem__, seed=0
    )
    found = [ranked.item for ranked in recommender.recommend([0], 20)]
    assert sorted(item % 4 for item in found) == [1, 2, 3]
    outside = recommender.of_genre("a", 20, [7], copies_of=[Sketch(100.1, course[2])])
    assert sorted(ranked.item % 4 for ranked in outside) == [0, 1, 3]
