"""EASE that also knows what items are: likeness by content adds to how often people chose two items together.

``G = s X^T W X + K + l I``, the rest as in EASE. K holds the likeness of items (similarity.py); whatever
K is, it is as if rows T with ``T^T T = K``, each an invented user who chose what is alike, stood under
X: Jeunen, Van Balen and Goethals 2020, "Closed-form models for collaborative filtering with
side-information" (Add-EASE and CEASE; they stack tags, here any kernel will do). W weighs every user by
``1 / sqrt(n chosen)``, so that long lists do not outvote short ones, and s restores the mean of the diagonal.
A cold item has a row of K, so it can be scored. ease-normalised is the same without K: what is
left of a gain over it is the content's.
"""

from __future__ import annotations

import numpy as np

from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.ease import gram, refuse_if_too_big, weights_from_gram
from segue.recommend.models.itemknn import BLOCK
from segue.recommend.models.scorers import ItemWeights
from segue.recommend.models.similarity import similarity


def side_weights(data: Training, settings: Settings) -> np.ndarray:
    """float32 ``(n_items, n_items)`` of EASE with ``l2`` and, where there is content, the likeness that the other
    settings weigh. Raises SegueError where they do not go into memory."""
    n_items = data.pairs.shape[1]
    refuse_if_too_big(n_items, data.memory_bytes)
    n_chosen = np.maximum(np.diff(data.pairs.indptr), 1)
    matrix = gram(data.pairs, (1 / np.sqrt(n_chosen)).astype(np.float32))
    matrix *= np.float32(data.pairs.nnz / np.trace(matrix, dtype=np.float64))
    if data.content is not None and len(settings) > 1:
        alike, everything = similarity(data.content, settings), np.arange(n_items)
        for start in range(0, n_items, BLOCK):
            matrix[start : start + BLOCK] += alike.between(everything[start : start + BLOCK], everything)
    matrix[np.diag_indices_from(matrix)] += np.float32(settings["l2"])
    return weights_from_gram(matrix)


def _fit(data: Training, settings: Settings) -> ItemWeights:
    return ItemWeights(side_weights(data, settings))


KINDS = (
    Kind(
        "ease-normalised",
        "EASE where long lists do not outvote short ones",
        "warm",
        _fit,
        tuple({"l2": l2} for l2 in (100.0, 50.0, 200.0, 400.0)),
    ),
    Kind(
        "ease+audio",
        "EASE with likeness of sound as side information",
        "all",
        _fit,
        tuple({"l2": l2, "audio": audio} for l2 in (100.0, 200.0) for audio in (3.0, 10.0)),
        needs=frozenset({"audio"}),
    ),
    Kind(
        "ease+audio+genres",
        "EASE with likeness of sound and genres as side information",
        "all",
        _fit,
        tuple({"l2": l2, "audio": 3.0, "genres": genres} for l2 in (100.0, 200.0) for genres in (5.0, 10.0)),
        needs=frozenset({"audio", "metadata"}),
    ),
    Kind(
        "ease+audio+genres+artists",
        "EASE with likeness of sound and genres, and the artist, as side information",
        "all",
        _fit,
        tuple(
            {"l2": l2, "audio": 3.0, "genres": both, "artists": both}
            for l2 in (100.0, 200.0)
            for both in (5.0, 8.0)
        ),
        needs=frozenset({"audio", "metadata", "artists"}),
    ),
)
