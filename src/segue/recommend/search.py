"""The nearest rows of a matrix by cosine, exactly, or nearly so and faster.

Conventions: rows and queries are float32; rows are of unit length, so the inner product with a
query of unit length is their cosine; results come best first, ties by ascending row.
"""

from __future__ import annotations

import importlib.util
from typing import Protocol

import numpy as np

# From benchmarks/search.py, see docs/results/search.md. faiss must be imported and its index
# built before it saves anything, and both building and saving grow with the number of rows, so
# what decides is how often the index will be asked; in small libraries NumPy answers at once.
FAISS_FROM_ROWS = 50_000
FAISS_FROM_QUERIES = 100

_UNIT_TOLERANCE = 1e-3
_TRAINING_ROWS = 20_000  # enough to find each dimension's range
_CANDIDATES_PER_RESULT = 4
_MIN_CANDIDATES = 100


class Index(Protocol):
    """Finds rows near a query."""

    @property
    def matrix(self) -> np.ndarray:
        """float32 (n_rows, dim), rows of unit length."""
        ...

    def search(self, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``k`` best rows (all, if there are fewer): int64 rows, float32 inner products."""
        ...


def build_index(matrix: np.ndarray, *, queries: int = 1) -> Index:
    """The index that answers ``queries`` queries soonest with what is installed.

    ``matrix`` is float32 (n_rows, dim) with rows of unit length, else ValueError.
    """
    worthwhile = len(matrix) >= FAISS_FROM_ROWS and queries >= FAISS_FROM_QUERIES
    if worthwhile and importlib.util.find_spec("faiss") is not None:
        return FaissIndex(matrix)
    return ExactIndex(matrix)


class ExactIndex:
    """Every row compared with the query, in NumPy."""

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix = _checked(matrix)

    def search(self, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        return _best(np.arange(len(self.matrix)), _inner_products(self.matrix, query), k)


class FaissIndex:
    """Candidates from a faiss index of 8 bits a number, ranked again exactly.

    Finds at least 99.9 % of the true best ten on random and on clustered vectors (measured by
    benchmarks/search.py). Scalar quantisation: Douze et al., "The Faiss library", 2024.
    """

    def __init__(self, matrix: np.ndarray) -> None:
        import faiss

        self.matrix = _checked(matrix)
        self._index = faiss.IndexScalarQuantizer(
            self.matrix.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        if len(self.matrix):
            step = max(1, len(self.matrix) // _TRAINING_ROWS)
            self._index.train(self.matrix[::step])
            self._index.add(self.matrix)

    def search(self, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        n_candidates = min(len(self.matrix), max(_CANDIDATES_PER_RESULT * k, _MIN_CANDIDATES))
        if n_candidates == len(self.matrix):
            rows = np.arange(n_candidates)
        else:
            _, found = self._index.search(np.ascontiguousarray(query, np.float32)[None], n_candidates)
            rows = np.sort(found[0])
        return _best(rows, _inner_products(self.matrix[rows], query), k)


def _checked(matrix: np.ndarray) -> np.ndarray:
    matrix = np.ascontiguousarray(matrix, np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    if matrix.ndim != 2 or not np.all(np.abs(lengths - 1) <= _UNIT_TOLERANCE):
        raise ValueError("every row must be of unit length")
    return matrix


def _inner_products(matrix: np.ndarray, query: np.ndarray) -> np.ndarray:
    # Twice as fast as matrix @ query with the OpenBLAS that NumPy ships, and each row's result
    # does not depend on its neighbours, so equal rows tie.
    return np.einsum("ij,j->i", matrix, np.asarray(query, np.float32))


def _best(rows: np.ndarray, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``k`` best of ``rows``, which ascend, by falling score, then by row."""
    if k < len(scores):
        worst = np.partition(scores, len(scores) - k)[len(scores) - k]
        enough = np.flatnonzero(scores >= worst)  # with all that tie at the border
    else:
        enough = np.arange(len(scores))
    order = enough[np.argsort(-scores[enough], kind="stable")[:k]]
    return rows[order], scores[order]
