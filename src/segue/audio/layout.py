"""How the audio lies in a file, read from its container without decoding.

Identifying a file and decoding it both need this; whoever has it hands it on, so that the file is neither opened
nor read for it again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from segue.audio import ogg, riff
from segue.audio.id3 import start_of_trailing_tags
from segue.audio.mpeg import FrameMap, walk_frames
from segue.audio.probe import Probe, probe_file


@dataclass(frozen=True, slots=True)
class Layout:
    """What a container tells of its audio.

    ``frames`` are those of an MP3, None for other containers and where no frame is whole. ``damage`` is one sentence
    on what the container shows to be lost. ``n_claimed`` is the least length that the last page of an Ogg file
    claims, in samples as its codec counts them. ``declared_share`` is, for WAV and AIFF, the bytes of audio declared
    over those present (above 1 where the file was cut off), None where no length is declared.
    """

    probe: Probe
    frames: FrameMap | None = None
    damage: str | None = None
    n_claimed: int | None = None
    declared_share: float | None = None


def read_layout(path: str) -> Layout:
    """Return the layout of the file at ``path``. Raises OSError, and AudioError (stage "probe") for no audio."""
    with open(path, "rb") as file:
        return layout_of(file, probe_file(file))


def layout_of(file: BinaryIO, probe: Probe) -> Layout:
    """Return the layout of a file that is open; an MP3 is read whole, others only in part. Raises OSError."""
    n_bytes = file.seek(0, os.SEEK_END)
    if probe.container == "mp3":
        end = max(
            probe.offset, start_of_trailing_tags(file, n_bytes)
        )  # damage may have tags begin before the audio
        return Layout(probe, frames=walk_frames(file, probe.offset, end))
    if probe.container == "ogg":
        whole = ogg.ends_properly(file, n_bytes)
        return Layout(
            probe,
            damage=None if whole else "The file is cut off: its last Ogg page does not end the stream.",
            n_claimed=ogg.claimed_length(file, probe.offset, n_bytes),
        )
    if probe.container in ("wav", "aiff"):
        return Layout(probe, declared_share=riff.declared_share(file, probe.offset, n_bytes))
    return Layout(probe)
