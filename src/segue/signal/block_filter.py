"""A recursive filter run as matrix products: its state-space form, unrolled over blocks of samples.

A recursion waits for its last result at every sample, 7 ns here for four poles. With states ``s`` at its
start, a block of samples ``x`` gives outputs ``T x + O s`` and the next states ``A s + R x``; all blocks
together are one product with ``[T O]``. Their states take the same step again over groups of blocks, and a
running sum with decay, taken by doubling, over the groups. The result is the filter's, to float32 rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

# Samples a block: longer ones multiply more, shorter ones have more states to carry. Of 16, 32, 48, 63, 64 and 96
# this is fastest for four poles.
BLOCK_SIZE = 32
_GROUP = 16  # blocks in a group
_FADED = 1e-10  # of a state that is left when it no longer counts


@dataclass(frozen=True, slots=True)
class _Matrices:
    """A filter of ``order`` states unrolled over the samples of a block and the blocks of a group, float32."""

    order: int
    output: np.ndarray  # a block's samples and the states at its start -> its outputs
    reach: np.ndarray  # a block's samples -> what they add to the next block's states
    within: np.ndarray  # what each block of a group adds -> states at their starts, and behind the last
    from_carry: np.ndarray  # states at the start of a group -> those at the start of each of its blocks
    decay: np.ndarray  # states at the start of a group -> what is left of them behind it


class BlockFilter:
    """Second-order sections in series over several channels, remembering their state from call to call."""

    def __init__(self, sections: np.ndarray, n_channels: int, n_blocks: int) -> None:
        """Take sections as rows ``b0 b1 b2 1 a1 a2``, the form of scipy.signal.sosfilt, none of first order."""
        self._matrices = _unrolled(tuple(map(tuple, sections.tolist())))
        order = self._matrices.order
        # One group more than the blocks fill, so that the states behind the last block are among the starts.
        n_groups = n_blocks // _GROUP + 1
        self._decays = _doublings(self._matrices.decay, n_groups)
        self._state = np.zeros((n_channels, order), dtype=np.float32)
        # Fresh memory costs more than the filter: it is kept.
        self._pushes = np.zeros((n_channels, n_groups * _GROUP, order), dtype=np.float32)
        self._joined = np.empty((n_channels, n_blocks, BLOCK_SIZE + order), dtype=np.float32)
        self._filtered = np.empty((n_channels, n_blocks, BLOCK_SIZE), dtype=np.float32)

    @property
    def blocks(self) -> np.ndarray:
        """Where the next samples go, float32 ``(n_channels, n_blocks, BLOCK_SIZE)``, blocks in order of time."""
        return self._joined[:, :, :BLOCK_SIZE]

    def __call__(self) -> np.ndarray:
        """Return the outputs for `blocks`, float32 ``(n_channels, n_samples)``, overwritten by the next call.

        Samples that are not finite count as 0.
        """
        n_channels, n_blocks, _ = self._filtered.shape
        with np.errstate(invalid="ignore"):
            np.matmul(self.blocks, self._matrices.reach, out=self._pushes[:, :n_blocks])
            # Every sample is in some push, and there are an eighth as many to look at.
            finite = np.isfinite(self._pushes.sum())
        if not finite:
            self.blocks[...] = np.nan_to_num(self.blocks, nan=0.0, posinf=0.0, neginf=0.0)
            np.matmul(self.blocks, self._matrices.reach, out=self._pushes[:, :n_blocks])
        self._carry_states(n_blocks)
        np.matmul(self._joined, self._matrices.output, out=self._filtered)
        return self._filtered.reshape(n_channels, -1)

    def _carry_states(self, n_blocks: int) -> None:
        """Put the states at the start of each block behind its samples, given what each adds to the next one's."""
        n_channels, order = self._state.shape
        within = self._pushes.reshape(n_channels, -1, _GROUP * order) @ self._matrices.within
        carry = np.concatenate((self._state[:, None], within[:, :-1, -order:]), axis=1)
        for distance, decay in self._decays:
            carry[:, distance:] += carry[:, :-distance] @ decay
        states = carry @ self._matrices.from_carry
        states += within[:, :, :-order]
        states = states.reshape(n_channels, -1, order)
        self._state = states[:, n_blocks].copy()
        # All numbers of a block's state as one: NumPy takes five times as long over rows of four numbers.
        whole = np.dtype((np.void, states.itemsize * order))
        row = np.dtype([("samples", np.void, states.itemsize * BLOCK_SIZE), ("states", whole)])
        self._joined.view(row)["states"] = states[:, :n_blocks].view(whole)


@lru_cache(maxsize=8)
def _unrolled(sections: tuple[tuple[float, ...], ...]) -> _Matrices:
    """Return the filter's matrices; kept, for they cost a millisecond to make."""
    transition, into, out, through = _input_normal(*_state_space(sections))
    step = _powers(transition, BLOCK_SIZE)
    impulse = np.array([through] + [out @ p @ into for p in step[:-1]])
    lag = np.arange(BLOCK_SIZE)[:, None] - np.arange(BLOCK_SIZE)
    toeplitz = np.where(lag >= 0, impulse[np.maximum(lag, 0)], 0.0)
    from_states = np.stack([out @ p for p in step[:-1]])
    block = _powers(step[-1], _GROUP)
    nothing = np.zeros_like(transition)
    within = [[block[g - 1 - j].T if j < g else nothing for g in range(_GROUP + 1)] for j in range(_GROUP)]
    return _Matrices(
        order=len(into),
        output=np.concatenate((toeplitz, from_states), axis=1).T.astype(np.float32),
        reach=np.stack([p @ into for p in step[-2::-1]]).astype(np.float32),
        within=np.block(within).astype(np.float32),
        from_carry=np.concatenate([p.T for p in block[:-1]], axis=1).astype(np.float32),
        decay=block[-1].T.astype(np.float32),
    )


def _powers(matrix: np.ndarray, highest: int) -> list[np.ndarray]:
    """Return the matrix's powers from 0 to ``highest``."""
    powers = [np.eye(len(matrix))]
    for _ in range(highest):
        powers.append(powers[-1] @ matrix)
    return powers


def _doublings(decay: np.ndarray, n: int) -> list[tuple[int, np.ndarray]]:
    """Return ``(distance, decay over it)`` for distances 1, 2, 4, ... below ``n``, as long as a state counts."""
    steps, distance = [], 1
    while distance < n and np.abs(decay).max() > _FADED:
        steps.append((distance, decay))
        decay, distance = decay @ decay, 2 * distance
    return steps


def _input_normal(
    transition: np.ndarray, into: np.ndarray, out: np.ndarray, through: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return the same filter with states that white noise moves alike and apart (Moore 1981).

    No power of such a transition enlarges a state, so float32 will do for what is multiplied by many.
    """
    covariance, power = np.outer(into, into), transition
    while np.abs(power).max() > _FADED:
        covariance = covariance + power @ covariance @ power.T
        power = power @ power
    root = np.linalg.cholesky(covariance)
    back = np.linalg.inv(root)
    return back @ transition @ root, back @ into, out @ root, through


def _state_space(
    sections: tuple[tuple[float, ...], ...],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
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
