"""Timbre: the model's embedding of the track, a vector of unit length."""

from __future__ import annotations

import numpy as np

from segue.facets.base import Facet, FromNetwork
from segue.facets.stored import Numbers
from segue.facets.track_output import TrackOutput


def embedding_of(heard: TrackOutput) -> np.ndarray | None:
    """Return the mean of the windows' embeddings, standardised, float32 ``(dim,)`` of unit length.

    None for the zero vector, which has no direction.
    """
    embedding = heard.network.unit_embedding(np.stack([output.embedding for output in heard.outputs]))
    return embedding if embedding.any() else None


def distance(embedding: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return half of one minus the cosine with each row of ``column`` ``(n, dim)``: 0 alike, 1 opposite."""
    return (1.0 - column @ embedding) / 2.0


TIMBRE = Facet(
    name="timbre",
    version="1",
    source=FromNetwork(embedding_of),
    stored=Numbers[np.ndarray]("<f4", None, lambda vector: vector, lambda numbers: numbers),
    distance=distance,
    words=lambda vector: f"a vector of {len(vector)} numbers",
    document=lambda vector: [float(number) for number in vector],
)
