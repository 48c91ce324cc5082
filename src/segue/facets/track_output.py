"""What the network computes for one track: its windows, their outputs, and calibrated log-probabilities by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.model.network import Network, NetworkOutput
from segue.model.vote import CHUNK_S, chunk_log_probabilities, chunks_in
from segue.signal.noise import is_noise, is_still
from segue.signal.windows import Window

# The network has learned from noise over all bands; what some other band-limited noise is to it (metal, at up to 0.75)
# is no knowledge, nor what a tone and its aliases are (classical, at up to 0.66). Four times the temperature makes
# 0.75 of ten genres 0.2.
_DOUBT_IN_NO_MUSIC = 4.0

# A second repeated five times is not five seconds of evidence. On cuts of GTZAN's validation part the best
# temperature, by likelihood, is 1.3 times the passport's at 0.5 s, 1.25 at 1 s, 1.15 at 2 s, 1.1 at 3 s: a power.
_DOUBT_BY_LENGTH = 0.15

# A window this much quieter than the loudest one, 60 dB, is a gap, whose noise must not vote.
_GAP_POWER = 1e-6

# A window of which, trimmed to what sounds, less than this share of the longest one is left (5 s of 30) is the edge
# of a gap: repeated to 5 s it would speak as loudly as the others.
_LEAST_LENGTH = 1.0 / 6.0


@dataclass(frozen=True, slots=True)
class TrackOutput:
    """What ``network`` computed for at least one window; the three lists are of one length.

    ``chunks`` are float64 ``(n_chunks, n_classes)``: log-probabilities of the chunks of about 5 s of each window.
    """

    network: Network
    windows: tuple[Window, ...]
    outputs: tuple[NetworkOutput, ...]
    chunks: tuple[np.ndarray, ...]


def run_network(windows: Sequence[Window], network: Network) -> TrackOutput:
    """Return what ``network`` computes for at least one window; windows that are gaps beside the others are left out."""
    loudest = max(window.highest_power for window in windows)
    longest = max(window.mel.shape[1] for window in windows)
    kept = tuple(
        window
        for window in windows
        if window.highest_power >= loudest * _GAP_POWER and window.mel.shape[1] >= longest * _LEAST_LENGTH
    )
    outputs = tuple(network(window.mel) for window in kept)
    temperature = network.passport.temperature
    chunks = tuple(
        chunk_log_probabilities(
            output.logits, chunks_in(window.end_s - window.start_s), _doubt(window) * temperature
        )
        for window, output in zip(kept, outputs, strict=True)
    )
    return TrackOutput(network, kept, outputs, chunks)


def _doubt(window: Window) -> float:
    """Return how many times the temperature of the vote rises: 1 for 5 s of music or more."""
    first, end = window.sounding
    sounding = window.mel[:, first:end]
    no_music = is_noise(sounding) or is_still(sounding)
    short = max(1.0, CHUNK_S / max(window.sounding_s, 1e-3))
    return short**_DOUBT_BY_LENGTH * (_DOUBT_IN_NO_MUSIC if no_music else 1.0)
