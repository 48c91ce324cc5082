"""Small worlds with known answers: two tastes, each with its own half of the items and its own sound."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.recommend.models.registry import Fitted
from segue.recommend.models.registry import fit as fit_kind
from segue.research.models.registry import MODELS
from segue.types import ItemContent

N_USERS, N_ITEMS, N_COLD = 120, 60, 8


def two_tastes(seed: int = 7) -> tuple[sparse.csr_matrix, ItemContent, np.ndarray]:
    """Pairs, content and which items are known: even users choose even items, odd users odd ones.

    The last N_COLD items were chosen by nobody. Audio and metadata give the half away, with noise;
    every artist makes ten items of one half.
    """
    rng = np.random.default_rng(seed)
    half = np.arange(N_ITEMS) % 2
    known = np.arange(N_ITEMS) < N_ITEMS - N_COLD
    likes = (np.arange(N_USERS)[:, None] % 2 == half[None, :]) & known
    pairs = sparse.csr_matrix((likes & (rng.random(likes.shape) < 0.5)).astype(np.float32))

    def telling(n_dims: int) -> np.ndarray:
        rows = np.where(half == 0, 1.0, -1.0)[:, None] + 0.3 * rng.standard_normal((N_ITEMS, n_dims))
        return ((rows - rows.mean(axis=0)) / rows.std(axis=0)).astype(np.float32)

    artists = tuple(f"Artist {i % 6}" for i in range(N_ITEMS))
    titles = tuple(f"Song {i}" for i in range(N_ITEMS))
    return pairs, ItemContent(telling(6), telling(4), artists, titles), known


def fit(name: str, *arguments, **more) -> Fitted:
    """The model of that name, the product's or research's, fitted."""
    return fit_kind(MODELS.get(name, name), *arguments, **more)
