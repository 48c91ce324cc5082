"""Whether of two classifiers asked about the same tracks one is better, or luck.

Both tests look only at tracks the two disagree on: McNemar's asks how surprising their balance is if every such
track were a coin toss (Dietterich 1998 recommends it where a model is trained once), the bootstrap how far
the difference of accuracies may lie when other artists had been drawn.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from segue.metrics.intervals import cluster_bootstrap


@dataclass(frozen=True, slots=True)
class McNemar:
    """Tracks that only the first, and only the second, named right; ``p`` of a balance as uneven or more."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first_right: Sequence[bool], second_right: Sequence[bool]) -> McNemar:
    """Return McNemar's test (1947) in its exact two-sided form: min(1, 2 P[X <= fewer]), X binomial(b + c, 1/2).

    ``p`` is 1 where the two never disagree. Raises ValueError for unequal lengths.
    """
    first, second = _checked(first_right, second_right)
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    fewer_or_as_few = sum(comb(b + c, k) for k in range(min(b, c) + 1))
    # As integers: 2 ** n overflows floats from about a thousand disagreements on.
    p = 1.0 if b == c else 2 * fewer_or_as_few / 2 ** (b + c)
    return McNemar(b, c, min(1.0, p))


def accuracy_difference(
    first_right: Sequence[bool],
    second_right: Sequence[bool],
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    n_draws: int = 10_000,
) -> tuple[float, float, float]:
    """Return the first's accuracy less the second's and its 95 % interval, by the cluster bootstrap of the pairs.

    ``(nan, nan, nan)`` for no tracks. Raises ValueError for unequal lengths.
    """
    first, second = _checked(first_right, second_right)
    gain = first.astype(float) - second.astype(float)
    low, high = cluster_bootstrap(gain.tolist(), clusters, rng, n_draws)
    return float(gain.mean()) if len(gain) else float("nan"), low, high


def _checked(first: Sequence[bool], second: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"{a.shape} answers against {b.shape}; both models must answer for the same tracks")
    return a, b
