"""What happens to recordings, done to samples: a missing octave, a codec, silence in front.

Each takes float32 mono ``(n_samples,)`` and its rate and returns the same kind at the same rate.
"""

from __future__ import annotations

import io

import numpy as np
import soundfile
import soxr
from scipy.signal import butter, sosfiltfilt


def low_passed(mono: np.ndarray, rate_hz: int, cut_hz: float) -> np.ndarray:
    """Samples through a Butterworth filter of order 10, forwards and backwards: 120 dB an octave above ``cut_hz``."""
    if cut_hz >= 0.49 * rate_hz:
        return mono
    sections = butter(10, cut_hz, fs=rate_hz, output="sos")
    return sosfiltfilt(sections, mono).astype(np.float32)


def silence_first(mono: np.ndarray, rate_hz: int, seconds: float = 1.2) -> np.ndarray:
    """Samples after ``seconds`` of digital silence."""
    return np.concatenate((np.zeros(round(seconds * rate_hz), np.float32), mono))


def coded(mono: np.ndarray, rate_hz: int, codec: str, level: float) -> np.ndarray:
    """Samples written by libsndfile as "mp3", "opus" or "vorbis" and read again; ``level`` 0 is best, 1 smallest."""
    written_hz = 48_000 if codec == "opus" else 44_100
    at = mono if rate_hz == written_hz else soxr.resample(mono, rate_hz, written_hz).astype(np.float32)
    kind = {"mp3": ("MP3", "MPEG_LAYER_III"), "opus": ("OGG", "OPUS"), "vorbis": ("OGG", "VORBIS")}[codec]
    options = {"bitrate_mode": "CONSTANT"} if codec == "mp3" else {}
    file = io.BytesIO()
    clipped = np.clip(at, -1, 1)
    with soundfile.SoundFile(
        file, "w", written_hz, 1, format=kind[0], subtype=kind[1], compression_level=level, **options
    ) as writer:
        # libsndfile 1.2 keeps a whole write on the stack when it codes Vorbis.
        for start in range(0, len(clipped), written_hz):
            writer.write(clipped[start : start + written_hz])
    file.seek(0)
    back, _ = soundfile.read(file, dtype="float32")
    return back if rate_hz == written_hz else soxr.resample(back, written_hz, rate_hz).astype(np.float32)


def random_path(mono: np.ndarray, rate_hz: int, seed: int) -> np.ndarray:
    """Samples through a low-pass of 3 to 16 kHz (log-uniform) and one of three codecs, both drawn from ``seed``."""
    rng = np.random.default_rng(seed)
    cut_hz = float(np.exp(rng.uniform(np.log(3_000.0), np.log(16_000.0))))
    codec = ("mp3", "opus", "vorbis")[rng.integers(3)]
    return coded(low_passed(mono, rate_hz, cut_hz), rate_hz, codec, float(rng.uniform(0.6, 0.95)))
