"""One pass over a track: every sample is decoded once and each part takes what it needs.

The rungs: `measure` turns a stream into what all later steps need, `Analyser.judge` turns that into
a `TrackAnalysis`; `Analyser` called with a path does both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from segue.analysis.settings import AnalysisSettings
from segue.audio.mono import Resampler, downmix
from segue.audio.open import open_audio
from segue.audio.stream import AudioStream, lacks_audio
from segue.copies.sketch import FingerprintAccumulator
from segue.facets.genre import judge
from segue.facets.key import estimate_key
from segue.facets.loudness import LoudnessMeter
from segue.facets.tempo import estimate_tempo
from segue.model.network import Network
from segue.model.vote import CHUNK_S
from segue.signal.chroma import ChromaAccumulator
from segue.signal.front_end import FrontEnd
from segue.signal.mel import MelBands
from segue.signal.onset import OnsetEnvelope
from segue.signal.stft import PowerSpectra
from segue.signal.windows import MelRecorder
from segue.types import (
    FLAG_DAMAGED,
    FLAG_SHORT,
    FLAG_SILENT,
    FLAG_TRUNCATED,
    FLAG_UNKNOWN,
    TrackAnalysis,
)

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

# A track that never swings further than this around its mean is silent: -60 dBFS is below the noise
# floor of a quiet room at any listening level, and a constant offset cannot be heard at all.
_SILENT_SWING = 1e-3

# A window this much quieter than the loudest one is a gap, whose noise must not vote.
_GAP_POWER = 1e-6


@dataclass(frozen=True, slots=True)
class Measured:
    """What one pass over a stream leaves behind; small even for hours of audio."""

    n_frames: int  # native sample frames really decoded
    duration_s: float
    silent: bool  # it never swings by more than -60 dBFS around its mean
    truncated: bool  # clearly less was decoded than the file declares
    damage: str | None  # one sentence on what was lost
    recorder: MelRecorder
    onsets: OnsetEnvelope
    chroma: ChromaAccumulator
    fingerprint: FingerprintAccumulator
    loudness_lufs: float | None


@cache
def _blas() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def measure(stream: AudioStream, front_end: FrontEnd, settings: AnalysisSettings) -> Measured:
    """Return what the whole stream holds, having decoded it to its end.

    Raises AudioError when not a single sample comes out, or some are not finite numbers.
    """
    # The matrices here are small: more BLAS threads cost four times the CPU and save no time.
    with _blas().limit(limits=1, user_api="blas"):
        return _measure(stream, front_end, settings)


def _measure(stream: AudioStream, front_end: FrontEnd, settings: AnalysisSettings) -> Measured:
    rate_hz = stream.info.sample_rate_hz
    resample = Resampler(rate_hz, front_end.sample_rate_hz)
    spectra, bands = PowerSpectra(front_end), MelBands(front_end)
    recorder, onsets = MelRecorder(front_end), OnsetEnvelope()
    chroma = ChromaAccumulator(front_end)
    fingerprint = FingerprintAccumulator(front_end)
    meter = LoudnessMeter(rate_hz, stream.info.n_channels) if settings.loudness else None

    def hear(power: np.ndarray) -> None:
        mel = bands(power)
        recorder.push(mel)
        onsets.push(mel)
        chroma.push(power)
        fingerprint.push(mel)

    n_frames, silent, lowest, highest = 0, True, np.inf, -np.inf
    for block in stream.blocks():
        n_frames += len(block)
        mono = downmix(block)
        if silent:  # once is enough
            lowest, highest = min(lowest, float(mono.min())), max(highest, float(mono.max()))
            silent = (highest - lowest) / 2 < _SILENT_SWING
        if meter is not None:
            meter.push(block)
        for power in spectra.push(resample.push(mono)):
            hear(power)
    for power in spectra.push(resample.push(np.empty(0, np.float32), last=True)):
        hear(power)
    for power in spectra.finish():
        hear(power)
    return Measured(
        n_frames=n_frames,
        duration_s=n_frames / rate_hz,
        silent=silent,
        truncated=lacks_audio(stream.info, n_frames),
        damage=stream.damage,
        recorder=recorder,
        onsets=onsets,
        chroma=chroma,
        fingerprint=fingerprint,
        loudness_lufs=meter.integrated_lufs() if meter is not None else None,
    )


class Analyser:
    """Analyses tracks with one network and one setting of effort."""

    def __init__(self, network: Network, settings: AnalysisSettings | None = None) -> None:
        self.network = network
        self.settings = settings or AnalysisSettings()

    def __call__(self, path: str) -> TrackAnalysis:
        """Return the analysis of the audio file at ``path``.

        Raises AudioError when it cannot be opened, is not audio, or gives no samples at all.
        """
        with open_audio(path) as stream:
            return self.judge(measure(stream, self.network.passport.front_end, self.settings))

    def judge(self, measured: Measured) -> TrackAnalysis:
        """Return the analysis of a track that was measured."""
        front_end = self.network.passport.front_end
        windows = measured.recorder.windows(self.settings.n_windows)
        # Some millionths of a second leave no sample at the network's rate: nothing to hear either.
        silent = measured.silent or not windows
        common = {
            "model": self.network.passport.model,
            "front_end": front_end.name,
            "duration_s": measured.duration_s,
            "loudness_lufs": measured.loudness_lufs,
            "flags": flags_of(measured, silent),
            "damage": measured.damage,
            "n_windows": self.settings.n_windows,
            "loudness_measured": self.settings.loudness,
        }
        if silent:
            return TrackAnalysis(
                genres=(), timeline=(), embedding=None, fingerprint=None, tempo=None, key=None, **common
            )
        loudest = max(w.highest_power for w in windows)
        verdict = judge([w for w in windows if w.highest_power >= loudest * _GAP_POWER], self.network)
        return TrackAnalysis(
            genres=verdict.genres,
            timeline=verdict.timeline,
            embedding=verdict.embedding,
            fingerprint=measured.fingerprint.sketch(),
            tempo=estimate_tempo(measured.onsets.envelope, front_end.frame_rate_hz),
            key=estimate_key(measured.chroma.pitch_classes),
            heard_tags=verdict.tags,
            **(common | {"flags": flags_of(measured, silent, verdict.unknown)}),
        )


def flags_of(measured: Measured, silent: bool, unknown: bool = False) -> tuple[str, ...]:
    """Return the facts about this audio that its reader should know, in a fixed order."""
    return tuple(
        flag
        for flag, holds in (
            (FLAG_SILENT, silent),
            (FLAG_SHORT, measured.duration_s < CHUNK_S),
            (FLAG_TRUNCATED, measured.truncated),
            (FLAG_UNKNOWN, unknown),
            (FLAG_DAMAGED, measured.damage is not None and not measured.truncated),
        )
        if holds
    )
