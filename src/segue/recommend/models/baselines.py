"""Baselines that ask nothing: chance, and what most lists hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.scorers import Chance, SameForAll
from segue.text import artist_key


def listeners(pairs: sparse.csr_matrix) -> np.ndarray:
    """float32 (n_items,): how many users chose each item."""
    return np.bincount(pairs.indices, minlength=pairs.shape[1]).astype(np.float32)


def artist_numbers(artists: Sequence[str | None]) -> np.ndarray:
    """int64 (n_items,): equal for equal artists (segue.text.artist_key), a number of its own for each unnamed."""
    numbers: dict[object, int] = {}
    keys = [artist_key(artist) or i for i, artist in enumerate(artists)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _random(data: Training, settings: Settings) -> Chance:
    return Chance(np.array(data.seed, np.int64))


def _popularity(data: Training, settings: Settings) -> SameForAll:
    return SameForAll(listeners(data.pairs))


KINDS = (
    Kind("random", "chance", "all", _random, control=True, ignores_history=True),
    Kind("popularity", "what most users chose", "warm", _popularity, control=True, ignores_history=True),
)
