"""What fits next after some songs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.analysis.settings import AnalysisSettings
from segue.errors import NotInLibrary
from segue.library.location import library_path
from segue.library.store import Library
from segue.recommend.content import PER_ARTIST
from segue.recommend.from_library import content_from_library
from segue.service.jobs import AnalyseJob
from segue.service.playlist import PlaylistEntry, write_m3u8
from segue.service.songs import Song, read_seed, song_document, song_of


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
        heard = [read_seed(seed, opened, job) for seed in seeds]
        recommender = content_from_library(opened, model, per_artist=per_artist)
        if len(recommender.items) == 0:
            raise NotInLibrary(f"The library {path} holds no music yet; run `segue scan FOLDER` first.")
        ranked = recommender.like([one.seed for one in heard], n)
        # A scan running beside us may have taken a track's last file meanwhile.
        found = (
            (library_track, item.score)
            for item in ranked
            if (library_track := opened.track(item.item, model)).paths
        )
        tracks = tuple(song_of(track, score) for track, score in found)
    if m3u is not None:
        write_m3u8(m3u, (PlaylistEntry(t.path, t.artist, t.title, t.duration_s) for t in tracks))
    return Answer(tuple(one.song for one in heard), tracks)


def like_document(answer: Answer) -> dict[str, Any]:
    """Return the answer as one JSON document."""
    return {
        "seeds": [song_document(seed) for seed in answer.seeds],
        "tracks": [song_document(track) | {"score": round(track.score or 0.0, 4)} for track in answer.tracks],
    }
