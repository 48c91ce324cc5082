"""Songs as questions and answers: files as seeds, tracks as they are listed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segue.copies.sketch import Sketch
from segue.encode import json_field
from segue.errors import AudioError
from segue.files import mtime_ns
from segue.library.columns import StoredSong
from segue.library.store import Library
from segue.recommend.query import Seed
from segue.recommend.votes import hard_majority
from segue.service.jobs import AnalyseJob, analyse_one, identify, naming
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


def read_seed(file: str, library: Library | None, job: AnalyseJob) -> SeedSong:
    """Return the file as a seed; what ``library`` holds the recording of is not analysed again.

    Raises AudioError, naming the file, when it cannot be read as audio or is silent.
    """
    model = job.analyser().network.passport.model
    if library is not None and (song := _unchanged(file, library, model)) is not None:
        listed = Song(os.path.abspath(file), song.artist, song.title, song.duration_s)
        return SeedSong(listed, Seed(item=song.track_id))
    with naming(file):
        found = identify(file)
        known = library.track_by_identity(found.identity, model) if library else None
        held = library.track(known.track_id, model) if library and known and known.analysed else None
        analysis = held.analysis if held and held.analysis else analyse_one(job, file, found.layout)
        seed = seed_outside(analysis, found.identity)
    if held and held.paths:  # else its files are gone, and it is in no list
        seed = replace(seed, item=held.track_id)
    return SeedSong(
        Song(os.path.abspath(file), found.tags.artist, found.tags.title, analysis.duration_s), seed
    )


def _unchanged(file: str, library: Library, model: str) -> StoredSong | None:
    """What is known of a file that is as the last scan saw it, so that it need not be read again."""
    known = library.song_at(os.path.abspath(file), model)
    if known is None:
        return None
    try:
        now = os.stat(file)
    except OSError:
        return None
    return known.song if (now.st_size, mtime_ns(now)) == (known.size, known.mtime_ns) else None


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


def song_of(track: StoredSong) -> Song:
    """Return a track of the library as it is listed."""
    return Song(_present(track.paths), track.artist, track.title, track.duration_s)


def _present(paths: Sequence[str]) -> str:
    """The first of a recording's files that is there now, else the first the library knows."""
    return next((path for path in paths if os.path.exists(path)), paths[0])
