"""One pass over a track: every sample is decoded once, and each facet takes what it needs.

The steps: `measure` turns a stream into what all facets need, `Analyser.conclude` turns that into a `TrackAnalysis`;
`Analyser` called with a path does both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from segue.analysis.settings import AnalysisSettings
from segue.audio.layout import Layout
from segue.audio.mono import Resampler, downmix
from segue.audio.open import open_audio
from segue.audio.stream import AudioStream, lacks_audio
from segue.facets.base import (
    Accumulator,
    Facet,
    FromMel,
    FromNetwork,
    FromPower,
    FromSamples,
    StreamFormat,
)
from segue.facets.registry import BUILT_IN, Registry, Wanted, blamed, registry
from segue.facets.track_output import run_network
from segue.model.network import Network
from segue.model.vote import CHUNK_S
from segue.signal.front_end import FrontEnd
from segue.signal.mel import MelBands
from segue.signal.stft import PowerSpectra
from segue.signal.windows import MelRecorder
from segue.types import FLAG_DAMAGED, FLAG_SHORT, FLAG_SILENT, FLAG_TRUNCATED, TrackAnalysis

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

# A track that never swings further than this around its mean is silent: -60 dBFS is below the noise
# floor of a quiet room at any listening level, and a constant offset cannot be heard at all.
_SILENT_SWING = 1e-3


@dataclass(frozen=True, slots=True)
class Measured:
    """What one pass over a stream leaves behind; small even for hours of audio.

    ``facets`` are those it was measured for, ``accumulators`` theirs by name; ``recorder`` holds what windows for the
    network are cut from, None when no facet needs the network.
    """

    facets: tuple[Facet[Any], ...]
    n_frames: int  # native sample frames really decoded
    duration_s: float
    silent: (
        bool  # it never swings by more than -60 dBFS around its mean, or gave no frame at the network's rate
    )
    truncated: bool  # clearly less was decoded than the file declares
    damage: str | None  # one sentence on what was lost
    accumulators: Mapping[str, Accumulator[Any]]
    recorder: MelRecorder | None


@cache
def _blas() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def measure(stream: AudioStream, front_end: FrontEnd, facets: Sequence[Facet[Any]]) -> Measured:
    """Return what ``facets`` need of the whole stream, having decoded it to its end.

    Raises AudioError when not a single sample comes out, or some are not finite numbers.
    """
    # The matrices here are small: more BLAS threads cost four times the CPU and save no time.
    with _blas().limit(limits=1, user_api="blas"):
        return _measure(stream, front_end, facets)


def _measure(stream: AudioStream, front_end: FrontEnd, facets: Sequence[Facet[Any]]) -> Measured:
    rate_hz = stream.info.sample_rate_hz
    given = StreamFormat(front_end, rate_hz, stream.info.n_channels)
    resample = Resampler(rate_hz, front_end.sample_rate_hz)
    spectra, bands = PowerSpectra(front_end), MelBands(front_end)
    accumulators: dict[str, Accumulator[Any]] = {}
    of_samples, of_power, of_mel = [], [], []
    for facet in facets:
        if isinstance(facet.source, FromSamples | FromPower | FromMel):
            with blamed(facet):
                one = accumulators[facet.name] = facet.source.start(given)
            push = one.push if facet in BUILT_IN else _guarded(facet, one.push)
            if isinstance(facet.source, FromSamples):
                of_samples.append(push)
            elif isinstance(facet.source, FromPower):
                of_power.append(push)
            else:
                of_mel.append(push)
    recorder = MelRecorder(front_end) if any(isinstance(f.source, FromNetwork) for f in facets) else None
    if recorder is not None:
        of_mel.append(recorder.push)
    n_columns = 0

    def take(power: np.ndarray) -> None:
        nonlocal n_columns
        n_columns += power.shape[1]
        for push in of_power:
            push(power)
        if of_mel:
            mel = bands(power)
            for push in of_mel:
                push(mel)

    n_frames, silent, lowest, highest = 0, True, np.inf, -np.inf
    for block in stream.blocks():
        n_frames += len(block)
        mono = downmix(block)
        if silent:  # once is enough
            lowest, highest = min(lowest, float(mono.min())), max(highest, float(mono.max()))
            silent = (highest - lowest) / 2 < _SILENT_SWING
        for push in of_samples:
            push(block)
        for power in spectra.push(resample.push(mono)):
            take(power)
    for power in spectra.push(resample.push(np.empty(0, np.float32), last=True)):
        take(power)
    for power in spectra.finish():
        take(power)
    return Measured(
        facets=tuple(facets),
        n_frames=n_frames,
        duration_s=n_frames / rate_hz,
        # Some millionths of a second leave no sample at the network's rate: nothing to hear either.
        silent=silent or n_columns == 0,
        truncated=lacks_audio(stream.info, n_frames),
        damage=stream.damage,
        accumulators=accumulators,
        recorder=recorder,
    )


def _guarded(facet: Facet[Any], push: Callable[[np.ndarray], None]) -> Callable[[np.ndarray], None]:
    """Return ``push`` such that its errors name the facet; a facet from outside must not change what others receive."""

    def guarded(block: np.ndarray) -> None:
        view = block.view()
        view.flags.writeable = False
        with blamed(facet):
            push(view)

    return guarded


class Analyser:
    """Analyses tracks with one network, one setting of effort, and the facets of one registry."""

    def __init__(
        self, network: Network, settings: AnalysisSettings | None = None, facets: Registry | None = None
    ) -> None:
        self.network = network
        self.settings = settings or AnalysisSettings()
        self.facets = facets or registry()

    @property
    def wanted(self) -> Wanted:
        """What every track has after an analysis by this analyser."""
        without = () if self.settings.loudness else ("loudness",)
        passport = self.network.passport
        return self.facets.wanted(passport.model, passport.front_end.name, self.settings.n_windows, without)

    def __call__(
        self, path: str, layout: Layout | None = None, missing: Collection[str] | None = None
    ) -> TrackAnalysis:
        """Return the analysis of the audio file at ``path``: all facets wanted, or only those ``missing``.

        ``layout`` is what identifying the file read of it.

        Raises AudioError when it cannot be opened, is not audio, or gives no samples at all.
        """
        names = [name for name, _ in self.wanted.versions]
        facets = [self.facets[name] for name in names if missing is None or name in missing]
        with open_audio(path, layout) as stream:
            return self.conclude(measure(stream, self.network.passport.front_end, facets))

    def conclude(self, measured: Measured) -> TrackAnalysis:
        """Return the analysis of a track that was measured, with the facets it was measured for.

        Of a silent track only facets of the samples themselves have a value.
        """
        values: dict[str, Any] = {}
        for facet in measured.facets:
            if facet.name in measured.accumulators:
                heard = isinstance(facet.source, FromSamples) or not measured.silent
                with blamed(facet):
                    values[facet.name] = measured.accumulators[facet.name].value() if heard else None
        if measured.recorder is not None:
            output = None
            if not measured.silent:
                output = run_network(measured.recorder.windows(self.settings.n_windows), self.network)
            for facet in measured.facets:
                if isinstance(facet.source, FromNetwork):
                    with blamed(facet):
                        values[facet.name] = None if output is None else facet.source.read(output)
        return TrackAnalysis(
            model=self.network.passport.model,
            front_end=self.network.passport.front_end.name,
            duration_s=measured.duration_s,
            values=self.facets.derive(values),
            flags=flags_of(measured),
            damage=measured.damage,
            n_windows=0 if measured.recorder is None else self.settings.n_windows,
        )


def flags_of(measured: Measured) -> tuple[str, ...]:
    """Return the facts about this audio that its reader should know, in a fixed order."""
    return tuple(
        flag
        for flag, holds in (
            (FLAG_SILENT, measured.silent),
            (FLAG_SHORT, measured.duration_s < CHUNK_S),
            (FLAG_TRUNCATED, measured.truncated),
            (FLAG_DAMAGED, measured.damage is not None and not measured.truncated),
        )
        if holds
    )
