"""How strongly music sets in, frame by frame: the envelope that tempo is read from."""

from __future__ import annotations

import numpy as np

# Log spectral flux after Ellis, "Beat tracking by dynamic programming" (2007): rises in level count,
# falls do not. Bands 60 dB under the loudest heard so far are raised to that floor, so that hiss between
# notes is not music and a quieter copy of a track has the same envelope.
_FLOOR = 1e-6


class OnsetEnvelope:
    """Onset strength of a stream of mel power; how the stream was cut does not show in the result."""

    def __init__(self) -> None:
        self._pieces: list[np.ndarray] = []
        self._loudest = np.float32(0.0)
        self._last_level: np.ndarray | None = None

    def push(self, mel: np.ndarray) -> None:
        """Take the next mel power frames, float32 ``(n_mels, n_frames)``."""
        if mel.shape[1] == 0:
            return
        loudest = np.maximum(np.maximum.accumulate(mel.max(axis=0)), self._loudest)
        self._loudest = loudest[-1]
        # One column more than frames: the level before the first.
        level = np.empty((len(mel), mel.shape[1] + 1), dtype=np.float32)
        np.add(mel, np.maximum(loudest * np.float32(_FLOOR), np.float32(1e-30)), out=level[:, 1:])
        np.log10(level[:, 1:], out=level[:, 1:])
        level[:, 0] = level[:, 1] if self._last_level is None else self._last_level
        # Two columns or more: NumPy sums a single one in another order, and how the stream was cut would show.
        rise = np.zeros_like(level)
        np.subtract(level[:, 1:], level[:, :-1], out=rise[:, 1:])
        np.maximum(rise, 0.0, out=rise)
        self._pieces.append(rise.mean(axis=0)[1:])
        self._last_level = level[:, -1]

    @property
    def envelope(self) -> np.ndarray:
        """Onset strength so far, float32 ``(n_frames,)``, not negative; the first frame is 0."""
        return np.concatenate(self._pieces) if self._pieces else np.zeros(0, dtype=np.float32)
