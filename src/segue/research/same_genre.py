"""The student report's recommender on a labelled dataset: tracks by chance from the genre that most chunks of the seeds name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from segue.analysis.settings import AnalysisSettings
from segue.copies.names import plain, recording_key
from segue.copies.spectral import near_copies
from segue.encode import json_field
from segue.errors import DatasetError
from segue.files import sha256_of
from segue.recommend.same_genre import audio_numbers, draw_within
from segue.recommend.votes import pooled
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.index import Track
from segue.research.datasets.registry import read_dataset
from segue.research.datasets.spectrograms import spectrogram_of, spectrograms
from segue.service.jobs import AnalyseJob
from segue.service.like import AskedSong, SameGenreAnswer
from segue.service.playlist import PlaylistEntry, write_m3u8
from segue.service.songs import SeedSong, read_seed


@dataclass(frozen=True, slots=True)
class LabelledTrack:
    """One track of a dataset that was drawn; ``path`` is None where only its spectrogram is there."""

    track_id: str
    path: str | None
    artist: str | None
    title: str | None
    score: float = json_field(digits=4)

    def cells(self) -> tuple[str, str, str]:
        """Artist, title (or id) and path as a person reads them."""
        return self.artist or "-", self.title or self.track_id, self.path or "(no audio)"


def same_genre_in_dataset(
    seeds: Sequence[str],
    dataset: str,
    data: Path | None,
    *,
    n: int = 10,
    draw: int = 0,
    m3u: Path | None = None,
    force: bool = False,
) -> SameGenreAnswer:
    """Return ``n`` tracks of a dataset, by chance among those labelled with the seeds' genre.

    Labels and genres are matched without regard to case and punctuation ("Hip-Hop" is "hiphop"). A
    track is left out when a seed is its file, has its hash, its artist and title or those of a track that
    has, or when the spectrograms of their middle 30 s hold one recording (segue.copies.spectral);
    so is a copy of a track drawn before. With ``m3u`` those with audio are written there. Raises AudioError when a seed cannot be read as
    audio or is silent, and DatasetError when the dataset is not there or has no such label.
    """
    opened = read_dataset(dataset, data)
    job = AnalyseJob(None, AnalysisSettings(loudness=False))
    heard = [read_seed(seed, None, job) for seed in seeds]
    votes = tuple(vote for vote in pooled(one.seed.votes for one in heard) if vote.chunks)
    wanted = plain(votes[0].genre)
    labels = {plain(label): label for label in opened.classes}
    if wanted not in labels:
        raise DatasetError(
            f"The seeds were heard as {votes[0].genre!r}, and {opened.name} has no such label; it has "
            f"{', '.join(opened.classes)}.",
            code="unknown-label",
        )
    genres = np.array([track.label or "" for track in opened.tracks], dtype=object)
    scores = draw_within(genres, labels[wanted], [draw, *audio_numbers(one.seed.identity for one in heard)])
    scores[_same_recordings(heard, opened)] = -np.inf
    order = np.argsort(-scores, kind="stable")
    drawn = [opened.tracks[row] for row in order[np.isfinite(scores[order])].tolist()]
    score_of = {track.track_id: float(score) for track, score in zip(opened.tracks, scores, strict=True)}
    tracks = tuple(
        LabelledTrack(t.track_id, _path(t, opened), t.artist, t.title, score_of[t.track_id])
        for t in islice(_without_copies(drawn, heard, opened, n), n)
    )
    if m3u is not None:
        write_m3u8(m3u, (PlaylistEntry(t.path, t.artist, t.title) for t in tracks if t.path), force=force)
    asked = tuple(AskedSong(one.song) for one in heard)
    return SameGenreAnswer("same-genre", draw, opened.name, asked, votes[0].genre, votes, tracks)


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
