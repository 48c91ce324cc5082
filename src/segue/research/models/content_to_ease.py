"""Cold items scored with the weights that EASE would have found for them (segue.recommend.models.cold_items).

It stands to content_to_cf.py as EASE to a factorisation: no bottleneck between what people choose and what items are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.cold_items import expected_weights, refuse_cold_if_too_big
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.ease import item_weights
from segue.recommend.models.scorers import chosen

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


def fit_cold(data: Training, settings: Settings) -> WeightsIntoSome:
    refuse_cold_if_too_big("content-to-ease", len(data.known), data.memory_bytes)
    weights = expected_weights(data, item_weights(data, _EASE_L2), settings)
    return WeightsIntoSome(weights, np.flatnonzero(~data.known))


def _search(**weights: float) -> tuple[Settings, ...]:
    return tuple({"l2": l2, "own": own, **weights} for l2 in (3.0, 10.0) for own in (0.3, 1.0))


_RANGES = (
    Range("l2", 0.3, 30.0, log=True),
    Range("own", 0.03, 3.0, log=True),
    Range("audio", 0.03, 3.0, log=True),
)

KINDS = (
    Kind(
        "content-to-ease",
        "EASE's weights of a cold item, predicted from sound by kernel regression",
        "cold",
        fit_cold,
        _search(audio=1.0),
        needs=frozenset({"audio"}),
        ranges=_RANGES,
    ),
    Kind(
        "content-to-ease+genres",
        "EASE's weights of a cold item, predicted from sound and genres by kernel regression",
        "cold",
        fit_cold,
        _search(audio=0.3, genres=0.7),
        needs=frozenset({"audio", "metadata"}),
        ranges=(*_RANGES, Range("genres", 0.1, 5.0, log=True)),
    ),
    Kind(
        "content-to-ease+genres+artists",
        "EASE's weights of a cold item, predicted from sound, genres and the artist by kernel regression",
        "cold",
        fit_cold,
        _search(audio=0.2, genres=0.5, artists=0.5),
        needs=frozenset({"audio", "metadata", "artists"}),
        ranges=(*_RANGES, Range("genres", 0.1, 5.0, log=True), Range("artists", 0.1, 5.0, log=True)),
    ),
)
