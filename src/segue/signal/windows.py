"""What the network looks at: scaled, thinned windows of mel bands, spread over a track.

Scaling comes before thinning: a window's minimum and maximum are those of all its STFT frames,
so they are remembered for every frame although only one frame in 3.3 is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from segue.signal.front_end import FrontEnd
from segue.signal.mel import decibels, mel_spectrogram_db

# A window may be a quarter longer than those of training: fully convolutional networks do not mind,
# and a track of 35 s is better heard whole than in two overlapping pieces.
_STRETCH = 1.25

# What is this much quieter than the loudest moment of its window, 60 dB, does not sound beside it.
_SOUNDING_POWER = 1e-6


@dataclass(frozen=True, slots=True)
class Window:
    """One network input: ``mel`` float32 ``(n_mels, n_picks)`` in [0, 1], and where it lies in the track.

    ``highest_power`` is the mel power that became 1, by which windows can be told from gaps. ``sounding`` is the
    first and one behind the last pick within 60 dB of it: of a second of sound in a silent minute, that second.
    """

    mel: np.ndarray
    start_s: float
    end_s: float
    highest_power: float
    sounding: tuple[int, int]

    @property
    def sounding_s(self) -> float:
        """Seconds from the first to the last moment that sounds."""
        first, end = self.sounding
        return (self.end_s - self.start_s) * (end - first) / self.mel.shape[1]


def trimmed(window: Window) -> Window:
    """Return the window without what does not sound at its ends; a model scaled from the floor hears no lead-in."""
    first, end = window.sounding
    pick_s = (window.end_s - window.start_s) / window.mel.shape[1]
    return Window(
        mel=window.mel[:, first:end],
        start_s=window.start_s + first * pick_s,
        end_s=window.start_s + end * pick_s,
        highest_power=window.highest_power,
        sounding=(0, end - first),
    )


def spread(n_picks: int, window_picks: int, n_windows: int) -> list[tuple[int, int]]:
    """Return ``(first, last + 1)`` picks of up to ``n_windows`` windows, in order, never overlapping.

    Where that many windows can cover the whole track they tile it, as few and as equal as can be,
    none longer than 1.25 ``window_picks``. Where they cannot, the track is cut into as many equal
    parts as there are windows and one of ``window_picks`` sits in the middle of each part, away
    from fades at the ends. Nothing for no picks. Raises ValueError for fewer than one window.
    """
    if n_windows < 1:
        raise ValueError("n_windows must be at least 1")
    if n_picks == 0:
        return []
    covering = math.ceil(n_picks / (window_picks * _STRETCH))
    if n_windows >= covering:
        edges = [round(i * n_picks / covering) for i in range(covering + 1)]
        return list(pairwise(edges))
    starts = [round((i + 0.5) * n_picks / n_windows - window_picks / 2) for i in range(n_windows)]
    return [(start, start + window_picks) for start in starts]


class MelRecorder:
    """Remembers of a stream of mel power what its windows will need: thinned frames, and every frame's range.

    About 7 kB a second of audio, so three hours take some 75 MB.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        self._front_end = front_end
        self._n_frames = 0
        self._n_picks = 0
        self._kept: list[np.ndarray] = []
        self._lowest: list[np.ndarray] = []
        self._highest: list[np.ndarray] = []

    def push(self, mel: np.ndarray) -> None:
        """Take the next mel power frames, ``(n_mels, n_frames)``."""
        first, self._n_frames = self._n_frames, self._n_frames + mel.shape[1]
        ratio = self._front_end.frames_per_pick
        # Pick j is frame floor((j + 0.5) * ratio); the next picks are those before the new end.
        upto = self._n_picks
        while int((upto + 0.5) * ratio) < self._n_frames:
            upto += 1
        frames = ((np.arange(self._n_picks, upto) + 0.5) * ratio).astype(int)
        self._kept.append(mel[:, frames - first])
        self._n_picks = upto
        self._lowest.append(mel.min(axis=0))
        self._highest.append(mel.max(axis=0))

    @property
    def n_picks(self) -> int:
        """Kept frames so far."""
        return self._n_picks

    def windows(self, n_windows: int) -> list[Window]:
        """Return up to ``n_windows`` scaled windows spread over all that was pushed; none for no frames."""
        if self._n_frames == 0:
            return []
        lowest, highest = np.concatenate(self._lowest), np.concatenate(self._highest)
        spans = spread(self._n_picks, self._front_end.window_picks, n_windows)
        # Fewer frames than one pick: hear the single last frame there is.
        spans = spans or [(0, 0)]
        return [self._window(a, b, lowest, highest) for a, b in spans]

    def _window(self, first: int, end: int, lowest: np.ndarray, highest: np.ndarray) -> Window:
        fe = self._front_end
        first_frame = int(first * fe.frames_per_pick)
        end_frame = self._n_frames if end >= self._n_picks else int(end * fe.frames_per_pick)
        bottom = float(lowest[first_frame:end_frame].min())
        top = float(highest[first_frame:end_frame].max())
        mel = scale(self._columns(first, end), bottom, top, fe)
        loud = np.flatnonzero(highest[first_frame:end_frame] >= top * _SOUNDING_POWER)
        # Whole picks around the first and last frames that sound; all of a window of one frame.
        n_picks, n_frames = mel.shape[1], end_frame - first_frame
        sounding = int(loud[0]) * n_picks // n_frames, -(-(int(loud[-1]) + 1) * n_picks // n_frames)
        frame_s = fe.hop / fe.sample_rate_hz
        window = Window(mel, first_frame * frame_s, end_frame * frame_s, top, sounding)
        return window if fe.zero_at == "minimum" else trimmed(window)

    def _columns(self, first: int, end: int) -> np.ndarray:
        """Picks ``first..end`` out of the pieces, without joining the pieces of a whole long track."""
        pieces, at = [], 0
        for piece in self._kept:
            a, b = max(first - at, 0), min(end - at, piece.shape[1])
            if a < b:
                pieces.append(piece[:, a:b])
            at += piece.shape[1]
        if not pieces:
            return np.zeros((self._front_end.n_mels, 1), dtype=np.float32)
        return np.concatenate(pieces, axis=1)


def whole_window(mono: np.ndarray, front_end: FrontEnd) -> np.ndarray:
    """Return one scaled window float32 ``(n_mels, window_picks)`` of a whole clip of about 30 s.

    This is how the training archive was made: the picks stretch with the clip, whatever its exact
    length. ``mono`` is float32 ``(n_samples,)`` at the front end's rate, at least one sample.
    """
    mel_db = mel_spectrogram_db(mono, front_end)
    columns = (np.arange(front_end.window_picks) + 0.5) * mel_db.shape[1] / (front_end.window_picks + 0.5)
    lowest = float(mel_db.min())
    if lowest >= 0.0:
        return np.zeros((front_end.n_mels, front_end.window_picks), dtype=np.float32)
    return (mel_db[:, columns.astype(int)] - lowest) / np.float32(-lowest)


def scale(power: np.ndarray, lowest: float, highest: float, front_end: FrontEnd) -> np.ndarray:
    """Return mel power as float32 in [0, 1]: decibels below ``highest``, scaled up to it from where `FrontEnd.zero_at` says.

    ``lowest`` and ``highest`` are the extreme powers of the whole window, of which ``power``
    ``(n_mels, n)`` holds a part. A window with no range at all, such as silence, is all zeros.
    """
    top = np.float32(-front_end.top_db)
    db = np.maximum(decibels(power, highest, front_end), top)
    bottom = float(top)
    if front_end.zero_at == "minimum":
        bottom = max(float(decibels(np.array([lowest], np.float32), highest, front_end)[0]), bottom)
    if bottom >= 0.0:
        return np.zeros_like(db)
    return np.clip((db - bottom) / -bottom, 0.0, 1.0).astype(np.float32)
