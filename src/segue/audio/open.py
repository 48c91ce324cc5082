"""Opens a file for decoding: looked at, probed, given to the decoder that says it can."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from segue.audio import ogg
from segue.audio.decoders import Decoder, choose_decoder
from segue.audio.layout import Layout, read_layout
from segue.audio.stream import AudioStream, DecodedStream
from segue.errors import AudioError

# Telephone speech has 8 kHz and studio masters 384; a rate far outside is a damaged header.
_LOWEST_RATE_HZ, _HIGHEST_RATE_HZ = 1_000, 1_000_000

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_audio(path: str | os.PathLike[str], layout: Layout | None = None) -> AudioStream:
    """Return the file as a stream of blocks; close it, or use it in a ``with``.

    ``layout`` is what somebody has read of this file already (`segue.audio.identity.identify`); without it the file
    is opened once more, and an MP3 read once more. Raises AudioError, its text one sentence without the path, with
    the stage

    - "open": missing, unreadable, empty, or no regular file (told without opening it);
    - "probe": no audio, no audio track, or no decoder at hand;
    - "decode": the header is damaged.
    """
    path = os.fspath(path)
    require_regular_file(path)
    with reading():
        layout = layout or read_layout(path)
        return open_with(choose_decoder(layout.probe), path, layout)


def open_with(decoder: Decoder, path: str, layout: Layout) -> AudioStream:
    """Return the file as a stream through one decoder, which must be able to decode it; errors as above."""
    source = decoder.open_source(path, layout)
    n_claimed = layout.n_claimed
    if n_claimed is not None and source.info.codec == "opus":
        n_claimed = n_claimed * source.info.sample_rate_hz // ogg.OPUS_RATE_HZ
    stream = DecodedStream(source, layout.damage, n_claimed)
    if not _LOWEST_RATE_HZ <= stream.info.sample_rate_hz <= _HIGHEST_RATE_HZ:
        stream.close()
        raise AudioError(
            f"The header declares {stream.info.sample_rate_hz:,} samples a second, which no music has.",
            "probe",
        )
    return stream


@contextmanager
def reading() -> Iterator[None]:
    """Inside, what the operating system refuses becomes an AudioError(stage "open")."""
    try:
        yield
    except OSError as error:
        raise AudioError(_open_sentence(error), "open") from error


def require_regular_file(path: str) -> None:
    """AudioError(stage "open") unless ``path`` leads to a regular file with something in it."""
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise AudioError(_open_sentence(error), "open") from error
    if not stat.S_ISREG(status.st_mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "no file")
        raise AudioError(f"This is {kind}, not a file of audio.", "open", code="audio-not-a-file")
    if status.st_size == 0:
        raise AudioError("The file is empty.", "open", code="audio-empty-file")


def _open_sentence(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "The file does not exist."
    if isinstance(error, PermissionError):
        return "The file cannot be read: permission denied."
    reason = getattr(error, "strerror", None) or str(error)
    return f"The file cannot be opened: {reason[:1].lower()}{reason[1:]}."
