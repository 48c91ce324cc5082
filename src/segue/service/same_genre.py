"""The report's own recommender: n tracks by chance from the genre that most chunks of the seeds were heard as."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from segue.analysis.settings import AnalysisSettings
from segue.copies.names import plain, recording_key
from segue.copies.spectral import near_copies
from segue.errors import DatasetError, NotInLibrary
from segue.files import sha256_of
from segue.library.location import library_path
from segue.library.records import Sketch
from segue.library.store import Library
from segue.recommend.same_genre import SameGenreRecommender, Vote, hard_majority, pooled
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.index import Track
from segue.research.datasets.registry import read_dataset
from segue.research.datasets.spectrograms import spectrogram_of, spectrograms
from segue.service.jobs import AnalyseJob
from segue.service.playlist import PlaylistEntry, write_m3u8
from segue.service.songs import SeedSong, Song, read_seed, song_document, song_of


@dataclass(frozen=True, slots=True)
class LabelledTrack:
    """One track of a dataset that was drawn; ``path`` is None where only its spectrogram is there."""

    track_id: str
    path: str | None
    artist: str | None
    title: str | None
    score: float


@dataclass(frozen=True, slots=True)
class SameGenre:
    """What was drawn for ``seeds``: ``votes``, the winning genre first, and ``tracks`` in the order drawn."""

    seeds: tuple[Song, ...]
    votes: tuple[Vote, ...]
    tracks: tuple[Song, ...] | tuple[LabelledTrack, ...]
    draw: int
    dataset: str | None

    @property
    def genre(self) -> str:
        """The genre most chunks were heard as."""
        return self.votes[0].genre


def same_genre(
    seeds: Sequence[str],
    *,
    n: int = 10,
    draw: int = 0,
    library: str | None = None,
    m3u: Path | None = None,
) -> SameGenre:
    """Return ``n`` tracks of the library, by chance among those whose chunks name the seeds' genre.

    The chunks of all seeds vote together. A track of the library is of the genre its own chunks name by
    the same majority. The draw depends on ``draw`` and on what the seeds sound like, not on where they
    lie. Seeds and copies of them or of each other are never drawn. With ``m3u`` the tracks are written
    there as a playlist. Raises as segue.service.like.what_fits_next does.
    """
    job = _job()
    model = job.analyser().network.passport.model
    path = library_path(library)
    with Library.open(path, read_only=True) as opened:
        heard = [read_seed(seed, opened, job) for seed in seeds]
        items = opened.vectors(model).track_ids  # what was heard, and by this model
        if len(items) == 0:
            raise NotInLibrary(f"The library {path} holds no music yet; run `segue scan FOLDER` first.")
        ballots = {
            track.track_id: hard_majority(track.analysis.timeline, track.analysis.genres)
            for track in opened.tracks(model)
            if track.analysis is not None
        }
        recommender = SameGenreRecommender(
            items,
            [ballots.get(item, ()) for item in items.tolist()],
            lambda item: opened.sketch(item, model),
            seed=draw,
        )
        votes = _votes(heard)
        ranked = recommender.of_genre(
            votes[0].genre,
            n,
            _numbers(heard),
            [one.seed.item for one in heard if one.seed.item is not None],
            [one.seed.sketch for one in heard],
        )
        found = ((opened.track(item.item, model), item.score) for item in ranked)
        # A scan running beside us may have taken a track's last file meanwhile.
        tracks = tuple(song_of(track, score) for track, score in found if track.paths)
    if m3u is not None:
        write_m3u8(m3u, (PlaylistEntry(t.path, t.artist, t.title, t.duration_s) for t in tracks))
    return SameGenre(tuple(one.song for one in heard), votes, tracks, draw, None)


def same_genre_in_dataset(
    seeds: Sequence[str],
    dataset: str,
    data: Path | None,
    *,
    n: int = 10,
    draw: int = 0,
    m3u: Path | None = None,
) -> SameGenre:
    """Return ``n`` tracks of a dataset, by chance among those labelled with the seeds' genre.

    Labels and genres are matched without regard to case and punctuation ("Hip-Hop" is "hiphop"). A
    track is left out when a seed is its file, has its hash, its artist and title or those of a track that
    has, or when the spectrograms of their middle 30 s hold one recording (segue.copies.spectral);
    so is a copy of a track drawn before. With ``m3u`` those with audio are written there. Raises AudioError as `same_genre` does, and DatasetError when
    the dataset is not there or has no such label.
    """
    opened = read_dataset(dataset, data)
    job = _job()
    heard = [read_seed(seed, None, job) for seed in seeds]
    votes = _votes(heard)
    wanted = plain(votes[0].genre)
    labels = {plain(label): label for label in opened.classes}
    if wanted not in labels:
        raise DatasetError(
            f"The seeds were heard as {votes[0].genre!r}, and {opened.name} has no such label; it has "
            f"{', '.join(opened.classes)}."
        )
    recommender = SameGenreRecommender(
        np.arange(len(opened.tracks)),
        [(Vote(track.label, 1, 1.0),) if track.label else () for track in opened.tracks],
        lambda item: Sketch(0.0, None),  # copies are told below: most datasets here are spectrograms
        seed=draw,
    )
    kept_out = _same_recordings(heard, opened)
    drawn = recommender.of_genre(labels[wanted], len(opened.tracks), _numbers(heard), kept_out)
    fresh = _without_copies([opened.tracks[one.item] for one in drawn], heard, opened, n)
    score_of = {opened.tracks[one.item].track_id: one.score for one in drawn}
    tracks = tuple(
        LabelledTrack(t.track_id, _path(t, opened), t.artist, t.title, score_of[t.track_id])
        for t in islice(fresh, n)
    )
    if m3u is not None:
        write_m3u8(m3u, (PlaylistEntry(t.path, t.artist, t.title) for t in tracks if t.path))
    return SameGenre(tuple(one.song for one in heard), votes, tracks, draw, opened.name)


def same_genre_document(answer: SameGenre) -> dict[str, Any]:
    """Return the answer as one JSON document: that of `segue like`, with the winning genre and its votes."""
    return {
        "by": "same-genre",
        "seed": answer.draw,
        "dataset": answer.dataset,
        "seeds": [song_document(seed) for seed in answer.seeds],
        "genre": answer.genre,
        "votes": [
            {
                "genre": vote.genre,
                "chunks": vote.chunks,
                "mean_probability": round(vote.mean_probability, 4),
            }
            for vote in answer.votes
        ],
        "tracks": [
            _track_document(track) | {"score": round(track.score or 0.0, 4)} for track in answer.tracks
        ],
    }


def _track_document(track: Song | LabelledTrack) -> dict[str, Any]:
    if isinstance(track, Song):
        return song_document(track)
    return {
        "track_id": track.track_id,
        "path": track.path,
        "artist": track.artist,
        "title": track.title,
    }


def _job() -> AnalyseJob:
    return AnalyseJob(None, AnalysisSettings(loudness=False))


def _votes(heard: Sequence[SeedSong]) -> tuple[Vote, ...]:
    votes = pooled(hard_majority(one.analysis.timeline, one.analysis.genres) for one in heard)
    return tuple(vote for vote in votes if vote.chunks)


def _numbers(heard: Sequence[SeedSong]) -> list[int]:
    """Numbers that stand for the seeds' audio, whatever their files are called and in any order."""
    hashes = {hashlib.sha256(one.identity.encode()).digest() for one in heard}
    return [int.from_bytes(digest[:8], "big") for digest in sorted(hashes)]


def _same_recordings(heard: Sequence[SeedSong], dataset: Dataset) -> list[int]:
    """Positions of the tracks that the seeds are, by file, hash, or artist and title."""
    files = {os.path.realpath(one.song.path) for one in heard}
    hashes = {sha256_of(Path(one.song.path)) for one in heard}
    keys = {recording_key(one.song.artist, one.song.title) for one in heard}
    themselves = [
        track
        for track in dataset.tracks
        if track.sha256 in hashes
        or recording_key(track.artist, track.title) in keys - {None}
        or ((path := _path(track, dataset)) and os.path.realpath(path) in files)
    ]
    hashes = {track.sha256 for track in themselves} - {None}
    keys = {recording_key(track.artist, track.title) for track in themselves} - {None}
    return [
        position
        for position, track in enumerate(dataset.tracks)
        if track in themselves or track.sha256 in hashes or recording_key(track.artist, track.title) in keys
    ]


def _without_copies(
    tracks: Sequence[Track], heard: Sequence[SeedSong], dataset: Dataset, n: int
) -> Iterator[Track]:
    """Yield ``tracks`` in order, without those whose spectrogram is a seed's or that of one yielded before."""
    taken = [spectrogram_of(one.song.path) for one in heard]
    for first in range(0, len(tracks), n):
        some = tracks[first : first + n]
        found = spectrograms(dataset, [track.track_id for track in some])
        row_of = {track_id: len(taken) + i for i, track_id in enumerate(found.ids)}
        mel = np.stack([*taken, *found.mel])
        kept = set(range(len(taken)))
        copies = near_copies(mel)
        for track in some:
            row = row_of.get(track.track_id)
            if row is not None:  # else there is nothing to compare
                if any(later == row and earlier in kept for earlier, later, _ in copies):
                    continue
                kept.add(row)
            yield track
        taken = [mel[row] for row in sorted(kept)]


def _path(track: Track, dataset: Dataset) -> str | None:
    return None if track.path is None or not dataset.root.is_dir() else str(dataset.root / track.path)
