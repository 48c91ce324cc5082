"""How sure a mean is: over tracks that come in clusters such as artists, or over repetitions.

Tracks of one artist are alike, so n tracks tell less than n independent ones would. Drawing whole
clusters with replacement keeps that likeness (the cluster bootstrap; Field and Welsh 2007). What all
observations of one repetition share, such as the items it hid, no drawing of observations can show:
only repetitions can (Student 1908).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

_DRAWS_AT_ONCE = 500


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
    low, high = cluster_bootstrap_columns(
        np.asarray(values, dtype=np.float64)[:, None], clusters, rng, n_draws, confidence
    )
    return float(low[0]), float(high[0])


def cluster_bootstrap_columns(
    values: np.ndarray,
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    n_draws: int = 10_000,
    confidence: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile intervals ``(low, high)``, float64 ``(m,)`` each, of the mean of every column.

    ``values`` is float ``(n, m)``, one row per observation and one column per measure or difference;
    nan: not observed. All columns share their draws, so that columns of differences are paired. A
    draw in which a column has no observation says nothing about it; a column without any gives nan.
    """
    number: dict[Hashable, int] = {}
    member = np.array([number.setdefault(cluster, len(number)) for cluster in clusters], np.int64)
    seen = np.isfinite(values)
    shape = (len(number), values.shape[1])
    sums, sizes = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, member, np.where(seen, values, 0.0))
    np.add.at(sizes, member, seen)
    evenly = np.full(len(sums), 1.0 / max(len(sums), 1))
    means = np.full((n_draws, shape[1]), np.nan)
    for start in range(0, n_draws if len(sums) else 0, _DRAWS_AT_ONCE):
        size = min(_DRAWS_AT_ONCE, n_draws - start)
        # How often each cluster is drawn is multinomial: same law as drawing one by one, at a fraction of the work.
        counts = rng.multinomial(len(sums), evenly, size=size).astype(np.float64)
        total, n_seen = counts @ sums, counts @ sizes
        np.divide(total, n_seen, out=means[start : start + size], where=n_seen > 0)
    tail = 100.0 * (1.0 - confidence) / 2.0
    low, high = np.full(shape[1], np.nan), np.full(shape[1], np.nan)
    known = sizes.any(axis=0)
    if known.any():
        low[known], high[known] = np.nanpercentile(means[:, known], [tail, 100.0 - tail], axis=0)
    return low, high


def repetition_interval(means: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return Student's t intervals ``(low, high)``, float64 ``(m,)`` each, of the mean over repetitions.

    ``means`` is float ``(n_repetitions, m)``: one mean a repetition and measure. Unbounded (-inf, inf) for fewer
    than two repetitions, which say nothing about the next; nan where any of a column is nan. Raises ValueError for a
    confidence outside (0, 1).
    """
    from scipy.special import stdtrit

    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    n = len(means)
    centre = means.mean(axis=0) if n else np.full(means.shape[1], np.nan)
    if n < 2:
        return np.full(means.shape[1], -np.inf), np.full(means.shape[1], np.inf)
    reach = stdtrit(n - 1, (1 + confidence) / 2) * means.std(axis=0, ddof=1) / np.sqrt(n)
    return centre - reach, centre + reach
