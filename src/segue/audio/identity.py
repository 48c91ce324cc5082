"""A name for the audio in a file that survives renaming, moving and re-tagging.

The identity is a hash over the bytes that carry audio, so computing it costs little more than
reading the file. Where tags lie among the audio in ways not known here, the decoded samples
are hashed instead: the same name on every run, at the price of decoding.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from segue.audio import ogg, riff
from segue.audio.id3 import start_of_trailing_tags
from segue.audio.open import open_audio, reading, require_regular_file
from segue.audio.probe import Probe, probe_file

HASH_BYTES = 16  # two of 2^32 tracks share a name with a probability of about 2^-65
READ_BYTES = 1 << 18
OGG_COMMENT_PACKET = 1  # the second packet of a stream in every mapping that carries music


def content_identity(path: str | os.PathLike[str]) -> str:
    """``"<container>:<32 hex digits>"``, equal for files that differ in tags alone.

    Raises AudioError as open_audio does; stage "decode" only where samples must be hashed.
    """
    path = os.fspath(path)
    require_regular_file(path)
    with reading(), open(path, "rb", buffering=READ_BYTES) as file:
        found = probe_file(file)
        payload = _PAYLOADS.get(found.container)
        if payload:
            digest = hashlib.blake2b(digest_size=HASH_BYTES)
            n_bytes = 0
            for piece in payload(file, found, os.fstat(file.fileno()).st_size):
                digest.update(piece)
                n_bytes += len(piece)
            if n_bytes:
                return f"{found.container}:{digest.hexdigest()}"
    return f"{found.container}:{_hash_of_samples(path)}"


def _hash_of_samples(path: str) -> str:
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    with open_audio(path) as stream:
        digest.update(f"{stream.info.sample_rate_hz} {stream.info.n_channels}".encode())
        for block in stream.blocks():
            digest.update(block.tobytes())
    return digest.hexdigest()


def _between_tags(file: BinaryIO, found: Probe, n_file_bytes: int) -> Iterator[bytes]:
    yield from _pieces(file, found.offset, start_of_trailing_tags(file, n_file_bytes))


def _flac(file: BinaryIO, found: Probe, n_file_bytes: int) -> Iterator[bytes]:
    """STREAMINFO and the frames; the other metadata blocks hold tags, pictures and padding."""
    position = found.offset + 4
    last = False
    while not last:
        file.seek(position)
        header = file.read(4)
        if len(header) < 4:
            return
        n_bytes = int.from_bytes(header[1:], "big")
        if header[0] & 0x7F == 0:
            yield file.read(n_bytes)
        last = bool(header[0] & 0x80)
        position += 4 + n_bytes
    yield from _pieces(file, position, start_of_trailing_tags(file, n_file_bytes))


def _ogg(file: BinaryIO, found: Probe, n_file_bytes: int) -> Iterator[bytes]:
    """All packets but the comments; re-tagging moves pages and renumbers them, packets it leaves."""
    n_packets: dict[int, int] = {}
    end = found.offset
    for page in ogg.iter_pages(file, found.offset):
        end = page.end
        n_done = n_packets.get(page.serial, 0)
        if n_done > OGG_COMMENT_PACKET:
            yield page.payload
            continue
        start = 0
        for n_bytes in page.lacing:
            if n_done != OGG_COMMENT_PACKET:
                yield page.payload[start : start + n_bytes]
            start += n_bytes
            if n_bytes < 255:  # a shorter segment ends its packet
                n_done += 1
        n_packets[page.serial] = n_done
    # Behind damage, bytes as they are: files broken at the same early page must still differ.
    yield from _pieces(file, end, n_file_bytes)


def _riff(file: BinaryIO, found: Probe, n_file_bytes: int) -> Iterator[bytes]:
    """Format and samples; nothing where there are no samples, since a format alone names no audio."""
    wanted = {b"fmt ", b"data", b"COMM", b"SSND"}
    chunks = [c for c in riff.iter_chunks(file, found.offset, n_file_bytes) if c.name in wanted]
    if any(chunk.name in (b"data", b"SSND") and chunk.n_bytes_present > 0 for chunk in chunks):
        for chunk in chunks:
            yield from _pieces(file, chunk.offset, chunk.offset + chunk.n_bytes_present)


def _mp4(file: BinaryIO, found: Probe, n_file_bytes: int) -> Iterator[bytes]:
    """The media data boxes; tags and pictures live in the movie box, which re-tagging rewrites."""
    position = found.offset
    while position < n_file_bytes:
        file.seek(position)
        header = file.read(16)
        n_bytes, n_header_bytes = int.from_bytes(header[:4], "big"), 8
        if n_bytes == 1:
            n_bytes, n_header_bytes = int.from_bytes(header[8:16], "big"), 16
        elif n_bytes == 0:  # up to the end of the file
            n_bytes = n_file_bytes - position
        if n_bytes < n_header_bytes:
            return
        if header[4:8] == b"mdat":
            yield from _pieces(file, position + n_header_bytes, min(position + n_bytes, n_file_bytes))
        position += n_bytes


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    left = end - start
    while left > 0:
        piece = file.read(min(READ_BYTES, left))
        if not piece:
            return
        left -= len(piece)
        yield piece


_PAYLOADS: dict[str, Callable[[BinaryIO, Probe, int], Iterator[bytes]]] = {
    "mp3": _between_tags,
    "adts": _between_tags,
    "flac": _flac,
    "ogg": _ogg,
    "wav": _riff,
    "aiff": _riff,
    "mp4": _mp4,
}
