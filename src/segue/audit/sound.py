"""Measurements of one file in one pass: figures of its faults, a hash of its samples, its peaks and landmarks.

Thresholds are in segue.audit.faults, so that cached measurements stay valid when a threshold changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from segue.audio.mono import Resampler, downmix
from segue.audio.stream import AudioStream, lacks_audio
from segue.audit.hum import HumLines, HumMeter
from segue.copies.landmarks import Landmarks, PeakAccumulator, landmarks
from segue.signal.front_end import MEL128_V1
from segue.signal.stft import PowerSpectra

FULL_SCALE = 0.999  # 32,735 of 32,767
_SILENT_SWING = 1e-3  # -60 dBFS, as in segue.analysis.track
_STEP_S = 0.5
_EDGE_WINDOW = 1024
_RUN = 3  # samples in a row at full scale are clipping


@dataclass(frozen=True, slots=True)
class Sound:
    """The measurements of one file.

    ``spectrum_db`` is the mean level of 1024-sample windows, float32 ``(513,)`` from 0 Hz to half the rate.
    ``peaks`` are those of PeakAccumulator, ``landmarks`` are computed from them.
    """

    duration_s: float
    sounding_s: float  # from the first to the last half-second step that is not silent
    declared_s: float | None
    truncated: bool
    damage: str | None
    codec: str  # as in AudioInfo
    sample_rate_hz: int
    n_channels: int
    samples_hash: str
    silent_share: float  # of half-second steps whose peak level is below -60 dBFS
    clipped_runs_per_s: float  # three and more samples in a row at full scale
    clipped_share: float  # of all samples that lie in these
    spectrum_db: np.ndarray
    hum: HumLines
    peaks: np.ndarray
    landmarks: Landmarks


def listen(stream: AudioStream) -> Sound:
    """Return the measurements of a stream, which is decoded to its end.

    Raises AudioError where nothing can be decoded or samples are no finite numbers.
    """
    rate_hz = stream.info.sample_rate_hz
    # As 16-bit integers: a WAV and a FLAC of the same samples have one hash, whatever their container.
    digest = hashlib.blake2b(f"{rate_hz} {stream.info.n_channels}".encode(), digest_size=16)
    resample, spectra, peaks = (
        Resampler(rate_hz, MEL128_V1.sample_rate_hz),
        PowerSpectra(MEL128_V1),
        PeakAccumulator(),
    )
    hum, steps, clips, mean_spectrum = HumMeter(rate_hz), _Steps(rate_hz), _Clips(), _MeanSpectrum()
    n_frames = 0
    for block in stream.blocks():
        n_frames += len(block)
        digest.update(np.rint(np.clip(block, -1.0, 1.0) * 32768.0).astype("<i4").tobytes())
        clips.push(block)
        mono = downmix(block)
        steps.push(mono)
        mean_spectrum.push(mono)
        hum.push(mono)
        for power in spectra.push(resample.push(mono)):
            peaks.push(power)
    for power in spectra.push(resample.push(np.empty(0, np.float32), last=True)):
        peaks.push(power)
    for power in spectra.finish():
        peaks.push(power)
    declared = stream.info.n_frames_declared
    found = peaks.finish()
    return Sound(
        duration_s=n_frames / rate_hz,
        sounding_s=steps.sounding_s(n_frames / rate_hz),
        declared_s=None if declared is None else declared / rate_hz,
        truncated=lacks_audio(stream.info, n_frames),
        damage=stream.damage,
        codec=stream.info.codec,
        sample_rate_hz=rate_hz,
        n_channels=stream.info.n_channels,
        samples_hash=digest.hexdigest(),
        silent_share=steps.silent_share(),
        clipped_runs_per_s=clips.n_runs / (n_frames / rate_hz),
        clipped_share=clips.n_samples / max(1, n_frames * stream.info.n_channels),
        spectrum_db=mean_spectrum.mean_db(),
        hum=hum.lines(),
        peaks=found,
        landmarks=landmarks(found),
    )


class _Clips:
    """Counts runs of samples at full scale, channel by channel; a run across two blocks counts in both."""

    def __init__(self) -> None:
        self.n_runs = self.n_samples = 0

    def push(self, block: np.ndarray) -> None:
        for channel in block.T:
            if np.abs(channel).max(initial=0.0) < FULL_SCALE:
                continue
            full = np.concatenate(([False], np.abs(channel) >= FULL_SCALE, [False]))
            edges = np.flatnonzero(full[1:] != full[:-1])
            lengths = edges[1::2] - edges[::2]
            long = lengths[lengths >= _RUN]
            self.n_runs += len(long)
            self.n_samples += int(long.sum())


class _Steps:
    """Peak level of each half second; the rest at the end counts as one more."""

    def __init__(self, rate_hz: int) -> None:
        self._step = max(1, round(_STEP_S * rate_hz))
        self._pending = np.empty(0, np.float32)
        self._swings: list[np.ndarray] = []

    def push(self, mono: np.ndarray) -> None:
        samples = np.concatenate((self._pending, mono))
        whole = len(samples) // self._step * self._step
        steps = samples[:whole].reshape(-1, self._step)
        self._swings.append((steps.max(axis=1) - steps.min(axis=1)) / 2)
        self._pending = samples[whole:]

    def silent_share(self) -> float:
        return float((~self._sounding()).mean())

    def sounding_s(self, duration_s: float) -> float:
        """The length without silence before and after, to half a second."""
        sounding = np.flatnonzero(self._sounding())
        if not len(sounding):
            return 0.0
        end_s = min(duration_s, float(sounding[-1] + 1) * _STEP_S)
        return end_s - float(sounding[0]) * _STEP_S

    def _sounding(self) -> np.ndarray:
        rest = [np.array([np.ptp(self._pending) / 2])] if len(self._pending) else []
        return np.concatenate([*self._swings, *rest]) >= _SILENT_SWING


class _MeanSpectrum:
    """The mean spectrum at the file's own rate, of one window in eight: enough to find an edge."""

    def __init__(self) -> None:
        self._window = np.hanning(_EDGE_WINDOW).astype(np.float32)
        self._total = np.zeros(_EDGE_WINDOW // 2 + 1)
        self._n = 0

    def push(self, mono: np.ndarray) -> None:
        for start in range(0, len(mono) - _EDGE_WINDOW + 1, 8 * _EDGE_WINDOW):
            self._total += np.abs(np.fft.rfft(mono[start : start + _EDGE_WINDOW] * self._window)) ** 2
            self._n += 1

    def mean_db(self) -> np.ndarray:
        return (10.0 * np.log10(self._total / max(1, self._n) + 1e-12)).astype(np.float32)
