"""What sounds, or is described, like the history: cosines, combined over its items; nobody's lists are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.errors import SegueError
from segue.recommend import seeds as combinations
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.scorers import chosen
from segue.types import ItemContent


@dataclass(frozen=True, slots=True)
class Cosines:
    """Cosines of items with seeds, combined by segue.recommend.seeds; what `grade` measures and `like` answers with.

    ``vectors`` float32 ``(n_items, dim)`` of unit length or 0.
    """

    vectors: np.ndarray
    combine: str = combinations.DEFAULT

    def of(self, seeds: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return float32 ``(n_items,)`` for seeds ``(n_seeds, dim)`` with weights that are not 0."""
        if self.combine != "mean":
            return self._combined(np.stack([self._with(seed) for seed in seeds]), weights)
        # The mean of cosines is the product with the mean vector: one product for any number of seeds.
        w = np.asarray(weights, np.float32)
        return np.clip(self._with(w @ seeds / np.abs(w).sum()), -1, 1)

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        """Return float32 ``(n_users, n_items)``: every item of a history is a seed of weight 1; 0 without a history."""
        if self.combine == "mean" and histories.shape[0] > 1:
            ones = chosen(histories)
            n = np.maximum(np.diff(ones.indptr), 1).astype(np.float32)
            return (ones @ self.vectors / n[:, None]) @ self.vectors.T
        scores = np.zeros(histories.shape, np.float32)
        for row in range(len(scores)):
            items = histories.indices[histories.indptr[row] : histories.indptr[row + 1]]
            if len(items):
                scores[row] = self.of(self.vectors[np.sort(items)], np.ones(len(items), np.float32))
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        return {"vectors": self.vectors, "combine": np.array(self.combine)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Cosines:
        return cls(arrays["vectors"], str(arrays["combine"]))

    def _with(self, query: np.ndarray) -> np.ndarray:
        # Twice as fast as matrix @ query with the OpenBLAS that NumPy ships, and each row's result
        # does not depend on its neighbours, so equal rows tie.
        return np.einsum("ij,j->i", self.vectors, np.asarray(query, np.float32))

    def _combined(self, cosines: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return combinations.COMBINATIONS[self.combine](np.clip(cosines, -1, 1), weights)


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """float32, every row of length 1; a row of zeros stays."""
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    return (matrix / np.where(length > 0, length, 1)).astype(np.float32)


def described(content: ItemContent, metadata_share: float) -> np.ndarray:
    """float32 (n_items, n_dims), rows of unit length whose cosine is a mix of the cosines of audio and metadata.

    ``metadata_share`` in [0, 1]; 0 is audio alone. Raises SegueError where there is no metadata to share.
    """
    assert content.audio is not None
    if metadata_share == 0:
        return unit_rows(content.audio)
    if content.metadata is None:
        raise SegueError("These items have no genres or other metadata: take the models that only hear.")
    heard, written = unit_rows(content.audio), unit_rows(content.metadata)
    parts = (np.sqrt(1 - metadata_share) * heard, np.sqrt(metadata_share) * written)
    return unit_rows(np.hstack(parts))


def _fit(data: Training, settings: Settings) -> Cosines:
    return Cosines(described(data.described, float(settings.get("metadata_share", 0.0))))


KINDS = (
    Kind("content", "what sounds like the history", "all", _fit, needs=frozenset({"audio"})),
    Kind(
        "content+genres",
        "what sounds like the history and is described like it",
        "all",
        _fit,
        tuple({"metadata_share": share} for share in (0.7, 0.5, 0.85, 1.0)),
        (Range("metadata_share", 0.2, 1.0),),
        needs=frozenset({"audio", "metadata"}),
    ),
)
