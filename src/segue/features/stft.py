"""Power spectra of a stream of samples, a block of frames at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.fft

from segue.errors import ModelError
from segue.features.front_end import FrontEnd

# Frames transformed at once: enough for the FFT to use its vector units, few enough to stay in cache.
_BLOCK_FRAMES = 128


class PowerSpectra:
    """Power spectra of mono samples pushed in pieces of any size; the pieces do not show in the result.

    Frame ``t`` is centred on sample ``t * hop``, with zeros beyond both ends, so ``n`` samples give
    ``1 + n // hop`` frames (none for none). Raises ModelError for a window other than "hann".
    """

    def __init__(self, front_end: FrontEnd) -> None:
        if front_end.window != "hann":
            raise ModelError(
                f"The model asks for the window {front_end.window!r}, which this version of segue does not have; "
                "use a newer segue."
            )
        self._n_fft = front_end.n_fft
        self._hop = front_end.hop
        n = np.arange(self._n_fft)
        # Periodic Hann: its shifted copies add up to a constant, unlike the symmetric one's.
        self._window = (0.5 - 0.5 * np.cos(2.0 * np.pi * n / self._n_fft)).astype(np.float32)
        self._pending = np.zeros(self._n_fft // 2, dtype=np.float32)
        self._n_samples = 0

    def push(self, mono: np.ndarray) -> Iterator[np.ndarray]:
        """Yield float32 power ``(n_fft // 2 + 1, n_frames)`` for every frame that is now complete.

        ``mono`` is float32 ``(n_samples,)``. A yielded block is the receiver's to keep.
        """
        self._n_samples += len(mono)
        yield from self._transform(np.concatenate((self._pending, mono)))

    def finish(self) -> Iterator[np.ndarray]:
        """Yield the last frames, which reach beyond the end; the object is spent afterwards."""
        if self._n_samples == 0:
            return
        yield from self._transform(np.concatenate((self._pending, np.zeros(self._n_fft // 2, np.float32))))

    def _transform(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        n_frames = 0 if len(samples) < self._n_fft else 1 + (len(samples) - self._n_fft) // self._hop
        self._pending = samples[n_frames * self._hop :].copy()
        if n_frames == 0:
            return
        frames = np.lib.stride_tricks.sliding_window_view(samples, self._n_fft)[:: self._hop]
        for start in range(0, n_frames, _BLOCK_FRAMES):
            spectra = scipy.fft.rfft(frames[start : start + _BLOCK_FRAMES] * self._window, axis=1)
            # Squaring the real view in place is the cheapest |x|^2 NumPy offers.
            parts = spectra.view(np.float32)
            np.multiply(parts, parts, out=parts)
            yield (parts[:, 0::2] + parts[:, 1::2]).T
