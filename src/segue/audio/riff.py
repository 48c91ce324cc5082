"""Chunks of RIFF/WAVE and AIFF files: which lie where, and how long they claim to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

# Sizes a writer leaves that could not go back to fill them in.
UNKNOWN_SIZES = (0, 0xFFFF_FFFF)


@dataclass(frozen=True, slots=True)
class Chunk:
    """``offset`` is where the payload begins; ``n_bytes_present`` never runs past the file's end."""

    name: bytes
    offset: int
    n_bytes_declared: int
    n_bytes_present: int


def iter_chunks(file: BinaryIO, start: int, n_file_bytes: int) -> Iterator[Chunk]:
    """The chunks of the RIFF or FORM that begins at ``start``, in order, payloads unread."""
    file.seek(start)
    order: Literal["big", "little"] = "big" if file.read(4) == b"FORM" else "little"
    position = start + 12
    while True:
        file.seek(position)
        header = file.read(8)
        if len(header) < 8 or min(header[:4]) < 32:  # names are printable; what is not is no chunk
            return
        n_bytes = int.from_bytes(header[4:], order)
        position += 8
        yield Chunk(header[:4], position, n_bytes, max(0, min(n_bytes, n_file_bytes - position)))
        position += n_bytes + n_bytes % 2


def declared_share(file: BinaryIO, start: int, n_file_bytes: int) -> float | None:
    """Bytes of audio declared over bytes present: above 1 where the file was cut off.

    None where no length is declared or no audio chunk found.
    """
    for chunk in iter_chunks(file, start, n_file_bytes):
        if chunk.name in (b"data", b"SSND"):
            if chunk.n_bytes_declared in UNKNOWN_SIZES or not chunk.n_bytes_present:
                return None
            return chunk.n_bytes_declared / chunk.n_bytes_present
    return None
