"""A recursive filter run as matrix products: its state-space form, unrolled over blocks of samples.

A recursion waits for its last result at every sample, 7 ns here for four poles. With states ``s`` at its
start, a block of samples ``x`` gives outputs ``T x + O s`` and the next states ``A s + R x``; all blocks
together are one product with ``[T O]``. Their states take the same step again over groups of blocks, and a
running sum with decay, taken by doubling, over the groups. The result is the filter's, to float32 rounding.
"""

from __future__ import annotations

import numpy as np

_GROUP = 16  # blocks in a group
_FADED = 1e-10  # of a state that is left when it no longer counts


class BlockFilter:
    """Second-order sections in series over several channels, remembering their state from call to call."""

    def __init__(self, sections: np.ndarray, block_size: int, n_channels: int) -> None:
        """Take sections as rows ``b0 b1 b2 1 a1 a2``, the form of scipy.signal.sosfilt."""
        transition, into, out, through = _state_space(sections)
        self._order, self._size = len(into), block_size
        step = _powers(transition, block_size)
        impulse = np.array([through] + [out @ p @ into for p in step[:-1]])
        lag = np.arange(block_size)[:, None] - np.arange(block_size)
        toeplitz = np.where(lag >= 0, impulse[np.maximum(lag, 0)], 0.0)
        from_states = np.stack([out @ p for p in step[:-1]])
        self._output = np.concatenate((toeplitz, from_states), axis=1).T.astype(np.float32)
        self._reach = np.stack([p @ into for p in step[-2::-1]]).astype(np.float32)
        block = _powers(step[-1], _GROUP)
        nothing = np.zeros_like(transition)
        self._within = np.block(
            [[block[g - 1 - j].T if j < g else nothing for g in range(_GROUP + 1)] for j in range(_GROUP)]
        )
        self._from_carry = np.concatenate([p.T for p in block[:-1]], axis=1)
        self._decay = block[-1].T
        self._state = np.zeros((n_channels, self._order))
        self._joined: np.ndarray | None = None

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Return the next outputs for float32 ``(n_channels, n)``, overwritten by the next call.

        ``n`` is the same at every call and a whole number of groups of 16 blocks.
        """
        blocks = samples.reshape(len(samples), -1, self._size)
        if self._joined is None:
            # Fresh memory costs more than the filter: pages are kept.
            self._joined = np.empty((*blocks.shape[:2], self._size + self._order), dtype=np.float32)
            self._filtered = np.empty(blocks.shape, dtype=np.float32)
        self._joined[:, :, : self._size] = blocks
        self._joined[:, :, self._size :] = self._block_states(blocks @ self._reach)
        np.matmul(self._joined, self._output, out=self._filtered)
        return self._filtered.reshape(samples.shape)

    def _block_states(self, pushes: np.ndarray) -> np.ndarray:
        """Return the states at the start of each block, given what each adds to the next one's."""
        n_channels, order = len(pushes), self._order
        within = pushes.reshape(n_channels, -1, _GROUP * order).astype(np.float64) @ self._within
        carry = np.concatenate((self._state[:, None], within[:, :, -order:]), axis=1)
        decay, distance = self._decay, 1
        while distance < carry.shape[1] and np.abs(decay).max() > _FADED:
            carry[:, distance:] += carry[:, :-distance] @ decay
            decay, distance = decay @ decay, 2 * distance
        self._state = carry[:, -1].copy()
        return (within[:, :, :-order] + carry[:, :-1] @ self._from_carry).reshape(n_channels, -1, order)


def _powers(matrix: np.ndarray, highest: int) -> list[np.ndarray]:
    """Return the matrix's powers from 0 to ``highest``."""
    powers = [np.eye(len(matrix))]
    for _ in range(highest):
        powers.append(powers[-1] @ matrix)
    return powers


def _state_space(sections: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return the sections in series as ``s' = A s + B x``, ``y = C s + D x`` (transposed direct form II)."""
    transition, into, out, through = np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    for b0, b1, b2, _, a1, a2 in sections:
        own = np.array([[-a1, 1.0], [-a2, 0.0]])
        own_into = np.array([b1 - a1 * b0, b2 - a2 * b0])
        transition = np.block([[transition, np.zeros((len(into), 2))], [np.outer(own_into, out), own]])
        into = np.concatenate((into, own_into * through))
        out = np.concatenate((b0 * out, [1.0, 0.0]))
        through = b0 * through
    return transition, into, out, through
