"""What content says, what others chose, and what both together say about the same seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segue.analysis.settings import AnalysisSettings
from segue.errors import NotInLibrary
from segue.library.location import library_path
from segue.library.store import Library
from segue.recommend.co_choice import chosen_with, weights
from segue.recommend.content import PER_ARTIST
from segue.recommend.pick import pick
from segue.service.history import interactions_of, lists_of
from segue.service.jobs import AnalyseJob
from segue.service.playlist import PlaylistEntry, write_m3u8
from segue.service.songs import SeedSong, Song, read_seed, song_document, song_of

WAYS = ("content", "cf", "hybrid")
_HISTORY = ("playlist", "session")


@dataclass(frozen=True, slots=True)
class Pick:
    """One track of a list: ``weight`` in [0, 1) is that of other people's choices in the hybrid's score of it,
    ``n_lists`` in how many playlists and sessions it is."""

    song: Song
    track_id: int
    weight: float
    n_lists: int


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The picks of every way that was asked, best first, and what they rest on.

    ``seed_lists[i]`` is in how many lists seed i is; ``n_lists`` how many the library holds. ``agreed`` are the
    tracks that more than one way picked, with the ways, in the order of the first that did.
    """

    seeds: tuple[Song, ...]
    seed_lists: tuple[int, ...]
    n_lists: int
    picks: dict[str, tuple[Pick, ...]]
    agreed: tuple[tuple[Song, tuple[str, ...]], ...]


def side_by_side(
    seeds: Sequence[str],
    ways: Sequence[str] = WAYS,
    *,
    n: int = 10,
    per_artist: int = PER_ARTIST,
    library: str | None = None,
    m3u: Path | None = None,
) -> SideBySide:
    """Return up to ``n`` tracks of the library by each of ``ways``, no copy of a seed or of each other among them.

    ``cf`` lists what shares a playlist or a session with the seeds, and nothing where no list holds a seed;
    ``hybrid`` weighs both likenesses by how many lists they rest on and is content where there is none.
    With ``m3u`` the last way's tracks are written there. Raises NotInLibrary when there is no music, or when
    ``cf`` alone is asked of a library without playlists or history, and else as
    segue.service.like.what_fits_next does.
    """
    job = AnalyseJob(None, AnalysisSettings(loudness=False))
    model = job.analyser().network.passport.model
    path = library_path(library)
    with Library.open(path, read_only=True) as opened:
        heard = [read_seed(seed, opened, job) for seed in seeds]
        embeddings = opened.vectors(model)
        items = embeddings.track_ids
        if not len(items):
            raise NotInLibrary(f"The library {path} holds no music yet; run `segue scan FOLDER` first.")
        lists = lists_of(opened, _HISTORY)
        if not lists and tuple(ways) == ("cf",):
            raise NotInLibrary(
                f"The library {path} holds no playlists and no history; bring some in with `segue history import PATH`."
            )
        asked = _Question(opened, model, heard, embeddings.vectors, items, lists)
        found = {way: tuple(asked.picks(way, n, per_artist)) for way in ways}
    if m3u is not None:
        songs = [one.song for one in found[ways[-1]]]
        write_m3u8(m3u, (PlaylistEntry(s.path, s.artist, s.title, s.duration_s) for s in songs))
    return SideBySide(
        tuple(one.song for one in heard),
        tuple(int(count) for count in asked.seed_lists),
        len(lists),
        found,
        _agreed(found),
    )


class _Question:
    """The seeds beside every track: both likenesses, and the weight of the second."""

    def __init__(
        self,
        library: Library,
        model: str,
        heard: Sequence[SeedSong],
        vectors: np.ndarray,
        items: np.ndarray,
        lists: Sequence[Any],
    ) -> None:
        from scipy import sparse

        self._library, self._model, self._heard, self._items = library, model, heard, items
        told, _ = interactions_of(lists, items)
        shape = (max(len(lists), 1), len(items))
        pairs = sparse.csr_matrix((told.counts, (told.users, told.items)), shape=shape)
        self._lists_of_item = pairs.getnnz(axis=0)
        rows = np.array([_row(items, one.seed.item) for one in heard])
        inside = rows[rows >= 0]
        self.seed_lists = np.where(rows >= 0, self._lists_of_item[np.maximum(rows, 0)], 0)
        query = np.mean([one.seed.vector for one in heard], axis=0, dtype=np.float32)
        self._content = np.clip(vectors @ query, -1.0, 1.0)
        self._others = chosen_with(pairs, inside)
        self._weight = weights(pairs, self.seed_lists)
        self._artists = library.artists(items)

    def picks(self, way: str, n: int, per_artist: int) -> Iterator[Pick]:
        """The tracks that one way lists."""
        blend = self._weight * self._others + (1 - self._weight) * self._content
        scores = {"content": self._content, "cf": self._others, "hybrid": blend}[way]
        order = np.argsort(-scores, kind="stable")
        if way == "cf":
            order = order[scores[order] > 0]  # what nobody chose with a seed is no answer
        ranked = pick(
            ((int(row), float(scores[row])) for row in order),
            self._items,
            self._artists,
            lambda item: self._library.sketch(item, self._model),
            n,
            per_artist=per_artist,
            seeds={one.seed.item for one in self._heard},
            seed_sketches=[one.seed.sketch for one in self._heard],
        )
        for one in ranked:
            track = self._library.track(one.item, self._model)
            if track.paths:  # a scan beside us may have taken its last file meanwhile
                row = _row(self._items, one.item)
                weight = {"content": 0.0, "cf": 1.0, "hybrid": float(self._weight[row])}[way]
                yield Pick(song_of(track, one.score), one.item, weight, int(self._lists_of_item[row]))


def _row(items: np.ndarray, item: int | None) -> int:
    """The place of an item among ``items``, which ascend; -1 where it is not there."""
    if item is None:
        return -1
    row = int(np.searchsorted(items, item))
    return row if row < len(items) and items[row] == item else -1


def _agreed(found: dict[str, tuple[Pick, ...]]) -> tuple[tuple[Song, tuple[str, ...]], ...]:
    ways: dict[int, list[str]] = {}
    songs: dict[int, Song] = {}
    for way, picks in found.items():
        for one in picks:
            ways.setdefault(one.track_id, []).append(way)
            songs.setdefault(one.track_id, one.song)
    return tuple((songs[track], tuple(by)) for track, by in ways.items() if len(by) > 1)


def side_by_side_document(answer: SideBySide) -> dict[str, Any]:
    """Return the answer as one JSON document: ``tracks`` for one way, a list under each way's name for several."""
    document: dict[str, Any] = {
        "seeds": [
            song_document(song) | {"lists": n}
            for song, n in zip(answer.seeds, answer.seed_lists, strict=True)
        ],
        "lists": answer.n_lists,
    }
    lists = {way: [_pick_document(one) for one in picks] for way, picks in answer.picks.items()}
    if len(lists) == 1:
        way, tracks = next(iter(lists.items()))
        return document | {"by": way, "tracks": tracks}
    agreed = [song_document(song) | {"by": list(by)} for song, by in answer.agreed]
    return document | {"by": "all", **lists, "agreed": agreed}


def _pick_document(one: Pick) -> dict[str, Any]:
    return song_document(one.song) | {
        "score": round(one.song.score or 0.0, 4),
        "weight": round(one.weight, 4),
        "lists": one.n_lists,
    }
