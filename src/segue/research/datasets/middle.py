"""The 30 s of a track that a network is trained on: a short clip whole, of a long track the middle."""

from __future__ import annotations

import os

import numpy as np

from segue.audio.mono import Resampler, downmix
from segue.audio.open import open_audio

# A clip of about 30 s is taken whole (GTZAN's are 29.9 to 30.6 s long); what is longer is cut, what is
# shorter repeated.
WINDOW_S, SHORTEST_WHOLE_S, LONGEST_WHOLE_S = 30.0, 27.0, 33.0


def middle_of(path: str | os.PathLike[str], rate_hz: int) -> np.ndarray:
    """Return one channel float32 ``(n,)``: a file of 27 to 33 s whole, the middle 30 s of a longer one, a
    shorter one repeated to 30 s.

    Where the header tells the length, decoding stops behind the middle; a header that promises more than there
    is changes nothing. Raises AudioError as segue.audio.open and blocks() do; audio before any damage counts.
    """
    window, longest = int(WINDOW_S * rate_hz), int(LONGEST_WHOLE_S * rate_hz)
    with open_audio(path) as stream:
        declared = (stream.info.n_frames_declared or 0) * rate_hz / stream.info.sample_rate_hz
        enough = int(declared / 2) + window // 2 if declared > longest else None
        resampler = Resampler(stream.info.sample_rate_hz, rate_hz)
        kept = _Tail(longest)
        for block in stream.blocks():
            kept.push(resampler.push(downmix(block)))
            if enough is not None and kept.end >= enough:
                return kept.cut(enough - window, enough)
        kept.push(resampler.push(np.empty(0, np.float32), last=True))
    if kept.end > longest:
        first = (kept.end - window) // 2
        return kept.cut(first, first + window)
    samples = kept.cut(0, kept.end)
    return samples if len(samples) >= SHORTEST_WHOLE_S * rate_hz else np.resize(samples, window)


class _Tail:
    """The second half of what was pushed, and ``margin`` samples before it.

    The middle of a whole track lies no earlier than the middle of the part that has been read.
    """

    def __init__(self, margin: int) -> None:
        self._margin = margin
        self._pieces: list[np.ndarray] = []
        self._first = 0
        self.end = 0

    def push(self, piece: np.ndarray) -> None:
        self._pieces.append(piece)
        self.end += len(piece)
        while self._first + len(self._pieces[0]) < self.end // 2 - self._margin:
            self._first += len(self._pieces.pop(0))

    def cut(self, first: int, end: int) -> np.ndarray:
        """Samples ``first`` to ``end`` counted from the start of the track."""
        return np.concatenate(self._pieces)[first - self._first : end - self._first]
