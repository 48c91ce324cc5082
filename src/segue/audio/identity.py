"""What a file is without listening to it: an identity of its audio, its tags, and how the audio lies in it.

The identity survives renaming, moving and re-tagging. It is a hash over the bytes that carry audio, so computing it
costs little more than reading the file. Where tags lie among the audio in ways not known here, the decoded samples
are hashed instead: the same identity on every run, at the price of decoding.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from segue.audio import ogg, riff
from segue.audio.id3 import start_of_trailing_tags
from segue.audio.layout import Layout, layout_of
from segue.audio.open import open_audio, reading, require_regular_file
from segue.audio.probe import Probe, probe_file
from segue.audio.tags import tags_in
from segue.types import Tags

HASH_BYTES = 16  # two of 2^32 tracks share an identity with a probability of about 2^-65
READ_BYTES = 1 << 16
OGG_COMMENT_PACKET = 1  # the second packet of a stream in every mapping that carries music


@dataclass(frozen=True, slots=True)
class Identified:
    """What reading a file once tells, without decoding it.

    ``identity`` is ``"<container>:<32 hex digits>"``, equal for files that differ in tags alone; ``layout`` is for
    `segue.audio.open.open_audio`, which then need not read for it again.
    """

    identity: str
    tags: Tags
    layout: Layout


def identify(path: str | os.PathLike[str]) -> Identified:
    """Return a file's identity, tags and layout, having opened it once and read it once.

    Raises AudioError as open_audio does; stage "decode" only where samples must be hashed.
    """
    path = os.fspath(path)
    require_regular_file(path)
    with reading(), open(path, "rb", buffering=READ_BYTES) as file:
        found = probe_file(file)
        layout, digest = _read(file, found)
        tags = tags_in(file)
    return Identified(f"{found.container}:{digest or _hash_of_samples(path, layout)}", tags, layout)


def _read(file: BinaryIO, found: Probe) -> tuple[Layout, str | None]:
    """The layout, and the hash of the bytes that carry audio; None where these cannot be told from others."""
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    n_file_bytes = file.seek(0, os.SEEK_END)
    if found.container == "mp3":  # walking the frames reads what is hashed
        start, end = found.offset, start_of_trailing_tags(file, n_file_bytes)
        hashed = _Hashed(file, digest.update, start, end)
        layout = layout_of(cast(BinaryIO, hashed), found)
        hashed.finish()
        return layout, digest.hexdigest() if end > start else None
    layout = layout_of(file, found)
    n_bytes = 0
    if payload := _PAYLOADS.get(found.container):
        for piece in payload(file, found, n_file_bytes):
            digest.update(piece)
            n_bytes += len(piece)
    return layout, digest.hexdigest() if n_bytes else None


class _Hashed(io.RawIOBase):
    """A file whose bytes between ``start`` and ``end`` are hashed in order, each once, as somebody reads it."""

    def __init__(
        self, file: BinaryIO, update: Callable[[bytes | memoryview], object], start: int, end: int
    ) -> None:
        super().__init__()
        self._file, self._update = file, update
        self._next, self._end = start, end  # what is hashed next, and where that ends

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        start = self._file.tell()
        data = self._file.read(size)
        if start <= self._next < start + len(data):
            until = min(start + len(data), self._end)
            self._update(memoryview(data)[self._next - start : max(0, until - start)])
            self._next = max(self._next, until)
        return data

    def finish(self) -> None:
        """Hash what nobody read."""
        for piece in _pieces(self._file, self._next, self._end):
            self._update(piece)


def _hash_of_samples(path: str, layout: Layout) -> str:
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    with open_audio(path, layout) as stream:
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
    "adts": _between_tags,
    "flac": _flac,
    "ogg": _ogg,
    "wav": _riff,
    "aiff": _riff,
    "mp4": _mp4,
}
