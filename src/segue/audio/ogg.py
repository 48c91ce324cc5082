"""Pages of Ogg files (RFC 3533): how a file ends, and what its packets carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

PAGE_HEADER_BYTES = 27
MAX_PAGE_BYTES = 27 + 255 + 255 * 255
FLAG_LAST = 4


@dataclass(frozen=True, slots=True)
class Page:
    """One page; ``lacing`` holds the segment lengths that cut ``payload`` into packets.

    ``end`` is the offset in the file right behind the page.
    """

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
