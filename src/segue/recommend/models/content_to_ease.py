"""Cold items scored with the weights that EASE would have found for them, predicted from content.

With K the likeness of items by content, k known and c cold: kernel ridge regression predicts the
column of a cold item in ``S = B + own I`` (B of EASE; ``own`` is how much an item says for itself) from
the columns of known ones, ``W = S (K_kk + l I)^-1 K_kc``; scores are X W. Kernel ridge regression: Saunders,
Gammerman and Vovk 1998. It stands to content_to_cf.py as EASE to a factorisation: no
bottleneck between what people choose and what items are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.errors import SegueError
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.ease import dense_bytes, item_weights
from segue.recommend.models.scorers import chosen
from segue.recommend.models.similarity import similarity

_EASE_L2 = 200.0


@dataclass(frozen=True, slots=True)
class WeightsIntoSome:
    """ItemWeights into some items only: ``weights[j, i]`` is from item j to item ``into[i]``; others score 0."""

    weights: np.ndarray  # float32 (n_items, n_into)
    into: np.ndarray  # int64 (n_into,)

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        scores = np.zeros(histories.shape, np.float32)
        scores[:, self.into] = chosen(histories) @ self.weights
        return scores

    def arrays(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights, "into": self.into}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> WeightsIntoSome:
        return cls(arrays["weights"], arrays["into"])


def refuse_cold_if_too_big(name: str, n_items: int, memory_bytes: int) -> None:
    """Raises SegueError where predicting weights of cold items does not go into so much memory."""
    needed = 3 * dense_bytes(n_items)  # EASE's weights, those of known items alone, and likenesses
    if needed > memory_bytes:
        raise SegueError(
            f"{name} on {n_items:,} items needs {needed / 1e9:,.1f} GB and "
            f"{memory_bytes / 1e9:,.1f} GB are free: take content-to-cf, which needs memory for factors only."
        )


def expected_weights(data: Training, from_items: np.ndarray, settings: Settings) -> np.ndarray:
    """float32 ``(n_items, n_cold)``: the weights into cold items that content lets expect, given those among known ones.

    ``from_items`` float32 ``(n_items, n_items)``; settings are ``l2``, ``own`` and the weights of likeness.
    """
    import scipy.linalg

    known, cold = np.flatnonzero(data.known), np.flatnonzero(~data.known)
    alike = similarity(data.content, settings)
    matrix = alike.between(known, known)
    matrix[np.diag_indices_from(matrix)] += np.float32(settings["l2"])
    mix = scipy.linalg.solve(
        matrix, alike.between(known, cold), overwrite_a=True, overwrite_b=True, assume_a="pos"
    )
    del matrix
    weights = np.zeros((len(data.known), len(cold)), np.float32)
    weights[known] = from_items[np.ix_(known, known)] @ mix + np.float32(settings["own"]) * mix
    return weights


def _fit(data: Training, settings: Settings) -> WeightsIntoSome:
    refuse_cold_if_too_big("content-to-ease", len(data.known), data.memory_bytes)
    weights = expected_weights(data, item_weights(data, _EASE_L2), settings)
    return WeightsIntoSome(weights, np.flatnonzero(~data.known))


def _search(**weights: float) -> tuple[Settings, ...]:
    return tuple({"l2": l2, "own": own, **weights} for l2 in (3.0, 10.0) for own in (0.3, 1.0))


KINDS = (
    Kind(
        "content-to-ease",
        "EASE's weights of a cold item, predicted from sound by kernel regression",
        "cold",
        _fit,
        _search(audio=1.0),
        needs=frozenset({"audio"}),
    ),
    Kind(
        "content-to-ease+genres",
        "EASE's weights of a cold item, predicted from sound and genres by kernel regression",
        "cold",
        _fit,
        _search(audio=0.3, genres=0.7),
        needs=frozenset({"audio", "metadata"}),
    ),
    Kind(
        "content-to-ease+genres+artists",
        "EASE's weights of a cold item, predicted from sound, genres and the artist by kernel regression",
        "cold",
        _fit,
        _search(audio=0.2, genres=0.5, artists=0.5),
        needs=frozenset({"audio", "metadata", "artists"}),
    ),
)
