"""Small catalogues whose right answers are known, shared by the recommenders' tests."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from segue.library.records import Sketch
from segue.recommend.chance import RandomRecommender
from segue.recommend.content import ContentRecommender
from segue.recommend.same_genre import SameGenreRecommender, Vote
from segue.recommend.search import ExactIndex, FaissIndex

needs_faiss = pytest.mark.skipif(
    importlib.util.find_spec("faiss") is None, reason="faiss: the extra is not installed"
)

NOTHING = Sketch(30.0, None)


def unit_rows(n: int, dim: int = 16, seed: int = 0) -> np.ndarray:
    """float32 (n, dim), random directions."""
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def item_ids(n: int) -> np.ndarray:
    """Ids with gaps, so that an id is not mistaken for a row."""
    return np.arange(n) * 3 + 10


def content(n: int, index=ExactIndex, per_artist: int = 0) -> ContentRecommender:
    artists = [f"artist {i % 7}" if i % 5 else None for i in range(n)]
    rows = unit_rows(n)
    return ContentRecommender(item_ids(n), index(rows), artists, lambda _: NOTHING, per_artist=per_artist)


def same_genre(n: int) -> SameGenreRecommender:
    # Three genres by turns, some items of two minds, and one in eleven silent.
    ballots = [
        () if i % 11 == 5 else (Vote("abc"[i % 3], 6, 0.8), Vote("d", 2, 0.5))[: 1 + i % 2] for i in range(n)
    ]
    return SameGenreRecommender(item_ids(n), ballots, lambda _: NOTHING, seed=0)


# Everything that keeps the contract: name -> how to make one over n items (ids from item_ids).
RECOMMENDERS = [
    pytest.param(content, id="content"),
    pytest.param(lambda n: content(n, per_artist=2), id="content-two-per-artist"),
    pytest.param(lambda n: content(n, FaissIndex), id="content-faiss", marks=needs_faiss),
    pytest.param(same_genre, id="same-genre"),
    pytest.param(lambda n: RandomRecommender(item_ids(n), seed=0), id="random"),
]
