"""One matrix that makes pieces of a track agree, learned without labels: whitening by what varies inside tracks.

Linear discriminant analysis (Fisher 1936; Rao 1948) with tracks as classes and segments *and their degraded copies*
as members: directions in which one track differs from itself are shrunk, those in which tracks differ are kept. In
speaker recognition the first half is called within-class covariance normalisation (Hatch, Kajarekar and Stolcke 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Whitening:
    """``(x - mean) @ axes`` is the embedding, float32; columns by falling share of variance between tracks."""

    mean: np.ndarray  # (dim,)
    axes: np.ndarray  # (dim, n_dims)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return unit vectors ``(n, n_dims)`` of feature rows ``(n, dim)``."""
        projected = (rows - self.mean) @ self.axes
        return projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-12)


def fit_whitening(
    rows: np.ndarray,
    track: np.ndarray,
    n_dims: int,
    *,
    shrinkage: float = 0.1,
    power: float = 0.5,
    package: np.ndarray | None = None,
    package_share: float = 0.5,
) -> Whitening:
    """Return the whitening of feature rows ``(n, dim)`` whose ``track`` ``(n,)`` tells which belong together.

    ``shrinkage`` is the share of the identity (of the columns' mean variance inside tracks) in the covariance inside
    tracks; ``power`` the exponent of the variances between tracks that columns keep: 0.5 leaves them as they fall,
    0 makes all columns equal. Columns are standardised first. Where ``package`` ``(n,)`` is told, ``package_share``
    of the covariance inside is that of a package's tracks around their mean: what pieces of one soundtrack differ in.
    """
    scale = 1.0 / (rows.std(axis=0) + 1e-6)
    mean = rows.mean(axis=0)
    x = (rows - mean) * scale
    names, member = np.unique(track, return_inverse=True)
    counts = np.bincount(member)
    centres = np.zeros((len(names), x.shape[1]))
    np.add.at(centres, member, x)
    centres /= counts[:, None]
    inside = x - centres[member]
    within = inside.T @ inside / len(x)
    if package is not None:
        first = np.unique(track, return_index=True)[1]
        among = _inside_packages(centres, package[first])
        within = (1.0 - package_share) * within / np.trace(within) + package_share * among / np.trace(among)
    within = (1.0 - shrinkage) * within + shrinkage * np.trace(within) / len(within) * np.eye(len(within))
    values, vectors = np.linalg.eigh(within)
    white = vectors / np.sqrt(values)
    between = centres @ white
    between -= between.mean(axis=0)
    spread, directions = np.linalg.eigh(between.T @ between / len(between))
    order = np.argsort(-spread)[:n_dims]
    axes = (white @ directions[:, order]) * spread[order] ** (power - 0.5)
    axes *= scale[:, None]
    return Whitening(mean.astype(np.float32), axes.astype(np.float32))


def _inside_packages(centres: np.ndarray, package: np.ndarray) -> np.ndarray:
    """Covariance of track centres around the means of their packages, each package of three or more counting alike."""
    names, member = np.unique(package, return_inverse=True)
    counts = np.bincount(member)
    means = np.zeros((len(names), centres.shape[1]))
    np.add.at(means, member, centres)
    means /= counts[:, None]
    kept = counts[member] > 2
    away = (centres - means[member])[kept]
    weight = 1.0 / counts[member][kept]
    found: np.ndarray = (away * weight[:, None]).T @ away / weight.sum()
    return found
