"""What fits next after some songs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from segue.analysis.settings import AnalysisSettings
from segue.errors import NotInLibrary
from segue.library.location import library_path
from segue.library.records import StoredTrack
from segue.library.store import Library
from segue.recommend.content import PER_ARTIST, Seed
from segue.recommend.from_library import content_from_library, seed_outside
from segue.service.jobs import AnalyseJob, identify, naming
from segue.service.playlist import PlaylistEntry, write_m3u8


@dataclass(frozen=True, slots=True)
class Song:
    """One song of an answer; ``score`` is its cosine with the seeds in [-1, 1], None for a seed itself."""

    path: str
    artist: str | None
    title: str | None
    duration_s: float
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What fits next after ``seeds``: ``tracks``, best first."""

    seeds: tuple[Song, ...]
    tracks: tuple[Song, ...]


def what_fits_next(
    seeds: Sequence[str],
    *,
    n: int = 10,
    per_artist: int = PER_ARTIST,
    library: str | None = None,
    m3u: Path | None = None,
) -> Answer:
    """Return up to ``n`` tracks of the library that sound like the files ``seeds``.

    A seed whose recording the library holds, wherever its file lies, is not analysed again; any
    other is analysed now and not stored. With ``m3u`` the tracks are written there as a playlist.
    Raises LibraryError or NotInLibrary when there is no library or nothing in it, AudioError when a
    seed cannot be read as audio or is silent, SegueError for an unwritable playlist.
    """
    job = AnalyseJob(None, AnalysisSettings(loudness=False))
    model = job.analyser().network.passport.model
    path = library_path(library)
    with Library.open(path, read_only=True) as opened:
        songs, sounds = zip(*(_seed(seed, opened, model, job) for seed in seeds), strict=True)
        recommender = content_from_library(opened, model, per_artist=per_artist)
        if len(recommender.items) == 0:
            raise NotInLibrary(f"The library {path} holds no music yet; run `segue scan FOLDER` first.")
        ranked = recommender.like(sounds, n)
        # A scan running beside us may have taken a track's last file meanwhile.
        found = (
            (library_track, item.score)
            for item in ranked
            if (library_track := opened.track(item.item, model)).paths
        )
        tracks = tuple(_song(track, score) for track, score in found)
    if m3u is not None:
        write_m3u8(m3u, (PlaylistEntry(t.path, t.artist, t.title, t.duration_s) for t in tracks))
    return Answer(tuple(songs), tracks)


def _seed(file: str, library: Library, model: str, job: AnalyseJob) -> tuple[Song, Seed]:
    with naming(file):
        found = identify(file)
        known = library.track_by_identity(found.identity, model)
        held = library.track(known.track_id, model) if known and known.analysed else None
        analysis = held.analysis if held and held.analysis else job(file)
        seed = seed_outside(analysis)
    if held and held.paths:  # else its files are gone, and it is in no list
        seed = replace(seed, item=held.track_id)
    return Song(os.path.abspath(file), found.tags.artist, found.tags.title, analysis.duration_s), seed


def _song(track: StoredTrack, score: float) -> Song:
    assert track.analysis is not None
    return Song(_present(track.paths), track.tags.artist, track.tags.title, track.analysis.duration_s, score)


def _present(paths: Sequence[str]) -> str:
    """The first of a recording's files that is there now, else the first the library knows."""
    return next((path for path in paths if os.path.exists(path)), paths[0])


def like_document(answer: Answer) -> dict[str, Any]:
    """Return the answer as one JSON document."""
    return {
        "seeds": [_document(seed) for seed in answer.seeds],
        "tracks": [_document(track) | {"score": round(track.score or 0.0, 4)} for track in answer.tracks],
    }


def _document(song: Song) -> dict[str, Any]:
    return {"path": song.path, "artist": song.artist, "title": song.title}
