"""Integrated loudness after ITU-R BS.1770-5 (2023), on all channels at the file's own rate.

Own code, measured: on three minutes of stereo at 44.1 kHz pyloudnorm 0.2 takes 730 ms of CPU and the whole
file in memory, pyebur128 0.1.1 165 ms and has no wheel for Python 3.13; the filter as matrix products
below takes about 50 ms, and needs no scipy.signal, whose import alone takes a second.
"""

from __future__ import annotations

import numpy as np

_HOP_S = 0.1  # gating blocks of 400 ms overlap by 75 %, so all are sums of four steps of 100 ms
_HOPS_PER_BLOCK = 4
_OFFSET_LU = -0.691  # BS.1770: 997 Hz at 0 dBFS in one channel reads -3.01
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_FILTER_BLOCK = 64

# Weights in WAVE order; BS.1770-5, tables 3 and 4: 1.41 at 60 to 120 degrees to the side, 0 for LFE.
_WEIGHTS = {
    4: (1.0, 1.0, 1.41, 1.41),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
    7: (1.0, 1.0, 1.0, 0.0, 1.0, 1.41, 1.41),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41),
}


def channel_weights(n_channels: int) -> np.ndarray:
    """Return float64 ``(n_channels,)``: the channels' weights in WAVE order, 1 for unknown layouts."""
    return np.array(_WEIGHTS.get(n_channels, (1.0,) * n_channels))


def k_weighting(sample_rate_hz: int) -> np.ndarray:
    """Return the K-weighting as two second-order sections, float64 ``(2, 6)``: b0 b1 b2 1 a1 a2 each.

    BS.1770 tabulates it at 48 kHz only. The analogue prototype behind those tables, a shelf of +4 dB and
    a high-pass at 38 Hz, is after Mansbridge, Finn and Reiss, "Implementation and evaluation of autonomous
    multi-track fader control" (2012); at 48 kHz it gives the tables back.
    """
    shelf_hz, shelf_db, shelf_q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = np.tan(np.pi * shelf_hz / sample_rate_hz)
    high = 10.0 ** (shelf_db / 20.0)
    band = high**0.4996667741545416
    norm = 1.0 + k / shelf_q + k * k
    shelf = [
        (high + band * k / shelf_q + k * k) / norm,
        2.0 * (k * k - high) / norm,
        (high - band * k / shelf_q + k * k) / norm,
        1.0,
        2.0 * (k * k - 1.0) / norm,
        (1.0 - k / shelf_q + k * k) / norm,
    ]
    pass_hz, pass_q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * pass_hz / sample_rate_hz)
    norm = 1.0 + k / pass_q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / pass_q + k * k) / norm]
    return np.array([shelf, high_pass])


class Loudness:
    """Integrated loudness of a stream of samples; how the stream was cut does not show in the result."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._weights = channel_weights(n_channels)
        self._filter = BlockFilter(k_weighting(sample_rate_hz), n_channels)
        self._hop = max(1, round(sample_rate_hz * _HOP_S))
        self._pending = np.zeros((n_channels, 0), dtype=np.float32)
        self._energies: list[np.ndarray] = []

    def push(self, block: np.ndarray) -> None:
        """Take the next samples, float32 ``(n_frames, n_channels)``. What is not finite counts as 0."""
        samples = np.ascontiguousarray(block.T)
        if not np.isfinite(samples.sum()):
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        weighted = np.concatenate((self._pending, self._filter.push(samples)), axis=1)
        whole = weighted.shape[1] // self._hop
        steps = weighted[:, : whole * self._hop].reshape(len(weighted), whole, self._hop)
        energy = np.einsum("cki,cki->kc", steps, steps, dtype=np.float64)
        self._energies.append(energy @ self._weights / self._hop)
        self._pending = weighted[:, whole * self._hop :].copy()

    def integrated_lufs(self) -> float | None:
        """Return the gated loudness of all that was pushed, in LUFS; None when no block passes -70 LUFS.

        Audio shorter than 400 ms has no gating block and gives None.
        """
        steps = np.concatenate(self._energies) if self._energies else np.zeros(0)
        if len(steps) < _HOPS_PER_BLOCK:
            return None
        blocks = np.convolve(steps, np.full(_HOPS_PER_BLOCK, 1.0 / _HOPS_PER_BLOCK), mode="valid")
        heard = blocks[_lufs(blocks) > _ABSOLUTE_GATE_LUFS]
        if len(heard) == 0:
            return None
        heard = heard[_lufs(heard) > _lufs(heard.mean()) + _RELATIVE_GATE_LU]
        return float(_lufs(heard.mean()))


def _lufs(mean_square: np.ndarray | float) -> np.ndarray:
    return _OFFSET_LU + 10.0 * np.log10(np.maximum(mean_square, 1e-30))


class BlockFilter:
    """A recursive filter run as matrix products over blocks, with state: the state-space form, unrolled.

    With states ``s`` and a block of samples ``x``, the outputs are ``T x + O s`` and the next states
    ``A s + C x``. All blocks at once cost one product; their states are a running sum with decay, taken
    by doubling. The result is the filter's own, to float32 rounding.
    """

    def __init__(self, sections: np.ndarray, n_channels: int) -> None:
        transition, into, out, through = _state_space(sections)
        order, size = len(into), _FILTER_BLOCK
        powers = [np.linalg.matrix_power(transition, k) for k in range(size + 1)]
        impulse = np.array([through] + [out @ p @ into for p in powers[:-1]])
        lag = np.arange(size)[:, None] - np.arange(size)
        toeplitz = np.where(lag >= 0, impulse[np.maximum(lag, 0)], 0.0)
        reach = np.stack([powers[size - 1 - k] @ into for k in range(size)], axis=1)
        self._forward = np.concatenate((toeplitz, reach)).T.astype(np.float32)
        self._outward = np.stack([out @ p for p in powers[:-1]]).T.astype(np.float32)
        self._decay = powers[size]
        self._state = np.zeros((n_channels, order))
        self._pending = np.zeros((n_channels, 0), dtype=np.float32)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Return the next outputs, float32 ``(n_channels, m)``, for float32 ``(n_channels, n)``.

        Outputs come in whole blocks of 64, so up to 63 samples wait for the next push.
        """
        size = _FILTER_BLOCK
        samples = np.concatenate((self._pending, samples), axis=1)
        n_channels, n_blocks = len(samples), samples.shape[1] // size
        self._pending = samples[:, n_blocks * size :].copy()
        if n_blocks == 0:
            return np.zeros((n_channels, 0), dtype=np.float32)
        blocks = samples[:, : n_blocks * size].reshape(n_channels, n_blocks, size)
        product = blocks @ self._forward
        states = np.concatenate((self._state[:, None], product[:, :, size:]), axis=1)
        decay, step = self._decay.T, 1
        while step <= n_blocks and np.abs(decay).max() > 1e-12:
            states[:, step:] += states[:, :-step] @ decay
            decay, step = decay @ decay, 2 * step
        self._state = states[:, -1].copy()
        output = product[:, :, :size] + states[:, :-1].astype(np.float32) @ self._outward
        return output.reshape(n_channels, -1)


def _state_space(sections: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return the sections in series as ``s' = A s + B x``, ``y = C s + D x`` (transposed direct form II)."""
    transition, into, out, through = np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    for b0, b1, b2, _, a1, a2 in sections:
        own_a = np.array([[-a1, 1.0], [-a2, 0.0]])
        own_b = np.array([b1 - a1 * b0, b2 - a2 * b0])
        n = len(into)
        joined = np.zeros((n + 2, n + 2))
        joined[:n, :n], joined[n:, n:] = transition, own_a
        joined[n:, :n] = np.outer(own_b, out)
        transition = joined
        into = np.concatenate((into, own_b * through))
        out = np.concatenate((b0 * out, [1.0, 0.0]))
        through = b0 * through
    return transition, into, out, through
