"""iALS: matrix factorisation by alternating least squares, the penalty of each row scaled by how often it occurs.

Minimises ``sum over pairs (1 - u.v)^2 + a sum over all (u.v)^2 + l (sum over users (n_u + a |I|)^nu |u|^2 + the same over
items)``: Rendle, Krichene, Zhang and Koren 2022, "Revisiting the performance of iALS on item recommendation benchmarks".
A sweep solves a few dimensions of all rows at a time, given the others: iALS++, Rendle et al. 2021. Users are solved
anew from their histories, so a new one is served like an old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.scorers import chosen

_BLOCK = 32  # dimensions solved at a time


def sweep(
    pairs: sparse.csr_matrix, rows: np.ndarray, columns: np.ndarray, unobserved: float, penalty: np.ndarray
) -> None:
    """Improve ``rows`` float32 ``(n, d)`` in place, given ``columns`` float32 ``(m, d)`` and ``pairs`` ``(n, m)`` of ones.

    ``penalty`` float32 ``(n,)`` weighs each row's squares, ``unobserved`` every pair there is or is not.
    """
    everything = np.float32(unobserved) * (columns.T @ columns)
    at = np.repeat(np.arange(len(rows)), np.diff(pairs.indptr))
    errors = np.einsum("pd,pd->p", rows[at], columns[pairs.indices]) - 1
    for start in range(0, rows.shape[1], _BLOCK):
        part = slice(start, start + _BLOCK)
        some = np.ascontiguousarray(columns[:, part])
        size = some.shape[1]
        squares = (some[:, :, None] * some[:, None, :]).reshape(len(some), -1)
        left = (chosen(pairs) @ squares).reshape(-1, size, size) + everything[part, part]
        left += penalty[:, None, None] * np.eye(size, dtype=np.float32)
        wrong = sparse.csr_matrix((errors, pairs.indices, pairs.indptr), shape=pairs.shape)
        slope = wrong @ some + rows @ everything[:, part] + penalty[:, None] * rows[:, part]
        step = np.linalg.solve(left, slope[:, :, None])[:, :, 0]
        rows[:, part] -= step
        errors -= np.einsum("pd,pd->p", step[at], some[pairs.indices])


@dataclass(frozen=True, slots=True)
class ScaledUsers:
    """The user who fits the history best, times the items. ``items`` float32 ``(n_items, d)``; the others float32 ()."""

    items: np.ndarray
    unobserved: np.ndarray
    l2: np.ndarray
    nu: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        ones, d = chosen(histories), self.items.shape[1]
        everything = self.unobserved * (self.items.T @ self.items)
        users = np.zeros((histories.shape[0], d), np.float32)
        penalty = penalties(ones, float(self.unobserved), float(self.l2), float(self.nu))
        for row in range(len(users)):
            own = self.items[ones.indices[ones.indptr[row] : ones.indptr[row + 1]]]
            if len(own):
                left = everything + own.T @ own + penalty[row] * np.eye(d, dtype=np.float32)
                users[row] = np.linalg.solve(left, own.sum(axis=0))
        return users @ self.items.T

    def arrays(self) -> dict[str, np.ndarray]:
        return {"items": self.items, "unobserved": self.unobserved, "l2": self.l2, "nu": self.nu}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> ScaledUsers:
        return cls(arrays["items"], arrays["unobserved"], arrays["l2"], arrays["nu"])


def penalties(pairs: sparse.csr_matrix, unobserved: float, l2: float, nu: float) -> np.ndarray:
    """Return float32 ``(n_rows,)``: ``l2 (n + a m)^nu`` for a row of n ones among m columns."""
    return (l2 * (np.diff(pairs.indptr) + unobserved * pairs.shape[1]) ** nu).astype(np.float32)


def _fit(data: Training, settings: Settings) -> ScaledUsers:
    by_user = chosen(data.pairs)
    by_item = by_user.T.tocsr()
    n, d = data.pairs.shape, int(settings["n_factors"])
    unobserved, l2, nu = (float(settings[name]) for name in ("unobserved", "l2", "nu"))
    rng = np.random.default_rng(data.seed)
    users, items = (
        rng.standard_normal((size, d)).astype(np.float32) * np.float32(0.1 / d**0.5) for size in n
    )
    for_users, for_items = (penalties(pairs, unobserved, l2, nu) for pairs in (by_user, by_item))
    for _ in range(int(settings["n_epochs"])):
        sweep(by_user, users, items, unobserved, for_users)
        sweep(by_item, items, users, unobserved, for_items)
    items[~data.known] = 0
    parts = (np.array(value, np.float32) for value in (unobserved, l2, nu))
    return ScaledUsers(items, *parts)


_FIXED = {"n_factors": 64, "n_epochs": 16, "nu": 1.0}
KINDS = (
    Kind(
        "ials",
        "matrix factorisation, the penalty scaled by how often users and items occur",
        "warm",
        _fit,
        tuple({**_FIXED, "unobserved": a, "l2": l2} for a in (0.05, 0.1) for l2 in (0.01, 0.003)),
        (
            Range("n_factors", values=(64, 128)),
            Range("unobserved", 0.005, 0.5, log=True),
            Range("l2", 0.0003, 0.1, log=True),
            Range("nu", 0.0, 1.0),
        ),
    ),
)
