"""Songs as questions and answers: files as seeds, tracks as they are listed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segue.copies.sketch import Sketch
from segue.encode import json_field
from segue.errors import AudioError
from segue.files import mtime_ns
from segue.library.records import StoredTrack
from segue.library.store import Library
from segue.recommend.query import Seed
from segue.recommend.votes import hard_majority
from segue.service.jobs import AnalyseJob, identify, naming
from segue.types import TrackAnalysis


@dataclass(frozen=True, slots=True)
class Song:
    """One song as it is listed."""

    path: str
    artist: str | None
    title: str | None
    duration_s: float = json_field(hidden=True)


@dataclass(frozen=True, slots=True)
class SeedSong:
    """A file that was asked about: how it is listed, and the seed it is."""

    song: Song
    seed: Seed
    analysis: TrackAnalysis


def read_seed(file: str, library: Library | None, job: AnalyseJob) -> SeedSong:
    """Return the file as a seed; what ``library`` holds the recording of is not analysed again.

    Raises AudioError, naming the file, when it cannot be read as audio or is silent.
    """
    model = job.analyser().network.passport.model
    if library is not None and (held := _unchanged(file, library, model)) is not None:
        analysis = held.analysis
        assert analysis is not None
        with naming(file):
            seed = replace(seed_outside(analysis, held.identity), item=held.track_id)
        song = Song(os.path.abspath(file), held.tags.artist, held.tags.title, analysis.duration_s)
        return SeedSong(song, seed, analysis)
    with naming(file):
        found = identify(file)
        known = library.track_by_identity(found.identity, model) if library else None
        held = library.track(known.track_id, model) if library and known and known.analysed else None
        analysis = held.analysis if held and held.analysis else job(file, found.layout)
        seed = seed_outside(analysis, found.identity)
    if held and held.paths:  # else its files are gone, and it is in no list
        seed = replace(seed, item=held.track_id)
    song = Song(os.path.abspath(file), found.tags.artist, found.tags.title, analysis.duration_s)
    return SeedSong(song, seed, analysis)


def _unchanged(file: str, library: Library, model: str) -> StoredTrack | None:
    """The analysed track of a file that is as the last scan saw it, so that it need not be read again."""
    known = library.known_file(os.path.abspath(file), model)
    if known is None or not known.analysed or known.track_id is None:
        return None
    try:
        now = os.stat(file)
    except OSError:
        return None
    if (now.st_size, mtime_ns(now)) != (known.size, known.mtime_ns):
        return None
    held = library.track(known.track_id, model)
    return held if held.analysis is not None else None


def seed_outside(analysis: TrackAnalysis, identity: str = "") -> Seed:
    """Return a seed from the analysis of a file that is in no library. Raises AudioError when it is silent."""
    if analysis.embedding is None:
        raise AudioError(
            "It is silent, and nothing sounds like silence: choose another seed.",
            "analyse",
            code="seed-silent",
        )
    return Seed(
        vector=analysis.embedding,
        sketch=Sketch(analysis.duration_s, analysis.fingerprint, analysis.embedding),
        votes=hard_majority(analysis.timeline, analysis.genres),
        identity=identity,
        values=analysis.values,
    )


def song_of(track: StoredTrack) -> Song:
    """Return a track of the library, which has files and an analysis, as it is listed."""
    assert track.analysis is not None
    return Song(_present(track.paths), track.tags.artist, track.tags.title, track.analysis.duration_s)


def _present(paths: Sequence[str]) -> str:
    """The first of a recording's files that is there now, else the first the library knows."""
    return next((path for path in paths if os.path.exists(path)), paths[0])
