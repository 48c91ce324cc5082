"""The few ways in which arrays become scores; every model of the room is one of them or a blend.

All score whole batches of histories by products of a sparse and a dense matrix.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse


def chosen(histories: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same histories with 1 in place of every count."""
    ones = np.ones_like(histories.data, dtype=np.float32)
    return sparse.csr_matrix((ones, histories.indices, histories.indptr), shape=histories.shape)


@dataclass(frozen=True, slots=True)
class Chance:
    """Scores drawn from a seed and the history alone, so that batches and workers change nothing."""

    seed: np.ndarray  # int64 ()

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        scores = np.empty(histories.shape, np.float32)
        for row in range(histories.shape[0]):
            items = histories.indices[histories.indptr[row] : histories.indptr[row + 1]]
            key = zlib.crc32(np.sort(items).astype("<i8").tobytes())
            scores[row] = np.random.default_rng([int(self.seed), key]).random(histories.shape[1], np.float32)
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        return {"seed": self.seed}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Chance:
        return cls(arrays["seed"])


@dataclass(frozen=True, slots=True)
class SameForAll:
    """One score per item, whatever the history; ``values`` float32 ``(n_items,)``."""

    values: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        return np.tile(self.values, (histories.shape[0], 1))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> SameForAll:
        return cls(arrays["values"])


@dataclass(frozen=True, slots=True)
class ItemWeights:
    """Sum over the history of the weights from each of its items; ``weights[j, i]`` is from j to i, float32."""

    weights: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        return chosen(histories) @ self.weights

    def arrays(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> ItemWeights:
        return cls(arrays["weights"])


@dataclass(frozen=True, slots=True)
class SparseItemWeights:
    """ItemWeights with most of them zero and not stored."""

    weights: sparse.csr_matrix

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        return (chosen(histories) @ self.weights).toarray()

    def arrays(self) -> dict[str, np.ndarray]:
        return {"data": self.weights.data, "indices": self.weights.indices, "indptr": self.weights.indptr}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> SparseItemWeights:
        n_items = len(arrays["indptr"]) - 1
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        return cls(sparse.csr_matrix(parts, shape=(n_items, n_items)))


@dataclass(frozen=True, slots=True)
class TwoFactors:
    """Weights of low rank: ``mean of source over the history . target + bias``.

    ``source`` and ``target`` float32 ``(n_items, n_factors)``, ``bias`` float32 ``(n_items,)``.
    """

    source: np.ndarray
    target: np.ndarray
    bias: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        items = chosen(histories)
        n = np.maximum(np.diff(items.indptr), 1).astype(np.float32)
        return (items @ self.source / n[:, None]) @ self.target.T + self.bias

    def arrays(self) -> dict[str, np.ndarray]:
        return {"source": self.source, "target": self.target, "bias": self.bias}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> TwoFactors:
        return cls(arrays["source"], arrays["target"], arrays["bias"])


def standardised(scores: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Each row with mean 0 and deviation 1 over the columns in ``among`` (bool); 0 elsewhere and where all are equal."""
    part = scores[:, among]
    spread = part.std(axis=1, keepdims=True)
    out = np.zeros_like(scores)
    out[:, among] = (part - part.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)
    return out


def two_factors(source: np.ndarray, target: np.ndarray, bias: np.ndarray | None = None) -> TwoFactors:
    """TwoFactors in contiguous float32; no bias is a bias of 0."""
    source, target = (np.ascontiguousarray(x, np.float32) for x in (source, target))
    return TwoFactors(source, target, np.zeros(len(target), np.float32) if bias is None else bias)
