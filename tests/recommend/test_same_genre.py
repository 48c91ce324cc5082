"""A hard majority worked by hand, and draws that keep to the genre."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.copies.sketch import Sketch
from segue.facets.genre import GENRE
from segue.facets.timeline import TIMELINE
from segue.model.vote import vote
from segue.recommend.query import Query, Seed
from segue.recommend.rank import rank
from segue.recommend.same_genre import SameGenreScorer
from segue.recommend.votes import Vote, hard_majority, majority_genres, pooled
from segue.types import GenreProbability, TimelineEntry
from tests.recommend.examples import InMemory, item_ids, snapshot_of, unit_rows, varied


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


def drawn(items: list[int], snapshot, n: int = 100, chance: int = 0) -> list[int]:
    query = Query(tuple(Seed(item) for item in items), n=n, chance=chance, per_artist=0)
    return [pick.item for pick in rank(query, SameGenreScorer(snapshot), snapshot).picks]


def genre_of(item: int) -> str:
    return "abc"[(item - 10) // 3 % 3]


def test_everything_drawn_is_of_the_genre_and_has_one():
    found = drawn([10], varied(60))
    assert {genre_of(item) for item in found} == {"a"}
    silent = {int(item) for i, item in enumerate(item_ids(60)) if i % 11 == 5}
    assert not silent & set(found)
    assert len(found) == sum(genre_of(i) == "a" and i not in silent for i in item_ids(60).tolist()) - 1


def test_a_history_of_silence_has_no_genre():
    assert drawn([int(item_ids(60)[5])], varied(60)) == []


def test_several_songs_pool_their_votes():
    assert {genre_of(item) for item in drawn(item_ids(60)[[0, 1, 3]].tolist(), varied(60), 5)} == {
        "a"
    }  # a, b, a


def of_one_genre(n: int, sketches=None):
    ballots = dict.fromkeys(range(n), (Vote("a", 1, 1.0),))
    lengths = [(sketches or {}).get(i, Sketch(30.0 + 2 * i, None)).duration_s for i in range(n)]
    return snapshot_of(unit_rows(n), source=InMemory(sketches, ballots), durations_s=lengths)


def test_zero_is_a_seed_and_another_seed_another_draw():
    snapshot = of_one_genre(40)
    draws = [drawn([1], snapshot, 4, chance) for chance in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_another_song_is_another_draw():
    snapshot = of_one_genre(40)
    assert drawn([1], snapshot, 4) != drawn([2], snapshot, 4)


def test_every_song_of_the_genre_comes_up_equally_often():
    snapshot = of_one_genre(40)
    counted = Counter(item for chance in range(2000) for item in drawn([0], snapshot, 4, chance))
    assert set(counted) == set(range(1, 40))
    # 2000 draws of 4 among 39: 205 each, binomial spread 13.6; five of those either way.
    assert all(abs(count - 205) < 70 for count in counted.values())


def test_copies_of_seeds_and_of_what_was_drawn_are_left_out():
    course = np.random.default_rng(0).integers(-60, 60, (4, 1024)).astype(np.int8)
    # Four recordings, five files each.
    snapshot = of_one_genre(20, {item: Sketch(100.0, course[item % 4]) for item in range(20)})
    assert sorted(item % 4 for item in drawn([0], snapshot, 20)) == [1, 2, 3]
    outside = Seed(
        vector=unit_rows(1)[0],
        sketch=Sketch(100.1, course[2]),
        votes=(Vote("a", 1, 1.0),),
        identity="wav:new",
    )
    found = rank(Query((outside,), n=20), SameGenreScorer(snapshot), snapshot)
    assert sorted(pick.item % 4 for pick in found.picks) == [0, 1, 3]


@given(chunks)
def test_the_winner_read_from_what_is_stored_is_that_of_the_majority(chunks):
    entries, genres = judged("abc", chunks)
    row = (7, TIMELINE.stored.encode(tuple(entries)), GENRE.stored.encode(tuple(genres)))
    votes = hard_majority(entries, genres)
    assert majority_genres([row, row]) == ({7: votes[0].genre} if votes else {})
