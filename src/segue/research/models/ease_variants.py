"""Variants of EASE that only comparisons measure: on nearest neighbours, normalised, with side information.

ease-sparse is for catalogues whose square does not fit into memory: each item is regressed on its nearest neighbours
only. For item i with neighbours N (the k largest cosines), the weights into i solve
``(X_N^T X_N + l I) w = X_N^T x_i``. This is EASE with all other weights fixed at zero, and equal to
it when k covers every item. Neighbours as in Ning and Karypis 2011, "SLIM" (its fsSLIM); the squared
penalty alone and its sparse use: Steck 2019, "Markov random fields for collaborative filtering".

ease-normalised is ease+audio without content: what is left of a gain over it is the content's.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.ease import side_weights
from segue.recommend.models.itemknn import nearest
from segue.recommend.models.scorers import ItemWeights, SparseItemWeights, chosen


def sparse_weights(pairs: sparse.csr_matrix, l2: float, k: int) -> sparse.csr_matrix:
    """float32 CSR ``(n_items, n_items)``: from each of at most k neighbours (rows) to every item (columns)."""
    neighbours = nearest(pairs, k, shrink=0.0)
    by_item = chosen(pairs).T.tocsr()
    weights = np.zeros(neighbours.nnz, np.float32)
    for item in range(neighbours.shape[0]):
        span = slice(neighbours.indptr[item], neighbours.indptr[item + 1])
        near = neighbours.indices[span]
        if len(near):
            weights[span] = _regress(by_item, item, near, l2)
    into = sparse.csr_matrix((weights, neighbours.indices, neighbours.indptr), shape=neighbours.shape)
    return into.T.tocsr()


def _regress(by_item: sparse.csr_matrix, item: int, near: np.ndarray, l2: float) -> np.ndarray:
    block = by_item[np.append(near, item)]
    counts = (block @ block.T).toarray()
    gram, right = counts[:-1, :-1], counts[:-1, -1]
    gram[np.diag_indices_from(gram)] += np.float32(l2)
    return np.linalg.solve(gram, right)


def _fit_sparse(data: Training, settings: Settings) -> SparseItemWeights:
    return SparseItemWeights(sparse_weights(data.pairs, float(settings["l2"]), int(settings["k"])))


def _fit_side(data: Training, settings: Settings) -> ItemWeights:
    return ItemWeights(side_weights(data, settings))


_L2 = Range("l2", 30.0, 1000.0, log=True)
_AUDIO = Range("audio", 0.3, 30.0, log=True)
_GENRES = Range("genres", 0.5, 50.0, log=True)
_ARTISTS = Range("artists", 1.0, 60.0, log=True)

KINDS = (
    Kind(
        "ease-sparse",
        "EASE on each item's nearest neighbours, for large catalogues",
        "warm",
        _fit_sparse,
        tuple({"k": k, "l2": l2} for k in (100, 50) for l2 in (20.0, 100.0)),
        ranges=(Range("k", values=(50, 100, 200)), Range("l2", 3.0, 300.0, log=True)),
    ),
    Kind(
        "ease-normalised",
        "EASE where long lists do not outvote short ones",
        "warm",
        _fit_side,
        tuple({"l2": l2} for l2 in (100.0, 50.0, 200.0, 400.0)),
        ranges=(_L2,),
    ),
    Kind(
        "ease+audio",
        "EASE with likeness of sound as side information",
        "all",
        _fit_side,
        tuple({"l2": l2, "audio": audio} for l2 in (100.0, 200.0) for audio in (3.0, 10.0)),
        needs=frozenset({"audio"}),
        ranges=(_L2, _AUDIO),
    ),
    Kind(
        "ease+audio+genres",
        "EASE with likeness of sound and genres as side information",
        "all",
        _fit_side,
        tuple({"l2": l2, "audio": 3.0, "genres": genres} for l2 in (100.0, 200.0) for genres in (5.0, 10.0)),
        needs=frozenset({"audio", "metadata"}),
        ranges=(_L2, _AUDIO, _GENRES),
    ),
    Kind(
        "ease+audio+genres+artists",
        "EASE with likeness of sound and genres, and the artist, as side information",
        "all",
        _fit_side,
        tuple(
            {"l2": l2, "audio": 3.0, "genres": 5.0, "artists": both}
            for l2 in (100.0, 200.0)
            for both in (8.0, 15.0)
        ),
        needs=frozenset({"audio", "metadata", "artists"}),
        ranges=(_L2, _AUDIO, _GENRES, _ARTISTS),
    ),
)
