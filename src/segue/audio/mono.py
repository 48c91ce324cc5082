"""From blocks of any channels and rate to one channel at the rate asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from segue.audio.stream import AudioStream

if TYPE_CHECKING:
    import numpy as np


def downmix(block: np.ndarray) -> np.ndarray:
    """Mean of the channels: (n_frames, n_channels) float32 -> (n_frames,) float32.

    Two are a product with a half each, which rounds as halving their sum does; more are added one by one.
    ``mean(axis=1)`` takes some 25 times as long, for NumPy does not vectorise a reduction over so short an axis.
    """
    import numpy as np

    n_channels = block.shape[1]
    if n_channels == 1:
        return block[:, 0]
    if n_channels == 2:
        return block @ np.full(2, 0.5, np.float32)
    total = block[:, 0] + block[:, 1]
    for channel in range(2, n_channels):
        total += block[:, channel]
    total /= n_channels
    return total


class Resampler:
    """Changes the sample rate of one channel, block after block (soxr, quality HQ)."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None
        if from_hz != to_hz:
            import soxr

            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")

    def push(self, mono: np.ndarray, last: bool = False) -> np.ndarray:
        """The samples that are ready, (m,) float32, m often 0 at first; ``last`` flushes the rest.

        All samples given out add up to the input's length times to_hz / from_hz, rounded.
        """
        if self._stream is None:
            return mono
        return self._stream.resample_chunk(mono, last)


def mono_blocks(stream: AudioStream, sample_rate_hz: int) -> Iterator[np.ndarray]:
    """A stream's audio as one channel at ``sample_rate_hz``, in blocks of (n,) float32."""
    import numpy as np

    resampler = Resampler(stream.info.sample_rate_hz, sample_rate_hz)
    for block in stream.blocks():
        yield resampler.push(downmix(block))
    yield resampler.push(np.empty(0, np.float32), last=True)


def read_mono(path: str | os.PathLike[str], sample_rate_hz: int) -> np.ndarray:
    """A whole file as one channel, (n,) float32: for short files, memory grows with the length.

    Raises AudioError as open_audio and blocks() do; audio before any damage is returned.
    """
    import numpy as np

    from segue.audio.open import open_audio

    with open_audio(path) as stream:
        return np.concatenate(list(mono_blocks(stream, sample_rate_hz)))
