"""Which tracks are chosen together, and how far that can be trusted: the collaborative half of a small library.

A library has few lists, so nothing is fitted. Likeness of two tracks is the cosine of the lists they
are in (item-to-item collaborative filtering: Linden, Smith and York 2003), which lies on the same
scale as the cosine of their sounds; a blend of both needs no training, and says how it was weighed.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

DOUBT_LISTS = 3.0  # a track in three lists is judged half by them, half by its sound


def chosen_with(pairs: sparse.csr_matrix, seeds: np.ndarray) -> np.ndarray:
    """Return float32 ``(n_items,)`` in [0, 1]: the mean over ``seeds`` of each item's cosine with it.

    ``pairs`` is CSR ``(n_lists, n_items)``, ``seeds`` int64 columns. The cosine of items i and j is (lists with both) /
    sqrt(lists with i x lists with j), 0 for an item in no list. Without seeds everything is 0.
    """
    if not len(seeds):
        return np.zeros(pairs.shape[1], np.float32)
    held = (pairs > 0).astype(np.float32)
    n_lists = np.asarray(held.sum(axis=0)).ravel()
    together = (held.T @ held[:, seeds]).toarray()
    length = np.sqrt(np.outer(n_lists, n_lists[seeds]))
    cosine = np.divide(together, length, out=np.zeros_like(together), where=length > 0)
    return cosine.mean(axis=1).astype(np.float32)


def trust(n_lists: np.ndarray) -> np.ndarray:
    """Return float64 in [0, 1): how far a track in so many lists is judged by them, n / (n + DOUBT_LISTS)."""
    return n_lists / (n_lists + DOUBT_LISTS)


def weights(pairs: sparse.csr_matrix, seed_lists: np.ndarray) -> np.ndarray:
    """Return float32 ``(n_items,)`` in [0, 1): the weight of what others chose in the blend, item by item.

    ``seed_lists`` is in how many lists each seed is, 0 for a song from outside. The weight is the trust in
    the item times the mean trust in the seeds: a new track, or a new seed, is judged by sound alone,
    a well-known one mostly by its lists, and nothing jumps in between.
    """
    n_lists = np.asarray((pairs > 0).sum(axis=0)).ravel().astype(np.float64)
    in_seeds = float(trust(np.asarray(seed_lists, np.float64)).mean()) if len(seed_lists) else 0.0
    return (trust(n_lists) * in_seeds).astype(np.float32)
