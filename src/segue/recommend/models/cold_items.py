"""Weights of EASE into items that nobody chose, predicted from content by kernel ridge regression.

With K the similarity of items by content, k known and c cold: the column of a cold item in ``S = B + own I`` (B of
EASE; ``own`` is how much an item says for itself) is predicted from the columns of known ones,
``W = S (K_kk + l I)^-1 K_kc``; scores are X W. Saunders, Gammerman and Vovk 1998.
"""

from __future__ import annotations

import numpy as np

from segue.errors import SegueError
from segue.recommend.models.contract import Settings, Training
from segue.recommend.models.ease import dense_bytes
from segue.recommend.models.similarity import similarity


def refuse_cold_if_too_big(name: str, n_items: int, memory_bytes: int) -> None:
    """Raises SegueError where predicting weights of cold items does not go into so much memory."""
    needed = 3 * dense_bytes(n_items)  # EASE's weights, those of known items alone, and likenesses
    if needed > memory_bytes:
        raise SegueError(
            f"{name} on {n_items:,} items needs {needed / 1e9:,.1f} GB and "
            f"{memory_bytes / 1e9:,.1f} GB are free: take itemknn or content (or, in `segue compare`, content-to-cf), which need less.",
            code="too-big-for-memory",
        )


def expected_weights(data: Training, from_items: np.ndarray, settings: Settings) -> np.ndarray:
    """float32 ``(n_items, n_cold)``: the weights into cold items that content lets expect, given those among known ones.

    ``from_items`` float32 ``(n_items, n_items)``; settings are ``l2``, ``own`` and the weights of likeness.
    """
    import scipy.linalg

    known, cold = np.flatnonzero(data.known), np.flatnonzero(~data.known)
    alike = similarity(data.described, settings)
    matrix = alike.between(known, known)
    matrix[np.diag_indices_from(matrix)] += np.float32(settings["l2"])
    mix = scipy.linalg.solve(
        matrix, alike.between(known, cold), overwrite_a=True, overwrite_b=True, assume_a="pos"
    )
    del matrix
    weights = np.zeros((len(data.known), len(cold)), np.float32)
    weights[known] = from_items[np.ix_(known, known)] @ mix + np.float32(settings["own"]) * mix
    return weights
