"""The decoders segue knows and which of them opens what: asked what they can do, never tried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from segue.audio import ffmpeg_decoder, pyav_decoder, soundfile_decoder
from segue.audio.layout import Layout
from segue.audio.probe import Probe
from segue.audio.stream import Source
from segue.errors import AudioError


class Decoder(Protocol):
    """A module that decodes; the three there are need no state, so they are no classes."""

    name: str

    def version(self) -> str | None: ...

    def can_decode(self, probe: Probe) -> bool: ...

    def open_source(self, path: str, layout: Layout) -> Source: ...


# Fastest first: three minutes of MP3 take 163, 233 and 412 ms of CPU time.
DECODERS: tuple[Decoder, ...] = (soundfile_decoder, pyav_decoder, ffmpeg_decoder)


@dataclass(frozen=True, slots=True)
class DecoderAtHand:
    """A decoder and its version, None where it is not installed."""

    name: str
    version: str | None


def decoders_at_hand() -> list[DecoderAtHand]:
    """Every decoder segue knows, in the order it asks them, for ``segue doctor``."""
    return [DecoderAtHand(decoder.name, decoder.version()) for decoder in DECODERS]


def choose_decoder(probe: Probe) -> Decoder:
    """The first decoder that says it can decode this.

    Raises AudioError(stage "probe") that tells what to install where none can.
    """
    for decoder in DECODERS:
        if decoder.can_decode(probe):
            return decoder
    what = (
        probe.container if probe.codec in (None, probe.container) else f"{probe.codec} in {probe.container}"
    )
    if probe.begins_early:
        what = "an Opus stream that begins before its own beginning, as cut ones do,"
    raise AudioError(
        f"No decoder for {what} is at hand: install one with \"pip install 'segue[m4a]'\","
        " or put the ffmpeg program on PATH.",
        "probe",
        code="audio-no-decoder",
    )
