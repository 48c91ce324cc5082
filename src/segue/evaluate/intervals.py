"""How sure a mean over tracks is, when tracks come in clusters such as artists.

Tracks of one artist are alike, so n tracks tell less than n independent ones would. Drawing whole
clusters with replacement keeps that likeness (the cluster bootstrap; Field and Welsh 2007).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def cluster_bootstrap(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    n_draws: int = 10_000,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval ``(low, high)`` of the mean of ``values``.

    ``values[i]`` belongs to ``clusters[i]``. Each draw takes as many clusters as there are, with
    replacement, and averages all their values: sum of sums / sum of sizes, so big clusters weigh
    more, as they do in the mean itself. ``(nan, nan)`` for no values; a single cluster gives its
    mean twice, for it says nothing about other clusters. Raises ValueError for unequal lengths or
    a confidence outside (0, 1).
    """
    if len(values) != len(clusters):
        raise ValueError(
            f"{len(values)} values and {len(clusters)} clusters; there must be one cluster per value"
        )
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if not len(values):
        return float("nan"), float("nan")
    number: dict[Hashable, int] = {}
    member = np.array([number.setdefault(cluster, len(number)) for cluster in clusters])
    sums = np.bincount(member, weights=np.asarray(values, dtype=np.float64))
    sizes = np.bincount(member)
    # How often each cluster is drawn is multinomial: same law as drawing one by one, at a fraction of the work.
    counts = rng.multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=n_draws)
    means = (counts @ sums) / (counts @ sizes)
    tail = 100.0 * (1.0 - confidence) / 2.0
    low, high = np.percentile(means, [tail, 100.0 - tail])
    return float(low), float(high)
