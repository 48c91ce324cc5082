"""EDLAE of full rank: a linear autoencoder that learns to restore what dropout took from its input.

``B = I - P diag(1 / diag P)`` with ``P = (X^T X + L)^-1`` and ``L = l2 I + (p / (1 - p)) diag(X^T X)``: EASE whose penalty
grows with the item's popularity. Scores are X B. Steck 2020, "Autoencoders that don't overfit towards the identity".
"""

from __future__ import annotations

import numpy as np

from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.ease import gram, refuse_if_too_big, weights_from_gram
from segue.recommend.models.scorers import ItemWeights


def _fit(data: Training, settings: Settings) -> ItemWeights:
    refuse_if_too_big(data.pairs.shape[1], data.memory_bytes)
    p = float(settings["dropout"])
    matrix = gram(data.pairs)
    diagonal = np.diag_indices_from(matrix)
    matrix[diagonal] += np.float32(settings["l2"]) + np.float32(p / (1 - p)) * matrix[diagonal]
    return ItemWeights(weights_from_gram(matrix))


KINDS = (
    Kind(
        "edlae",
        "item-to-item regression that restores what dropout took, in closed form",
        "warm",
        _fit,
        tuple({"l2": l2, "dropout": p} for l2 in (30.0, 100.0) for p in (0.5, 0.3)),
        (Range("l2", 3.0, 1000.0, log=True), Range("dropout", 0.02, 0.8)),
    ),
)
