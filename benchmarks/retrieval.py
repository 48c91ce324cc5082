"""Same album among the first five, and how sure of it the ten soundtracks make us."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.metrics.retrieval import same_label_share

TOP = 5
_RESAMPLES = 2000


def unit(rows: np.ndarray, *, standardise: bool = False) -> np.ndarray:
    """Return rows of unit length, each column first standardised over the collection where that is asked for."""
    if standardise:
        rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-9)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def album_shares(similarity: np.ndarray, albums: Sequence[str | None]) -> np.ndarray:
    """Return the share of its album among each seed's five most similar other tracks; NaN for bystanders.

    ``similarity`` ``(n, n)`` may be of two kinds of hearing: rows ask, columns are found; a track never finds itself.
    """
    similarity = similarity.copy()
    np.fill_diagonal(similarity, -np.inf)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :TOP]
    shares = [same_label_share(albums[i], [albums[k] for k in order[i]], TOP) for i in range(len(albums))]
    return np.array([np.nan if s is None else s for s in shares])


def by_album(values: np.ndarray, albums: Sequence[str | None]) -> dict[str, float]:
    """Return the mean of the seeds of each album."""
    names = sorted({a for a in albums if a is not None})
    label = np.array([a or "" for a in albums])
    return {name: float(np.nanmean(values[label == name])) for name in names}


def interval(values: np.ndarray, albums: Sequence[str | None]) -> tuple[float, float]:
    """Return the 95 % percentile interval of the seeds' mean over resampled soundtracks."""
    label = np.array([a or "" for a in albums])
    groups = [values[(label == name) & ~np.isnan(values)] for name in sorted(set(label) - {""})]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(groups), size=(_RESAMPLES, len(groups)))
    means = [np.concatenate([groups[g] for g in row]).mean() for row in drawn]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
