"""What is heard of a piece: three stretches of 30 s, joined, so that every way of degrading them costs the same.

The product hears the same three stretches of a long track (`segue.signal.windows.spread`). Models of several
versions hear one mel recording each in its own scale.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soxr

from segue.analysis.settings import DEFAULT_WINDOWS
from segue.audio.mono import downmix
from segue.audio.open import open_audio
from segue.facets.genre import genres_of
from segue.facets.timbre import embedding_of
from segue.facets.track_output import run_network
from segue.model.network import Network
from segue.signal.front_end import FrontEnd
from segue.signal.mel import MelBands
from segue.signal.stft import PowerSpectra
from segue.signal.windows import MelRecorder, Window

_STRETCH_S = 30.03


def read(path: Path) -> tuple[np.ndarray, int]:
    """Return a file's channels averaged, float32 ``(n_samples,)``, and its rate."""
    with open_audio(str(path)) as stream:
        return np.concatenate([downmix(block) for block in stream.blocks()]), stream.info.sample_rate_hz


def stretches(mono: np.ndarray, rate_hz: int) -> np.ndarray:
    """Return three stretches of 30 s from the middles of thirds, joined; all of what is shorter than 90 s."""
    n = round(_STRETCH_S * rate_hz)
    if len(mono) <= DEFAULT_WINDOWS * n:
        return mono
    starts = [round((i + 0.5) * len(mono) / DEFAULT_WINDOWS - n / 2) for i in range(DEFAULT_WINDOWS)]
    return np.concatenate([mono[start : start + n] for start in starts])


def windows(mono: np.ndarray, rate_hz: int, front_end: FrontEnd) -> list[Window]:
    """Return the windows of a network's input, as the product makes them."""
    if rate_hz != front_end.sample_rate_hz:
        mono = soxr.resample(mono, rate_hz, front_end.sample_rate_hz).astype(np.float32)
    spectra, bands, recorder = PowerSpectra(front_end), MelBands(front_end), MelRecorder(front_end)
    for power in spectra.push(mono):
        recorder.push(bands(power))
    for power in spectra.finish():
        recorder.push(bands(power))
    return recorder.windows(DEFAULT_WINDOWS)


def listen(network: Network, heard: list[Window]) -> tuple[np.ndarray, np.ndarray]:
    """Return genre probabilities ``(n_classes,)`` and the unit embedding ``(dim,)`` of one piece."""
    output = run_network(heard, network)
    of = {one.genre: one.probability for one in genres_of(output)}
    return np.array([of[name] for name in network.passport.classes]), embedding_of(output)
