"""Pages of Ogg files rewritten for tests: other positions, with the checksum set right or left wrong."""

from __future__ import annotations

from collections.abc import Iterator

HEADER_BYTES = 27
POLYNOMIAL = 0x04C1_1DB7  # RFC 3533


def pages(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each page begins, and the granule position it claims."""
    position = 0
    while data[position : position + 4] == b"OggS":
        yield position, int.from_bytes(data[position + 6 : position + 14], "little", signed=True)
        position += page_bytes(data, position)


def page_bytes(data: bytes, position: int) -> int:
    lacing = data[position + HEADER_BYTES : position + HEADER_BYTES + data[position + 26]]
    return HEADER_BYTES + len(lacing) + sum(lacing)


def with_granule(data: bytes, position: int, granule: int, *, seal: bool = True) -> bytes:
    """The file with another granule position on the page at ``position``."""
    end = position + page_bytes(data, position)
    page = bytearray(data[position:end])
    page[6:14] = granule.to_bytes(8, "little", signed=True)
    if seal:
        page[22:26] = bytes(4)
        page[22:26] = checksum(page).to_bytes(4, "little")
    return data[:position] + bytes(page) + data[end:]


def checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ (POLYNOMIAL if value & 0x8000_0000 else 0)
        value &= 0xFFFF_FFFF
    return value
