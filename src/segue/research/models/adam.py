"""Adam in NumPy, for the small models that need no torch: Kingma and Ba 2015."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Adam:
    """Steps of ``rate`` along slopes divided by their running size; it changes ``layers`` in place."""

    layers: Sequence[np.ndarray]
    rate: float
    _means: list[np.ndarray] = field(init=False)
    _squares: list[np.ndarray] = field(init=False)
    _n_steps: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._means = [np.zeros_like(layer) for layer in self.layers]
        self._squares = [np.zeros_like(layer) for layer in self.layers]

    def step(self, slopes: Sequence[np.ndarray], share: float = 1.0) -> None:
        """Take one step of ``share`` times the rate; ``slopes`` are the gradients by each layer."""
        self._n_steps += 1
        fix_mean, fix_square = 1 - 0.9**self._n_steps, 1 - 0.999**self._n_steps
        for layer, slope, mean, square in zip(self.layers, slopes, self._means, self._squares, strict=True):
            mean += np.float32(0.1) * (slope - mean)
            square += np.float32(0.001) * (slope * slope - square)
            size = np.sqrt(square / np.float32(fix_square)) + np.float32(1e-8)
            layer -= np.float32(self.rate * share / fix_mean) * mean / size
