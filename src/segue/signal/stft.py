"""Power spectra of a stream of samples, a block of frames at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.fft

from segue.errors import ModelError
from segue.signal.front_end import FrontEnd

# Frames handed on at once: enough that calls of NumPy, in the FFT and in all that follows, no longer count.
_BLOCK_FRAMES = 128
# Frames transformed at once: few enough that windowed samples and spectra stay in a core's cache.
_AT_ONCE = 32


class PowerSpectra:
    """Power spectra of mono samples pushed in pieces of any size; the pieces do not show in the result.

    Frame ``t`` is centred on sample ``t * hop``, with zeros beyond both ends, so ``n`` samples give
    ``1 + n // hop`` frames (none for none). Raises ModelError for a window other than "hann".
    """

    def __init__(self, front_end: FrontEnd) -> None:
        if front_end.window != "hann":
            raise ModelError(
                f"The model asks for the window {front_end.window!r}, which this version of segue does not have; "
                "use a newer segue.",
                code="window-unknown",
            )
        self._n_fft = front_end.n_fft
        self._hop = front_end.hop
        n = np.arange(self._n_fft)
        # Periodic Hann: its shifted copies add up to a constant, unlike the symmetric one's.
        self._window = (0.5 - 0.5 * np.cos(2.0 * np.pi * n / self._n_fft)).astype(np.float32)
        # The samples of one block of frames, the first of them half a frame of zeros.
        self._samples = np.zeros(self._n_fft + (_BLOCK_FRAMES - 1) * self._hop, dtype=np.float32)
        self._frames = self._framed(self._samples)
        self._filled = self._n_fft // 2
        self._n_samples = 0
        self._windowed = np.empty((_AT_ONCE, self._n_fft), dtype=np.float32)

    def push(self, mono: np.ndarray) -> Iterator[np.ndarray]:
        """Yield float32 power ``(n_fft // 2 + 1, n_frames)`` in blocks of 128 frames, as soon as each is complete.

        ``mono`` is float32 ``(n_samples,)``. A yielded block is the receiver's to keep.
        """
        self._n_samples += len(mono)
        while len(mono):
            n = min(len(mono), len(self._samples) - self._filled)
            self._samples[self._filled : self._filled + n] = mono[:n]
            self._filled += n
            mono = mono[n:]
            if self._filled == len(self._samples):
                yield self._transform(self._frames)
                self._filled -= _BLOCK_FRAMES * self._hop
                self._samples[: self._filled] = self._samples[_BLOCK_FRAMES * self._hop :]

    def finish(self) -> Iterator[np.ndarray]:
        """Yield the last frames, which reach beyond the end; the object is spent afterwards."""
        if self._n_samples == 0:
            return
        end = np.zeros(self._n_fft // 2, dtype=np.float32)
        yield self._transform(self._framed(np.concatenate((self._samples[: self._filled], end))))

    def _framed(self, samples: np.ndarray) -> np.ndarray:
        return np.lib.stride_tricks.sliding_window_view(samples, self._n_fft)[:: self._hop]

    def _transform(self, frames: np.ndarray) -> np.ndarray:
        n_frames = len(frames)
        power = np.empty((n_frames, self._n_fft // 2 + 1), dtype=np.float32)
        for start in range(0, n_frames, _AT_ONCE):
            n = min(_AT_ONCE, n_frames - start)
            windowed = np.multiply(frames[start : start + n], self._window, out=self._windowed[:n])
            # The cheapest |x|^2 NumPy offers: adding every other square takes twice as long.
            spectra = scipy.fft.rfft(windowed, axis=1)
            magnitude = np.abs(spectra, out=power[start : start + n])
            np.multiply(magnitude, magnitude, out=magnitude)
        return power.T
