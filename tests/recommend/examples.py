"""Small snapshots whose right answers are known, shared by the recommenders' tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.copies.sketch import Sketch
from segue.library.records import TrackList
from segue.recommend.snapshot import Snapshot
from segue.recommend.votes import Vote

NOTHING = Sketch(30.0, None)
SECONDS = 180.0


def unit_rows(n: int, dim: int = 16, seed: int = 0) -> np.ndarray:
    """float32 (n, dim), random directions."""
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def at_angles(*degrees: float) -> np.ndarray:
    """float32 (n, 2): directions whose cosine with angle 0 is easily told."""
    radians = np.deg2rad(np.array(degrees))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def item_ids(n: int) -> np.ndarray:
    """Ids with gaps, so that an id is not mistaken for a row."""
    return np.arange(n) * 3 + 10


def recording(seed: int) -> np.ndarray:
    """A fingerprint of a piece of its own: int8 (1024,), sixteen band levels and their courses."""
    return np.random.default_rng(seed).integers(-30, 30, 1024).astype(np.int8)


class InMemory:
    """A source of a snapshot without a library; ``asked`` are the items whose sketch was wanted."""

    def __init__(
        self,
        sketches: dict[int, Sketch] | None = None,
        ballots: dict[int, tuple[Vote, ...]] | None = None,
        lists: Sequence[Sequence[int]] = (),
    ) -> None:
        self._sketches, self._ballots, self._lists = sketches or {}, ballots or {}, lists
        self.asked: list[int] = []

    def sketch(self, item: int) -> Sketch:
        self.asked.append(item)
        return self._sketches.get(item, NOTHING)

    def identity(self, item: int) -> str:
        return f"wav:{item}"

    def votes(self, item: int) -> tuple[Vote, ...]:
        return self._ballots.get(item, ())

    def genres(self) -> dict[int, str]:
        return {item: votes[0].genre for item, votes in self._ballots.items() if votes}

    def lists(self, kinds: Sequence[str]) -> list[TrackList]:
        if "playlist" not in kinds:
            return []
        return [
            TrackList(f"list {k}", "playlist", "", np.array(one), np.ones(len(one), np.float32))
            for k, one in enumerate(self._lists)
        ]


def snapshot_of(
    vectors: np.ndarray,
    items: np.ndarray | None = None,
    artists: Sequence[str | None] | None = None,
    albums: Sequence[str | None] | None = None,
    source: InMemory | None = None,
    durations_s: Sequence[float] | None = None,
) -> Snapshot:
    """A snapshot of those vectors; all last equally long unless told."""
    n = len(vectors)
    return Snapshot(
        model="model",
        items=np.arange(n) if items is None else items,
        vectors=vectors,
        durations_s=np.full(n, 30.0, np.float32)
        if durations_s is None
        else np.array(durations_s, np.float32),
        artists=tuple(artists or [None] * n),
        albums=tuple(albums or [None] * n),
        source=source or InMemory(),
    )


def varied(n: int) -> Snapshot:
    """``n`` items of several artists and albums, three genres by turns (one in eleven silent), and 40 lists of two tastes.

    The last tenth of the items is in no list.
    """
    ids = item_ids(n)
    ballots = {
        int(ids[i]): () if i % 11 == 5 else (Vote("abc"[i % 3], 6, 0.8), Vote("d", 2, 0.5))[: 1 + i % 2]
        for i in range(n)
    }
    rng = np.random.default_rng(1)
    known = n - n // 10
    lists = []
    for k in range(40 if n > 1 else 0):
        taste = np.arange(k % 2, known, 2)
        if len(taste):
            lists.append(ids[np.sort(rng.permutation(taste)[: max(1, len(taste) // 2)])].tolist())
    return snapshot_of(
        unit_rows(n),
        ids,
        [f"artist {i % 7}" if i % 5 else None for i in range(n)],
        [f"album {i % 9}" if i % 4 else None for i in range(n)],
        InMemory(ballots=ballots, lists=lists),
    )
