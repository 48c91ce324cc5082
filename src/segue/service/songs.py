"""Songs as questions and answers of `segue like`: seeds as they are heard, tracks as they are listed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from segue.library.records import StoredTrack
from segue.library.store import Library
from segue.recommend.content import Seed
from segue.recommend.from_library import seed_outside
from segue.service.jobs import AnalyseJob, identify, naming
from segue.types import TrackAnalysis


@dataclass(frozen=True, slots=True)
class Song:
    """One song of an answer; ``score`` is its recommender's, None for a seed itself."""

    path: str
    artist: str | None
    title: str | None
    duration_s: float
    score: float | None = None


@dataclass(frozen=True, slots=True)
class SeedSong:
    """A file that was asked about: how it is listed, how it is compared, and all that was heard in it."""

    song: Song
    seed: Seed
    analysis: TrackAnalysis
    identity: str


def read_seed(file: str, library: Library | None, job: AnalyseJob) -> SeedSong:
    """Return the file as a seed; what ``library`` holds the recording of is not analysed again.

    Raises AudioError, naming the file, when it cannot be read as audio or is silent.
    """
    model = job.analyser().network.passport.model
    with naming(file):
        found = identify(file)
        known = library.track_by_identity(found.identity, model) if library else None
        held = library.track(known.track_id, model) if library and known and known.analysed else None
        analysis = held.analysis if held and held.analysis else job(file, found.layout)
        seed = seed_outside(analysis)
    if held and held.paths:  # else its files are gone, and it is in no list
        seed = replace(seed, item=held.track_id)
    song = Song(os.path.abspath(file), found.tags.artist, found.tags.title, analysis.duration_s)
    return SeedSong(song, seed, analysis, found.identity)


def song_of(track: StoredTrack, score: float) -> Song:
    """Return a track of the library, which has files and an analysis, as a song of an answer."""
    assert track.analysis is not None
    return Song(_present(track.paths), track.tags.artist, track.tags.title, track.analysis.duration_s, score)


def _present(paths: Sequence[str]) -> str:
    """The first of a recording's files that is there now, else the first the library knows."""
    return next((path for path in paths if os.path.exists(path)), paths[0])


def song_document(song: Song) -> dict[str, Any]:
    """Return a song as JSON, without its score."""
    return {"path": song.path, "artist": song.artist, "title": song.title}
