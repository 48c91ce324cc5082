"""Pages of Ogg files (RFC 3533): how a file begins and ends, and what its packets carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

PAGE_HEADER_BYTES = 27
MAX_PAGE_BYTES = 27 + 255 + 255 * 255
FLAG_LAST = 4
OPUS_RATE_HZ = 48_000  # what Opus counts in, whatever its samples came from

# How the first packet of a stream begins, and what it is then.
CODECS = (
    (b"\x01vorbis", "vorbis"),
    (b"OpusHead", "opus"),
    (b"\x7fFLAC", "flac"),
    (b"Speex   ", "speex"),
)

# Samples at 48 kHz in one frame of an Opus packet, by the five bits that tell (RFC 6716, section 3.1).
_OPUS_FRAME = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
_OPUS_HEADER_PACKETS = 2


@dataclass(frozen=True, slots=True)
class Page:
    """One page; ``lacing`` holds the segment lengths that cut ``payload`` into packets.

    ``granule`` is the position in the audio at which the last packet that ends on the page does, -1 where
    none does. ``end`` is the offset in the file right behind the page.
    """

    flags: int
    granule: int
    serial: int
    lacing: bytes
    payload: bytes
    end: int


def iter_pages(file: BinaryIO, start: int = 0) -> Iterator[Page]:
    """The pages from ``start`` up to the first thing that is no whole page."""
    file.seek(start)
    while True:
        header = file.read(PAGE_HEADER_BYTES)
        if len(header) < PAGE_HEADER_BYTES or header[:4] != b"OggS":
            return
        lacing = file.read(header[26])
        payload = file.read(sum(lacing))
        if len(payload) < sum(lacing):
            return
        start += len(header) + len(lacing) + len(payload)
        yield Page(
            flags=header[5],
            granule=_granule(header),
            serial=int.from_bytes(header[14:18], "little"),
            lacing=lacing,
            payload=payload,
            end=start,
        )


def ends_properly(file: BinaryIO, n_file_bytes: int) -> bool:
    """True where the last page of the file is whole and marked as its stream's last."""
    file.seek(max(0, n_file_bytes - MAX_PAGE_BYTES))
    tail = file.read(MAX_PAGE_BYTES)
    position = tail.rfind(b"OggS")
    header = tail[position : position + PAGE_HEADER_BYTES]
    if position < 0 or len(header) < PAGE_HEADER_BYTES or not header[5] & FLAG_LAST:
        return False
    lacing = tail[position + PAGE_HEADER_BYTES : position + PAGE_HEADER_BYTES + header[26]]
    return len(tail) >= position + PAGE_HEADER_BYTES + header[26] + sum(lacing)


def opus_begins_early(file: BinaryIO, start: int) -> bool:
    """Return whether the first audio of an Opus stream lies before its position zero.

    What is cut out of a longer stream may begin so. RFC 7845 (section 4.5) calls it invalid unless the stream ends
    there, and libsndfile refuses it; FFmpeg plays it.
    """
    serial = None
    n_packets, n_samples = 0, 0
    unfinished = b""  # of a packet, the two bytes that tell how long it lasts
    for page in iter_pages(file, start):
        if serial is None:
            serial = page.serial if page.payload.startswith(b"OpusHead") else None
        if page.serial != serial:
            continue
        position = 0
        for n_bytes in page.lacing:
            unfinished = (unfinished + page.payload[position : position + min(n_bytes, 2)])[:2]
            position += n_bytes
            if n_bytes < 255:  # a shorter segment ends its packet
                n_samples += _opus_samples(unfinished) if n_packets >= _OPUS_HEADER_PACKETS else 0
                n_packets += 1
                unfinished = b""
        if n_samples and page.granule != -1:
            return page.granule < n_samples and not page.flags & FLAG_LAST
    return False


def claimed_length(file: BinaryIO, start: int, n_file_bytes: int) -> int | None:
    """Return how far the last page of the first audio stream claims to lie behind its first with audio.

    In samples, as the codec counts them; None where there are no two such pages. The whole is a page longer.
    """
    serial = first = None
    for page in iter_pages(file, start):
        if serial is None:
            serial = page.serial if page.payload.startswith(tuple(magic for magic, _ in CODECS)) else None
        elif page.serial == serial and page.granule > 0:
            first = page
            break
    if first is None:
        return None
    file.seek(max(first.end, n_file_bytes - MAX_PAGE_BYTES))
    tail = file.read(MAX_PAGE_BYTES)
    position = len(tail)
    while (position := tail.rfind(b"OggS", 0, position)) >= 0:
        header = tail[position : position + PAGE_HEADER_BYTES]
        if len(header) == PAGE_HEADER_BYTES and int.from_bytes(header[14:18], "little") == serial:
            if (last := _granule(header)) > 0:
                return max(0, last - first.granule)
    return None


def _granule(header: bytes) -> int:
    return int.from_bytes(header[6:14], "little", signed=True)


def _opus_samples(packet: bytes) -> int:
    """Return how long the packet lasts that begins with these two bytes, in samples at 48 kHz (RFC 6716, section 3)."""
    if not packet:
        return 0
    code = packet[0] & 3
    n_frames = (1, 2, 2)[code] if code < 3 else packet[1] & 63 if len(packet) > 1 else 0
    return n_frames * _OPUS_FRAME[packet[0] >> 3]
