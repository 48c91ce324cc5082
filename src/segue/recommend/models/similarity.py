"""Similarity of items by their content: the kernels that regressions on content use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.recommend.models.baselines import artist_numbers
from segue.recommend.models.content import unit_rows
from segue.recommend.models.contract import Settings
from segue.types import ItemContent


@dataclass(frozen=True, slots=True)
class Similarity:
    """``audio * rbf(audio) + genres * cosine(metadata) + artists * [same artist]`` of pairs of items.

    rbf is ``exp(-|a - b|^2 / v)``, v the sum of the variances of all columns (their number, where they are
    standardised), so that the unit of audio plays no part. What weighs 0 is not looked at.
    """

    content: ItemContent
    audio: float = 0.0
    genres: float = 0.0
    artists: float = 0.0

    def between(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (n_rows, n_columns) for two lists of items; positive semi-definite over any list with itself."""
        alike = np.zeros((len(rows), len(columns)), np.float32)
        if self.audio:
            assert self.content.audio is not None
            a, b = self.content.audio[rows], self.content.audio[columns]
            squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * (a @ b.T)
            alike += np.float32(self.audio) * np.exp(-np.maximum(squares, 0) / self._spread())
        if self.genres:
            assert self.content.metadata is not None
            a, b = unit_rows(self.content.metadata[rows]), unit_rows(self.content.metadata[columns])
            alike += np.float32(self.genres) * (a @ b.T)
        if self.artists:
            numbers = artist_numbers(self.content.artists)
            alike += np.float32(self.artists) * (numbers[rows][:, None] == numbers[columns])
        return alike

    def _spread(self) -> np.float32:
        audio = self.content.audio
        assert audio is not None
        spread = float(audio.var(axis=0, dtype=np.float64).sum())
        n_dims = audio.shape[1]
        return np.float32(n_dims if abs(spread - n_dims) < 1e-3 * n_dims else spread or 1.0)


def similarity(content: ItemContent, settings: Settings) -> Similarity:
    """The similarity with the weights that ``settings`` name."""
    weights = {part: float(settings[part]) for part in ("audio", "genres", "artists") if part in settings}
    return Similarity(content, **weights)
