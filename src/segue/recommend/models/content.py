"""What sounds, or is described, like the history: mean cosine, no one's habits involved."""

from __future__ import annotations

import numpy as np

from segue.errors import SegueError
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.scorers import TwoFactors, two_factors
from segue.types import ItemContent


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """float32, every row of length 1; a row of zeros stays."""
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    return (matrix / np.where(length > 0, length, 1)).astype(np.float32)


def described(content: ItemContent, metadata_share: float) -> np.ndarray:
    """float32 (n_items, n_dims), rows of unit length whose cosine is a mix of the cosines of audio and metadata.

    ``metadata_share`` in [0, 1]; 0 is audio alone. Raises SegueError where there is no metadata to share.
    """
    if metadata_share == 0:
        return unit_rows(content.audio)
    if content.metadata is None:
        raise SegueError("These items have no genres or other metadata: take the models that only hear.")
    heard, written = unit_rows(content.audio), unit_rows(content.metadata)
    parts = (np.sqrt(1 - metadata_share) * heard, np.sqrt(metadata_share) * written)
    return unit_rows(np.hstack(parts))


def _fit(data: Training, settings: Settings) -> TwoFactors:
    rows = described(data.content, float(settings.get("metadata_share", 0.0)))
    return two_factors(rows, rows)


KINDS = (
    Kind("content", "what sounds like the history", "all", _fit, needs=frozenset({"audio"})),
    Kind(
        "content+genres",
        "what sounds like the history and is described like it",
        "all",
        _fit,
        tuple({"metadata_share": share} for share in (0.7, 0.5, 0.85, 1.0)),
        needs=frozenset({"audio", "metadata"}),
    ),
)
