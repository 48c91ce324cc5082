"""A snapshot of a real library file."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest

from segue.errors import AudioError, FrontEndMismatch, NotInLibrary
from segue.library.records import ListEntry
from segue.library.store import Library
from segue.recommend.query import Query, Seed
from segue.recommend.rank import rank
from segue.recommend.registry import scorer
from segue.recommend.snapshot import Snapshot
from segue.recommend.votes import hard_majority
from segue.service.songs import seed_outside
from segue.types import Tags
from tests.library.examples import MODEL, analysis, put, silent
from tests.raising import raises


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        with library.scan(["/music"]) as scan:
            for i in range(20):
                put(scan, f"/music/{i}.mp3", i, tags=Tags(artist=f"artist {i % 3}", album=f"album {i % 2}"))
            scan.put_track("/music/silence.wav", 1, 2, "wav:silence", Tags(), silent())
        yield library


def like(library, *seeds, n=50, per_artist=0, by="content"):
    snapshot = Snapshot.read(library, MODEL)
    return rank(Query(seeds, n=n, per_artist=per_artist), scorer(by, snapshot), snapshot).picks


def test_the_order_is_that_of_the_cosines(library):
    seed = library.track_for_path("/music/4.mp3", MODEL)
    cosines = {
        track.track_id: float(track.analysis.embedding @ seed.analysis.embedding)
        for track in library.tracks(MODEL)
        if track.analysis.embedding is not None and track.track_id != seed.track_id
    }
    found = like(library, Seed(seed.track_id))
    assert [pick.item for pick in found] == sorted(cosines, key=cosines.get, reverse=True)
    assert [pick.score for pick in found] == pytest.approx(sorted(cosines.values(), reverse=True), abs=1e-6)


def test_columns_are_those_of_the_library(library):
    snapshot = Snapshot.read(library, MODEL)
    for row, item in enumerate(snapshot.items.tolist()):
        track = library.track(item, MODEL)
        assert snapshot.artists[row] == track.tags.artist and track.tags.album in snapshot.albums[row]
        assert snapshot.durations_s[row] == pytest.approx(track.analysis.duration_s)
        assert np.array_equal(snapshot.vectors[row], track.analysis.embedding)
        votes = hard_majority(track.analysis.timeline, track.analysis.genres)
        assert snapshot.votes(Seed(item)) == votes and snapshot.genres[row] == votes[0].genre
        assert snapshot.identity(Seed(item)) == track.identity


def test_it_outlives_the_library_and_serves_many_threads(library):
    snapshot = Snapshot.read(library, MODEL)
    path = library.path
    library.close()
    assert path.exists()
    expected = rank(Query((Seed(1),)), scorer("same-genre", snapshot), snapshot)
    answers = []

    def ask():
        answers.append(rank(Query((Seed(1),)), scorer("same-genre", snapshot), snapshot))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 4


def test_its_generation_changes_with_the_library(library):
    seen = {Snapshot.read(library, MODEL).generation, Snapshot.read(library, MODEL).generation}
    assert len(seen) == 1
    with library.scan(["/music"]) as scan:
        seen.add(library.generation())
        put(scan, "/music/new.mp3", 40)
        scan.finish()
    seen.add(library.generation())
    library.put_list("mix", "playlist", "/mix.m3u", [ListEntry(1), ListEntry(2)], {})
    seen.add(library.generation())
    assert len(seen) == 4


def test_lists_become_a_matrix(library):
    library.put_list("a", "playlist", "/a.m3u", [ListEntry(1), ListEntry(2), ListEntry(1)], {})
    silence = library.track_for_path("/music/silence.wav", MODEL).track_id
    library.put_list("b", "playlist", "/b.m3u", [ListEntry(2), ListEntry(silence)], {})
    snapshot = Snapshot.read(library, MODEL)
    lists = snapshot.lists()
    assert lists.pairs.toarray()[:, :3].tolist() == [[2, 1, 0], [0, 1, 0]]
    assert lists.kinds == ("playlist", "playlist") and lists.n_unheard == 1
    assert snapshot.list_counts[:3].tolist() == [1, 2, 0]


def test_a_seed_outside_that_is_a_copy_of_one_inside(library):
    # A steady rise in every band is a course to recognise; 1,024 numbers as the real sketch has.
    course = np.tile(np.linspace(-40, 40, 64), 16).astype(np.int8)
    values = {**analysis(100).values, "fingerprint": course}
    inside = dataclasses.replace(analysis(100), values=values, duration_s=100.0)
    with library.scan(["/music"]) as scan:
        track_id = scan.put_track("/music/flac", 1, 2, "flac:1", Tags(), inside)
    found = like(library, seed_outside(dataclasses.replace(inside, duration_s=100.1)))
    assert len(found) == 20 and track_id not in [pick.item for pick in found]


def test_silence_fits_nothing(library):
    with raises(AudioError, "seed-silent"):
        seed_outside(silent())
    with raises(NotInLibrary, "not-comparable"):
        like(library, Seed(library.track_for_path("/music/silence.wav", MODEL).track_id))


def test_another_model(library):
    with raises(FrontEndMismatch, "version-mismatch"):
        Snapshot.read(library, "another")


@pytest.mark.parametrize(
    ("items", "vectors", "artists"),
    [([0, 1], 2, 1), ([1, 0], 2, 2), ([0, 1], 3, 2), ([1, 1], 2, 2)],
)
def test_what_does_not_fit_together(items, vectors, artists):
    with pytest.raises(ValueError):
        Snapshot(
            "m",
            np.array(items),
            np.eye(3, dtype=np.float32)[:vectors],
            np.zeros(2),
            (None,) * artists,
            (None,) * 2,
            None,
        )
    with pytest.raises(ValueError):
        Snapshot("m", np.arange(2), np.ones((2, 2), np.float32), np.zeros(2), (None,) * 2, (None,) * 2, None)
