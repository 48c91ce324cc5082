"""RP3beta: where a random walk of three steps from the history ends, popular items held back.

Weight from j to i: ``sum over users u of both: (1 / n_j)^alpha (1 / n_u)^alpha / n_i^beta``, n_j and n_i the users of an
item and n_u the items of a user; the k largest from each j are kept. Paudel, Christoffel, Newell and Bernstein 2017,
"Updatable, accurate, diverse, and scalable recommendations for interactive applications"; alpha: Cooper et al. 2014.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from segue.recommend.models.baselines import listeners
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.itemknn import cooccurrence_blocks, largest_per_row
from segue.recommend.models.scorers import SparseItemWeights


def walk_weights(pairs: sparse.csr_matrix, k: int, alpha: float, beta: float) -> sparse.csr_matrix:
    """Return float32 CSR ``(n_items, n_items)``: row j holds the k largest weights from item j to others."""
    n = np.maximum(listeners(pairs), 1)
    from_item, into_item = (n**-alpha).astype(np.float32), (n**-beta).astype(np.float32)
    by_user = (np.maximum(np.diff(pairs.indptr), 1) ** -alpha).astype(np.float32)
    blocks = []
    for rows, steps in cooccurrence_blocks(pairs, by_user):
        steps.sort_indices()
        item = np.repeat(np.arange(rows.start, rows.stop), np.diff(steps.indptr))
        steps.data *= from_item[item] * into_item[steps.indices]
        steps.data[item == steps.indices] = 0
        blocks.append(largest_per_row(steps, k))
    return sparse.vstack(blocks, format="csr")


def _fit(data: Training, settings: Settings) -> SparseItemWeights:
    alpha, beta = float(settings["alpha"]), float(settings["beta"])
    return SparseItemWeights(walk_weights(data.pairs, int(settings["k"]), alpha, beta))


KINDS = (
    Kind(
        "rp3beta",
        "where a random walk of three steps ends, popular items held back",
        "warm",
        _fit,
        tuple({"k": k, "alpha": alpha, "beta": 0.5} for alpha in (0.5, 0.7) for k in (200, 400)),
        (
            Range("k", 50, 800, log=True),
            Range("alpha", 0.2, 1.6),
            Range("beta", 0.0, 1.0),
        ),
        zero_is_unknown=True,
    ),
)
