"""What goes into the library comes out of it."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from segue.errors import FrontEndMismatch, LibraryError, NotInLibrary
from segue.library.store import Library
from segue.types import Failure, Tags
from tests.library.examples import DIM, MODEL, analysis, put, same, silent
from tests.raising import raises


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        yield library


def test_a_track_comes_back_whole(library):
    tags = Tags("Título", "Ärtist", "Album", "Various", "Genre", "1999-12-31", 7)
    with library.scan(["/music"]) as scan:
        track_id = put(scan, "/music/a.mp3", 3, tags=tags)
    stored = library.track_for_path("/music/a.mp3", MODEL)
    assert (stored.track_id, stored.paths, stored.tags) == (track_id, ("/music/a.mp3",), tags)
    assert same(stored.analysis, analysis(3))
    assert stored.analysis.embedding.dtype == np.float32
    assert stored.analysis.fingerprint.dtype == np.int8


def test_silence_is_a_track_without_a_vector(library):
    with library.scan(["/music"]) as scan:
        track_id = scan.put_track("/music/silence.wav", 1, 2, "wav:0", Tags(), silent())
        put(scan, "/music/loud.wav", 1)
    assert same(library.track(track_id, MODEL).analysis, silent())
    assert len(library.vectors(MODEL).track_ids) == 1
    assert library.sketch(track_id, MODEL).fingerprint is None


def test_equal_files_are_one_track(library):
    with library.scan(["/music"]) as scan:
        first = put(scan, "/music/a.mp3", 1)
        assert put(scan, "/music/b.mp3", 1) == first
    assert library.track(first, MODEL).paths == ("/music/a.mp3", "/music/b.mp3")
    assert len(list(library.tracks(MODEL))) == 1
    assert library.vectors(MODEL).track_ids.tolist() == [first]


def test_new_tags_keep_the_analysis(library):
    with library.scan(["/music"]) as scan:
        track_id = put(scan, "/music/a.mp3", 1, tags=Tags(title="old", artist="somebody"))
        scan.point_file("/music/a.mp3", 1001, 2001, track_id, Tags(title="new"))
    stored = library.track_for_path("/music/a.mp3", MODEL)
    assert stored.tags == Tags(title="new")
    assert same(stored.analysis, analysis(1))
    assert library.known_file("/music/a.mp3", MODEL).size == 1001


def test_a_failure_lasts_until_the_file_is_mended(library):
    with library.scan(["/music"]) as scan:
        scan.put_failure("/music/a.mp3", 5, 6, "decode", "It is cut off: replace it.")
    known = library.known_file("/music/a.mp3", MODEL)
    failure = Failure("/music/a.mp3", "decode", "It is cut off: replace it.")
    assert (known.size, known.mtime_ns, known.track_id, known.failure) == (5, 6, None, failure)
    assert list(library.failures()) == [failure]
    with pytest.raises(NotInLibrary):
        library.track_for_path("/music/a.mp3", MODEL)
    with library.scan(["/music"]) as scan:
        put(scan, "/music/a.mp3", 1)
    assert list(library.failures()) == []
    assert library.known_file("/music/a.mp3", MODEL).failure is None


def test_a_known_track_that_turns_up_again_keeps_its_analysis(library):
    with library.scan(["/music"]) as scan:
        track_id = put(scan, "/music/a.mp3", 1)
        scan.put_failure("/music/a.mp3", 5, 6, "decode", "It is damaged.")
    assert list(library.tracks(MODEL)) == []
    assert len(library.vectors(MODEL).track_ids) == 0
    assert library.stats().detached == 1
    found = library.track_by_identity(f"wav:{1:032x}", MODEL)
    assert (found.track_id, found.analysed) == (track_id, True)
    with library.scan(["/elsewhere"]) as scan:
        scan.point_file("/elsewhere/b.mp3", 1, 2, track_id, Tags())
    assert library.vectors(MODEL).track_ids.tolist() == [track_id]


def test_analysis_again_replaces_the_old_one(library):
    with library.scan(["/music"]) as scan:
        put(scan, "/music/a.mp3", 1)
        track_id = scan.put_track("/music/a.mp3", 1, 2, f"wav:{1:032x}", Tags(), analysis(9))
    assert same(library.track(track_id, MODEL).analysis, analysis(9))


def test_vectors_ascend_by_track_and_equal_what_was_stored(library):
    n = 5000  # more than one batch of rows
    with library.scan(["/music"]) as scan:
        ids = [put(scan, f"/music/{i}.mp3", i) for i in range(20)]
        row = analysis(0)
        ids += [scan.put_track(f"/music/{i}.mp3", 1, 1, f"x:{i}", Tags(), row) for i in range(20, n)]
    embeddings = library.vectors(MODEL)
    assert embeddings.vectors.shape == (n, DIM)
    assert embeddings.vectors.dtype == np.float32
    assert embeddings.track_ids.tolist() == sorted(ids)
    for i in range(20):
        assert np.array_equal(embeddings.vectors[i], analysis(i).embedding)


def test_artists_in_the_order_asked_for(library):
    with library.scan(["/music"]) as scan:
        ids = [put(scan, f"/music/{i}", i, tags=Tags(artist=a)) for i, a in enumerate(["x", None, "y"])]
    assert library.artists(np.array(ids)) == ["x", None, "y"]


def test_models_are_never_mixed(library):
    with library.scan(["/music"]) as scan:
        put(scan, "/music/a.mp3", 1, model="old")
        put(scan, "/music/a.mp3", 1, model="new")
        put(scan, "/music/b.mp3", 2, model="old")
    assert len(library.vectors("old").track_ids) == 2
    assert len(library.vectors("new").track_ids) == 1
    assert library.known_file("/music/b.mp3", "new").analysed is False
    assert library.track_for_path("/music/b.mp3", "new").analysis is None
    with raises(FrontEndMismatch, "version-mismatch") as caught:
        library.vectors("newest")
    assert {"old", "new", "newest"} <= set(str(caught.value).replace(",", " ").replace(":", " ").split())


def test_a_model_keeps_its_front_end_and_dimension(library):
    with library.scan(["/music"]) as scan:
        put(scan, "/music/a.mp3", 1)
        with raises(FrontEndMismatch, "version-mismatch"):
            scan.put_track("/music/b.mp3", 1, 2, "wav:b", Tags(), analysis(2, front_end="mel64-v1"))
        with raises(FrontEndMismatch, "version-mismatch"):
            scan.put_track("/music/b.mp3", 1, 2, "wav:b", Tags(), analysis(2, dim=2 * DIM))
    # What was refused has left nothing behind.
    assert library.known_file("/music/b.mp3", MODEL) is None
    assert library.track_by_identity("wav:b", MODEL) is None


def test_an_empty_library_answers(library):
    assert library.vectors(MODEL).vectors.shape[0] == 0
    assert list(library.tracks(MODEL)) == list(library.failures()) == []
    assert library.known_file("/music/a.mp3", MODEL) is None
    with raises(NotInLibrary, "file-not-in-library"):
        library.track_for_path("/music/a.mp3", MODEL)
    with raises(NotInLibrary, "track-missing"):
        library.track(7, MODEL)
    with raises(NotInLibrary):
        library.sketch(7, MODEL)


def test_a_vector_of_another_length_is_noticed(library):
    with library.scan(["/music"]) as scan:
        put(scan, "/music/a.mp3", 1)
        put(scan, "/music/b.mp3", 2)
    library._db.execute("UPDATE facet SET data = x'00000000' WHERE track_id = 2 AND name = 'timbre'")
    with raises(LibraryError, "library-damaged"):
        library.vectors(MODEL)
    assert "1 models with vectors of several dimensions" in library.check().problems


def test_going_through_the_tracks_takes_no_memory(library):
    n, dim = 4000, 256
    row = analysis(0, dim=dim)
    with library.scan(["/music"]) as scan:
        for i in range(n):
            scan.put_track(f"/music/{i}.mp3", 1, 1, f"x:{i}", Tags(title="a" * 100), row)
    tracemalloc.start()
    assert sum(1 for _ in library.tracks(MODEL)) == n
    _, whole = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _, _track in zip(range(n // 4), library.tracks(MODEL), strict=False):
        pass
    _, quarter = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert whole < 1.5 * quarter
