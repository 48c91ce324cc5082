"""Recommending over a real library file."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from segue.errors import FrontEndMismatch, NotInLibrary, SegueError
from segue.library.store import Library
from segue.recommend.from_library import content_from_library, seed_outside
from segue.types import Tags
from tests.library.examples import MODEL, analysis, put, silent


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        with library.scan(["/music"]) as scan:
            for i in range(20):
                put(scan, f"/music/{i}.mp3", i, tags=Tags(artist=f"artist {i % 3}"))
            scan.put_track("/music/silence.wav", 1, 2, "wav:silence", Tags(), silent())
        yield library


def test_the_order_is_that_of_the_cosines(library):
    recommender = content_from_library(library, MODEL, per_artist=0)
    seed = library.track_for_path("/music/4.mp3", MODEL)
    cosines = {
        track.track_id: float(track.analysis.embedding @ seed.analysis.embedding)
        for track in library.tracks(MODEL)
        if track.analysis.embedding is not None and track.track_id != seed.track_id
    }
    found = recommender.recommend([seed.track_id], 50)
    assert [ranked.item for ranked in found] == sorted(cosines, key=cosines.get, reverse=True)
    assert [ranked.score for ranked in found] == pytest.approx(
        sorted(cosines.values(), reverse=True), abs=1e-6
    )


def test_artists_come_from_the_tags(library):
    recommender = content_from_library(library, MODEL)
    found = recommender.recommend([1], 10)
    artists = [library.track(ranked.item, MODEL).tags.artist for ranked in found]
    assert sorted(artists) == [f"artist {i}" for i in range(3) for _ in range(2)]


def test_a_seed_outside_that_is_a_copy_of_one_inside(library):
    # A steady rise in every band is a course to recognise; 1,024 numbers as the real sketch has.
    course = np.tile(np.linspace(-40, 40, 64), 16).astype(np.int8)
    values = {**analysis(100).values, "fingerprint": course}
    inside = dataclasses.replace(analysis(100), values=values, duration_s=100.0)
    with library.scan(["/music"]) as scan:
        track_id = scan.put_track("/music/flac", 1, 2, "flac:1", Tags(), inside)
    outside = dataclasses.replace(inside, duration_s=100.1)
    found = content_from_library(library, MODEL, per_artist=0).like([seed_outside(outside)], 50)
    assert len(found) == 20
    assert track_id not in [ranked.item for ranked in found]


def test_silence_fits_nothing(library):
    with pytest.raises(SegueError, match="silence"):
        seed_outside(silent())
    track_id = library.track_for_path("/music/silence.wav", MODEL).track_id
    with pytest.raises(NotInLibrary, match=f"Item {track_id} .* silent"):
        content_from_library(library, MODEL).recommend([track_id], 5)


def test_another_model(library):
    with pytest.raises(FrontEndMismatch, match=f"by {MODEL}"):
        content_from_library(library, "another")
