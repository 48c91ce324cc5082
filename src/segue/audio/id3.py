"""Where tags in ID3v2, ID3v1, APEv2 and Lyrics3 lie around the audio of a file.

Layouts after the ID3v2.4 structure document (Nilsson, 2000), the APEv2 specification
(Hydrogenaudio) and Lyrics3 v2.00 (Strnberg, 1998). Only positions matter here; what the tags
say is for segue.audio.tags.
"""

from __future__ import annotations

from typing import BinaryIO

ID3V2_HEADER_BYTES = 10
ID3V1_BYTES = 128
APE_FOOTER_BYTES = 32


def end_of_id3v2(file: BinaryIO, start: int = 0) -> int:
    """Offset of the first byte behind the ID3v2 tags that begin at ``start``, however many."""
    while True:
        file.seek(start)
        n_bytes = id3v2_length(file.read(ID3V2_HEADER_BYTES))
        if not n_bytes:
            return start
        start += n_bytes


def id3v2_length(header: bytes) -> int:
    """Length of the ID3v2 tag these ten bytes begin, footer included; 0 where they begin none."""
    if len(header) < ID3V2_HEADER_BYTES or header[:3] != b"ID3" or header[3] == 0xFF or header[4] == 0xFF:
        return 0
    if any(byte & 0x80 for byte in header[6:10]):
        return 0
    n_bytes = 0
    for byte in header[6:10]:  # four times seven bits
        n_bytes = n_bytes << 7 | byte
    has_footer = header[3] >= 4 and header[5] & 0x10
    return n_bytes + ID3V2_HEADER_BYTES * (2 if has_footer else 1)


def start_of_trailing_tags(file: BinaryIO, n_bytes: int) -> int:
    """Offset where the tags at the end of a file of ``n_bytes`` begin; ``n_bytes`` without any."""
    end = n_bytes
    while (start := _start_of_last_tag(file, end)) < end:
        end = start
    return end


def _start_of_last_tag(file: BinaryIO, end: int) -> int:
    tail = _read_before(file, end, ID3V1_BYTES)
    if len(tail) == ID3V1_BYTES and tail[:3] == b"TAG":
        return end - ID3V1_BYTES
    if tail[-APE_FOOTER_BYTES:][:8] == b"APETAGEX":
        footer = tail[-APE_FOOTER_BYTES:]
        n_bytes = int.from_bytes(footer[12:16], "little")  # items and footer
        if int.from_bytes(footer[20:24], "little") & 0x8000_0000:
            n_bytes += APE_FOOTER_BYTES  # a header too
        return end - n_bytes if APE_FOOTER_BYTES <= n_bytes <= end else end
    if tail.endswith(b"LYRICS200") and tail[-15:-9].isdigit():
        n_bytes = int(tail[-15:-9]) + 15
        return end - n_bytes if n_bytes <= end else end
    if tail[-10:-7] == b"3DI":  # an ID3v2.4 tag written at the end, found by its footer
        n_bytes = id3v2_length(b"ID3" + tail[-7:])
        return end - n_bytes if 0 < n_bytes <= end else end
    return end


def _read_before(file: BinaryIO, end: int, n_bytes: int) -> bytes:
    file.seek(max(0, end - n_bytes))
    return file.read(min(n_bytes, end))
