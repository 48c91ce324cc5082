"""Protocols conserve what they divide, keep apart what they promise to, and do it again for the same seed."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.research.datasets.index import Track
from segue.research.datasets.protocols import PROTOCOLS, split_chunks, split_tracks
from segue.research.datasets.split_groups import split_groups
from tests.raising import raises

PARTS = st.sampled_from(["train", "valid", "test", "excluded"])
names = st.sampled_from([None, "Ann", "The Ann", "Bob", "Ann; Bob", "Cleo feat. Bob", "Dora", "unknown"])


@st.composite
def indexes(draw):
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("abc"), names, st.sampled_from([None, "x", "y"]), PARTS), max_size=25
        )
    )
    tracks = [
        Track(f"{label}.{n:02}", label, artist, title, splits=(("fault-filtered", part),))
        for n, (label, artist, title, part) in enumerate(rows)
    ]
    return [*tracks, Track("z.0", "a", splits=(("fault-filtered", "test"),))]


def parts_of(split):
    return [*split.train, *split.valid, *split.test]


def bond_set(tracks, ids):
    of = split_groups(tracks)
    return set().union(*(of[i] for i in ids))


@given(indexes(), st.integers(0, 5))
def test_random_splits_hold_every_track_exactly_once(tracks, seed):
    everyone = sorted(track.track_id for track in tracks)
    assert sorted(parts_of(split_tracks(tracks, "track-random", seed))) == everyone
    for fold in range(3):
        split = split_tracks(tracks, "artist-kfold", seed, fold=fold, n_folds=3)
        assert sorted(parts_of(split)) == everyone


@given(indexes(), st.integers(0, 5))
def test_the_folds_test_parts_hold_every_track_exactly_once_and_share_nothing(tracks, seed):
    folds = [split_tracks(tracks, "artist-kfold", seed, fold=fold, n_folds=4) for fold in range(4)]
    assert sorted(i for split in folds for i in split.test) == sorted(t.track_id for t in tracks)
    for split in folds:
        train, valid, test = (bond_set(tracks, part) for part in (split.train, split.valid, split.test))
        assert not train & test and not valid & test and not train & valid


@given(indexes())
def test_strict_keeps_the_test_part_and_shares_nothing(tracks):
    standard, strict = split_tracks(tracks, "fault-filtered"), split_tracks(tracks, "strict")
    assert strict.test == standard.test
    assert set(strict.train) <= set(standard.train) and set(strict.valid) <= set(standard.valid)
    train, valid, test = (bond_set(tracks, part) for part in (strict.train, strict.valid, strict.test))
    assert not train & test and not valid & test and not train & valid


@given(indexes())
def test_strict_drops_only_what_leaks(tracks):
    standard, strict = split_tracks(tracks, "fault-filtered"), split_tracks(tracks, "strict")
    of = split_groups(tracks)
    test = bond_set(tracks, standard.test)
    for left_out in set(standard.train) - set(strict.train):
        assert of[left_out] & (test | bond_set(tracks, standard.valid))
    for left_out in set(standard.valid) - set(strict.valid):
        assert of[left_out] & (test | bond_set(tracks, standard.train))


@given(st.sets(st.text("abc", min_size=1), max_size=9), st.integers(1, 10), st.integers(0, 3))
def test_chunks_are_each_in_exactly_one_part(ids, n_chunks, seed):
    split = split_chunks(sorted(ids), n_chunks, "chunk-random", seed)
    assert sorted(split.train + split.test) == sorted((i, c) for i in ids for c in range(n_chunks))
    assert len(split.test) == -(-len(ids) * n_chunks // 4)


def test_the_reports_chunks_and_the_size_matched_ones():
    ids = [f"clip{n:03}" for n in range(999)]
    split = split_chunks(ids, 10, "chunk-random")
    assert (len(split.train), len(split.test)) == (7492, 2498)
    matched = split_chunks(ids[:732], 10, "size-matched-leaky", n_train=4420)
    assert (len(matched.train), len(matched.test)) == (4420, 2900)


def test_seeds_are_used_and_order_is_not():
    tracks = [Track(f"{n:03}", "ab"[n % 2], f"artist {n // 3}") for n in range(60)]
    for protocol in ("track-random", "artist-kfold"):
        once = split_tracks(tracks, protocol, 0)
        assert split_tracks(tracks[::-1], protocol, 0) == once
        assert split_tracks(tracks, protocol, 1).test != once.test
    ids = [track.track_id for track in tracks]
    assert split_chunks(ids, 10, "chunk-random", 0) == split_chunks(ids[::-1], 10, "chunk-random", 0)
    assert split_chunks(ids, 10, "chunk-random", 1).test != split_chunks(ids, 10, "chunk-random", 0).test


def test_track_random_takes_a_quarter_of_every_label():
    tracks = [Track(f"{n:03}", "ab"[n % 2]) for n in range(80)]
    assert Counter("ab"[int(i) % 2] for i in split_tracks(tracks, "track-random").test) == {"a": 10, "b": 10}


def test_folds_are_of_like_size_and_mix():
    tracks = [Track(f"{n:03}", "ab"[n % 2], f"artist {n // 2}") for n in range(100)]
    for fold in range(5):
        test = split_tracks(tracks, "artist-kfold", 3, fold=fold).test
        assert Counter("ab"[int(i) % 2] for i in test) == {"a": 10, "b": 10}


def test_copies_count_as_one_recording_and_excluded_ids_as_none():
    tracks = [
        Track("a", "x", splits=(("fault-filtered", "train"),)),
        Track("b", "x", splits=(("fault-filtered", "test"),)),
        Track("c", "x", splits=(("fault-filtered", "excluded"),)),
        Track("d", "x", sha256="F0", splits=(("fault-filtered", "train"),)),
        Track("e", "x", sha256="f0", splits=(("fault-filtered", "test"),)),
        Track("f", "x", splits=(("fault-filtered", "train"),)),
    ]
    assert split_tracks(tracks, "strict").train == ("a", "f")
    # a is a copy of b by way of c, which is in no part itself
    assert split_tracks(tracks, "strict", copies=[("a", "c"), ("c", "b")]).train == ("f",)
    assert split_tracks(tracks, "strict", excluded={"e"}).train == ("a", "d", "f")
    assert split_tracks(tracks, "strict", excluded={"e"}).test == ("b",)


def test_between_training_and_validation_the_fewer_clips_leave():
    def track(track_id, artist, part):
        return Track(track_id, "x", artist, splits=(("fault-filtered", part),))

    tracks = [
        track("1", "Ann", "train"),
        track("2", "Ann", "valid"),
        track("3", "Ann", "valid"),
        track("4", "Bob", "train"),
        track("5", "Bob", "valid"),
        track("6", "Cleo", "test"),
    ]
    split = split_tracks(tracks, "strict")
    assert (split.train, split.valid) == (("4",), ("2", "3"))


def test_any_published_split_can_be_named():
    tracks = [
        Track("1", "x", splits=(("official", "train"),)),
        Track("2", "x", splits=(("official", "test"),)),
    ]
    assert split_tracks(tracks, "official").test == ("2",)
    with raises(DatasetError, "no-such-split"):
        split_tracks(tracks, "fault-filtered")


def test_a_refusal_offers_what_can_be_had():
    def refusal(tracks, protocol):
        with pytest.raises(DatasetError) as told:
            split_tracks(tracks, protocol)
        return str(told.value)

    plain = [Track(f"{n:02}", "ab"[n % 2], f"artist {n}") for n in range(20)]
    can = "choose chunk-random, track-random or artist-kfold."
    assert refusal(plain, "nope") == f"The index publishes no split named nope; {can}"
    lacks = "strict needs the published split fault-filtered, which this index does not have"
    assert refusal(plain, "strict") == f"{lacks}; {can}"
    assert split_chunks(["a"], 10, "chunk-random").test and split_tracks(plain, "artist-kfold").test
    published = [Track("1", "x", splits=(("fault-filtered", "test"),))]
    assert "strict" in refusal(published, "nope") and split_tracks(published, "strict").test
    untested = [Track("1", "x", splits=(("own", "train"),))]
    assert refusal(untested, "own").endswith(can)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda t: split_tracks(t, "chunk-random"), "wrong-protocol"),
        (lambda t: split_tracks([*t, *t], "track-random"), "duplicate-track"),
        (lambda t: split_tracks(t, "artist-kfold", fold=5), "no-such-fold"),
        (lambda t: split_chunks(["a"], 10, "strict"), "wrong-protocol"),
        (lambda t: split_chunks(["a"], 10, "chunk-random", n_train=11), "too-few-chunks"),
    ],
)
def test_what_cannot_be_is_an_error(ask, code):
    with raises(DatasetError, code):
        ask([Track("1", "x")])


def gtzan(shared_dir):
    with (shared_dir / "data/gtzan/tracks.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Track(
                row["track_id"],
                row["genre"],
                row["artist"] or None,
                row["title"] or None,
                sha256=row["kaggle_sha256"],
                splits=(("fault-filtered", row["filtered_split"]),),
            )
            for row in csv.DictReader(lines)
        ]


def test_gtzan_by_every_protocol(shared_dir):
    tracks = gtzan(shared_dir)
    sizes = {
        protocol: tuple(map(len, (split.train, split.valid, split.test)))
        for protocol in PROTOCOLS
        if "leaky" not in protocol and "chunk" not in protocol
        for split in [split_tracks(tracks, protocol)]
    }
    assert sizes["track-random"] == (750, 0, 250)
    assert sizes["fault-filtered"] == (443, 197, 290)
    assert sizes["strict"] == (392, 192, 290)
    assert sum(sizes["artist-kfold"]) == 1000 and min(sizes["artist-kfold"]) > 180
