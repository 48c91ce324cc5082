"""DropoutNet: a network from an item's factors and content to factors again, its input of factors often missing.

With v_i of ALS and content c_i, ``f(v_i, c_i)`` has one hidden layer (rectified) and minimises ``sum over users and items
(u.v_i - u.f(m_i v_i, c_i))^2``, m_i 0 for some items of each batch: a new item, whose factors are missing for good, is
nothing out of the ordinary. Summed over users the error is ``|e|^2`` in the metric ``U^T U``, so no user is sampled. Volkovs,
Yu and Poutanen 2017, "DropoutNet: Addressing cold start in recommender systems"; here users are solved from their
histories, so theirs are never missing.
"""

from __future__ import annotations

import numpy as np

from segue.recommend.models.als import SolvedUsers, als_factors, solved_users
from segue.recommend.models.content import described
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.research.models.adam import Adam

_N_HIDDEN = 256
_BATCH = 256
_ALPHA, _ALS_L2 = 20.0, 50.0


def learn(
    factors: np.ndarray,
    content: np.ndarray,
    known: np.ndarray,
    metric: np.ndarray,
    settings: Settings,
    seed: int,
) -> np.ndarray:
    """Return float32 ``(n_items, d)``: factors from a network that saw those of known items, which keep theirs as input.

    ``factors`` float32 ``(n_items, d)``, ``content`` float32 ``(n_items, m)``, ``metric`` float32 ``(d, d)``.
    """
    rng = np.random.default_rng([seed, 0xD0])
    scale = max(float(factors[known].std()), 1e-9)
    wanted = factors / np.float32(scale)
    metric = metric / np.float32(np.trace(metric) / len(metric))
    x = (content * np.sqrt(content.shape[1])).astype(np.float32)
    d, n_in = factors.shape[1], factors.shape[1] + content.shape[1]
    first = rng.standard_normal((n_in, _N_HIDDEN)).astype(np.float32) * np.float32((2 / n_in) ** 0.5)
    second = rng.standard_normal((_N_HIDDEN, d)).astype(np.float32) * np.float32(0.1 * (2 / _N_HIDDEN) ** 0.5)
    layers = (first, np.zeros(_N_HIDDEN, np.float32), second, np.zeros(d, np.float32))
    adam, items = Adam(layers, float(settings["learning_rate"])), np.flatnonzero(known)
    n_batches = -(-len(items) // _BATCH)
    n_steps = int(settings["n_epochs"]) * n_batches
    for number in range(n_steps):
        if number % n_batches == 0:
            order = rng.permutation(items)
        rows = order[number % n_batches * _BATCH :][:_BATCH]
        there = (rng.random((len(rows), 1)) >= float(settings["missing"])).astype(np.float32)
        heard = x[rows] * (rng.random((len(rows), x.shape[1]), np.float32) < 0.7) / np.float32(0.7)
        given = np.concatenate([there * wanted[rows], heard], axis=1)
        hidden = np.maximum(given @ layers[0] + layers[1], 0)
        wrong = (hidden @ layers[2] + layers[3] - wanted[rows]) @ metric * np.float32(2 / len(rows))
        back = (wrong @ layers[2].T) * (hidden > 0)
        adam.step(
            (given.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0)), 1 - number / n_steps
        )
    given = np.concatenate([np.where(known[:, None], wanted, 0), x], axis=1).astype(np.float32)
    return (np.maximum(given @ layers[0] + layers[1], 0) @ layers[2] + layers[3]) * np.float32(scale)


def _fit(data: Training, settings: Settings) -> SolvedUsers:
    factors = als_factors(data, int(settings["n_factors"]), _ALPHA, _ALS_L2)
    factors = np.where(data.known[:, None], factors, 0).astype(np.float32)
    solved = solved_users(factors, np.eye(factors.shape[1], dtype=np.float32), _ALPHA, _ALS_L2)
    users = solved.score(data.pairs)  # float32 (n_users, d): scores on the axes are the user
    rows = described(data.described, float(settings.get("metadata_share", 0.0)))
    predicted = learn(factors, rows, data.known, users.T @ users, settings, data.seed)
    return solved_users(np.where(data.known[:, None], factors, predicted), predicted, _ALPHA, _ALS_L2)


_SEARCH = tuple(
    {"n_factors": 64, "n_epochs": n, "learning_rate": 0.002, "missing": missing}
    for n in (60, 120)
    for missing in (0.8, 0.5)
)
_RANGES = (
    Range("n_factors", values=(32, 64, 128)),
    Range("n_epochs", 20, 200, log=True),
    Range("learning_rate", 0.0005, 0.01, log=True),
    Range("missing", 0.2, 0.95),
)
KINDS = (
    Kind(
        "dropoutnet",
        "a network from factors and sound to factors, taught to do without the former",
        "all",
        _fit,
        _SEARCH,
        _RANGES,
        needs=frozenset({"audio"}),
    ),
    Kind(
        "dropoutnet+genres",
        "a network from factors, sound and genres to factors, taught to do without the first",
        "all",
        _fit,
        tuple({**point, "metadata_share": 0.7} for point in _SEARCH),
        (*_RANGES, Range("metadata_share", 0.3, 0.95)),
        needs=frozenset({"audio", "metadata"}),
    ),
)
