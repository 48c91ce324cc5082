"""Correlation of mel spectrograms: finds the same recording at another offset, level or bit rate.

Compared are differences between 32 neighbouring bands (which cancel gain and broad-band beats) and between frames
(which cancel a constant spectral envelope), smoothed over two frames because two cuts of one recording are rarely
framed alike. The score is the highest normalised cross-correlation over all offsets, by FFT, all pairs in batches;
similar music at a similar tempo scores near 0 since beats are cancelled.

``THRESHOLD`` was set on GTZAN's training, validation and excluded clips that are no copies of test clips
(694): 229,570 pairs of different known artists score at most 0.130; of 62 pairs with equal hash, or equal artist
and title, 45 score 0.53 and more and the others, which are other passages or versions, at most 0.14; cuts of 52
real clips at five other offsets and levels score at least 0.46. `tests/copies/test_spectral.py` checks this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

THRESHOLD = 0.25
MIN_OVERLAP = 97  # frames: 7.5 s of the mel archive's 12.9 a second; shorter overlaps correlate by chance

_N_BANDS = 32
_BLOCK = 16  # rows of the comparison at once; bounds memory, not the result
# Where a clip is nearly silent in the overlap, its differences are noise; such an overlap must not score high.
_LEAST_SHARE_OF_ENERGY = 0.1


def near_copies(
    mel: np.ndarray, *, threshold: float = THRESHOLD, min_overlap: int = MIN_OVERLAP
) -> list[tuple[int, int, float]]:
    """Return the pairs ``(row, later row, score)`` that hold the same recording, sorted by row.

    ``mel`` is uint8 (or any real) ``(n, n_mels, n_frames)``, decibels on any linear scale; ``n_mels`` is a
    multiple of 32. ``score`` lies in [``threshold``, 1]. Pairs overlapping by fewer than ``min_overlap`` frames
    are not found. Costs one correlation per pair, 8 CPU seconds for 1,000 clips of 30 s. Raises
    ValueError for another shape.
    """
    if mel.ndim != 3 or mel.shape[1] % _N_BANDS:
        raise ValueError(f"mel has shape {mel.shape}; it must be (n, a multiple of {_N_BANDS}, n_frames)")
    if len(mel) < 2:
        return []
    changes = _changes(mel)
    if changes.shape[2] < min_overlap:
        return []
    found = []
    for first, scores in _blocks(changes, min_overlap):
        for i, j in np.argwhere(scores >= threshold):
            if j > i:  # columns count from the block's first row
                found.append((first + int(i), first + int(j), min(1.0, float(scores[i, j]))))
    return sorted(found)


def copies_in(mel: np.ndarray, ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return pairs of ids that hold the same recording, where row i of ``mel`` is ``ids[i]``; see `near_copies`."""
    return tuple((ids[i], ids[j]) for i, j, _ in near_copies(mel))


def _changes(mel: np.ndarray) -> np.ndarray:
    """Return float32 ``(n, 31, n_frames - 2)``, each band of each clip scaled to similar spread."""
    n, n_mels, n_frames = mel.shape
    bands = mel.reshape(n, _N_BANDS, n_mels // _N_BANDS, n_frames).mean(axis=2, dtype=np.float32)
    tilt = np.diff(bands, axis=1)
    change = (tilt[:, :, 2:] - tilt[:, :, :-2]) / 2.0  # the mean of two neighbouring differences
    spread = change.std(axis=2, keepdims=True)
    return change / (spread + 1.0)  # 1 of 255 steps: a band that hardly moves carries rounding, not music


def _blocks(changes: np.ndarray, min_overlap: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield ``(first row, scores of rows first.. with rows first..)`` block by block."""
    from scipy.fft import irfft, next_fast_len, rfft

    n, _, n_frames = changes.shape
    size = next_fast_len(2 * n_frames, real=True)
    spectra = np.ascontiguousarray(rfft(changes, size, axis=2).transpose(2, 0, 1))  # (frequency, row, band)
    so_far = np.concatenate(
        [np.zeros((n, 1), np.float32), np.cumsum((changes**2).sum(axis=1), axis=1)], axis=1
    )
    lags = np.arange(min_overlap - n_frames, n_frames - min_overlap + 1)
    # At lag k the first clip's frame t + k meets the second's frame t.
    early = _energy(so_far, np.maximum(lags, 0), np.minimum(n_frames, n_frames + lags))
    late = _energy(so_far, np.maximum(-lags, 0), np.minimum(n_frames, n_frames - lags))
    for first in range(0, n, _BLOCK):
        rows, others = spectra[:, first : first + _BLOCK], spectra[:, first:]
        cross = np.matmul(rows, others.conj().transpose(0, 2, 1)).transpose(1, 2, 0)
        together = irfft(cross, size, axis=2)[:, :, lags]
        together *= early[first : first + _BLOCK, None]
        together *= late[None, first:]
        yield first, together.max(axis=2)


def _energy(so_far: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return 1 / sqrt(energy) of each clip between frames ``start`` and ``end``, 0 for a clip without any."""
    n_frames = so_far.shape[1] - 1
    least = _LEAST_SHARE_OF_ENERGY * so_far[:, -1:] * ((end - start) / n_frames)
    energy = np.maximum(so_far[:, end] - so_far[:, start], least)
    with np.errstate(divide="ignore"):
        return np.where(energy > 0, 1.0 / np.sqrt(energy), 0.0).astype(np.float32)
