"""Frames of MPEG audio (MP1, MP2, MP3): where they lie, how many, and what lies between them.

Walking the frame headers costs about a hundredth of decoding and tells what decoders guess at:
the true length of variable-bitrate files without a Xing header, stretches of garbage, and a
last frame cut off. Header layout after ISO/IEC 11172-3 and 13818-3; the Xing/Info and LAME
fields after the "Mp3 Info Tag" description (Xing; LAME revision 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

HEADER_BYTES = 4
CHUNK_BYTES = 1 << 20
SEARCH_BYTES = 1 << 17  # how much junk may lie before the first frame

# kbit/s by (MPEG-1?, layer), for bitrate indices 1 to 14.
_KBITS = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


@dataclass(frozen=True, slots=True)
class FrameKind:
    """What all frames of one file share."""

    version: int  # the header's two bits: 3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5
    layer: int
    sample_rate_hz: int
    n_channels: int

    @property
    def samples_per_frame(self) -> int:
        if self.layer == 1:
            return 384
        return 576 if self.layer == 3 and self.version != 3 else 1152

    @property
    def info_offset(self) -> int:
        """Where a Xing or Info tag stands in a frame: behind header and side information."""
        if self.version == 3:
            return HEADER_BYTES + (17 if self.n_channels == 1 else 32)
        return HEADER_BYTES + (9 if self.n_channels == 1 else 17)


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes between frames that are no frames, and how many frames came before them."""

    offset: int
    n_bytes: int
    n_frames_before: int


@dataclass(frozen=True, slots=True)
class FrameMap:
    """What walking a file's frames found; offsets count from the start of the file.

    ``n_mpeg_frames`` leaves out the Xing/Info frame, which holds no audio.
    """

    kind: FrameKind
    start: int
    end: int  # behind the last whole frame
    n_mpeg_frames: int
    info: XingInfo | None
    gaps: tuple[Gap, ...]
    one_size: bool  # all frames alike up to padding: constant bitrate
    cut_off: bool  # a last frame begins but does not end


@dataclass(frozen=True, slots=True)
class XingInfo:
    """The Xing, Info or LAME tag in a first frame of ``n_bytes``; lengths in samples or MPEG frames."""

    n_bytes: int
    n_mpeg_frames: int | None
    delay: int
    padding: int


@cache
def frame_sizes(kind: FrameKind) -> dict[int, int]:
    """Bytes of a frame by its header's second and third byte (as ``b1 << 8 | b2``)."""
    sizes = {}
    for index, kbits in enumerate(_KBITS[kind.version == 3, kind.layer], start=1):
        for low_bits in range(2 * 2 * 2):
            unprotected, padded, private = low_bits & 1, low_bits >> 1 & 1, low_bits >> 2
            rate_index = _RATES_HZ[kind.version].index(kind.sample_rate_hz)
            second = 0xE0 | kind.version << 3 | (4 - kind.layer) << 1 | unprotected
            third = index << 4 | rate_index << 2 | padded << 1 | private
            slot_bytes = 4 if kind.layer == 1 else 1
            n_slots = kind.samples_per_frame // 8 * kbits * 1000 // kind.sample_rate_hz // slot_bytes
            sizes[second << 8 | third] = (n_slots + padded) * slot_bytes
    return sizes


def frame_kind(header: bytes) -> FrameKind | None:
    """What a frame header says, or None where these four bytes are none (free format counts as none)."""
    if len(header) < HEADER_BYTES or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate_index, bitrate_index = header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or layer == 4 or rate_index == 3 or bitrate_index in (0, 15):
        return None
    return FrameKind(version, layer, _RATES_HZ[version][rate_index], 1 if header[3] >> 6 == 3 else 2)


def find_first_frame(data: bytes, whole: bool) -> tuple[int, FrameKind] | None:
    """Offset and kind of the first frame in ``data``, or None.

    A header counts when more of its kind follow at the distances it tells. Where ``data`` is the ``whole`` rest of
    the file, running into its end after a frame will do, for one that stands at its beginning.
    """
    position = data.find(b"\xff")
    while 0 <= position <= len(data) - HEADER_BYTES:
        kind = frame_kind(data[position : position + HEADER_BYTES])
        if kind and _chain_holds(data, position, kind, whole, _frames_to_confirm(kind, position)):
            return position, kind
        position = data.find(b"\xff", position + 1)
    return None


def _frames_to_confirm(kind: FrameKind, position: int) -> int:
    """How many frames must follow one: programs hold chains of small ones, of layer I above all, which is rare as music."""
    if kind.layer == 1:
        return 16
    return 4 if position else 2


def _chain_holds(data: bytes, position: int, kind: FrameKind, whole: bool, confirm: int) -> bool:
    sizes = frame_sizes(kind)
    for n_found in range(confirm + 1):
        header = data[position : position + HEADER_BYTES]
        if n_found and (len(header) < HEADER_BYTES or header[:3] == b"TAG"):
            # One frame that is cut off proves nothing: random bytes look like one often enough.
            return whole and (n_found > 1 or position <= len(data))
        if frame_kind(header) != kind:
            return False
        position += sizes[header[1] << 8 | header[2]]
    return True


def walk_frames(file: BinaryIO, start: int, end: int) -> FrameMap | None:
    """The frames between two offsets of a file, read once in chunks; None where none is whole.

    ``end`` is where tags begin or the file ends. The first frame sets the kind; frames of
    another kind count as garbage, which is how a decoder would take them.
    """
    file.seek(start)
    found = find_first_frame(file.read(SEARCH_BYTES), whole=start + SEARCH_BYTES >= end)
    if found is None:
        return None
    first, kind = start + found[0], found[1]
    file.seek(first)
    info = _xing_info(file.read(max(frame_sizes(kind).values())), kind)
    gaps: list[Gap] = []
    n_frames, smallest, largest = 0, 1 << 30, 0
    position = first
    cut_off = False
    for piece in _pieces(file, first, end, kind):
        if piece.gap_bytes:
            gaps.append(Gap(position, piece.gap_bytes, n_frames))
            position += piece.gap_bytes
        n_frames += piece.n_frames
        position += piece.n_bytes
        smallest, largest = min(smallest, piece.smallest), max(largest, piece.largest)
        cut_off = piece.cut_off
    if info:
        n_frames -= 1
    if n_frames <= 0:
        return None
    return FrameMap(
        kind,
        first,
        position,
        n_frames,
        info,
        tuple(gaps),
        one_size=largest - smallest <= (4 if kind.layer == 1 else 1),
        cut_off=cut_off,
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of frames and the garbage before it."""

    gap_bytes: int
    n_frames: int
    n_bytes: int
    smallest: int
    largest: int
    cut_off: bool


def _pieces(file: BinaryIO, start: int, end: int, kind: FrameKind) -> Iterator[_Piece]:
    sizes = frame_sizes(kind)
    longest = max(sizes.values())
    file.seek(start)
    data, position, left = b"", 0, end - start
    gap_bytes = 0
    while True:
        if left and len(data) - position < 2 * longest + HEADER_BYTES:
            chunk = file.read(min(CHUNK_BYTES, left))
            left = left - len(chunk) if chunk else 0
            data, position = data[position:] + chunk, 0
        n_data = len(data)
        run_start, n_frames, smallest, largest = position, 0, 1 << 30, 0
        while position <= n_data - HEADER_BYTES:
            size = sizes.get(data[position + 1] << 8 | data[position + 2], 0)
            if not size or data[position] != 0xFF or position + size > n_data:
                break
            n_frames += 1
            position += size
            if size < smallest:
                smallest = size
            if size > largest:
                largest = size
        at_frame = frame_kind(data[position : position + HEADER_BYTES]) == kind
        if n_frames:
            n_bytes = position - run_start
            yield _Piece(gap_bytes, n_frames, n_bytes, smallest, largest, cut_off=at_frame and not left)
            gap_bytes = 0
        if at_frame or n_data - position < HEADER_BYTES:
            if left:
                continue
            return
        skip = _next_frame(data, position + 1, kind, whole=not left)
        if skip is None:
            if not left:
                return  # what follows the last frame is no audio and no damage
            skip = max(position, n_data - 2 * longest)
        gap_bytes += skip - position
        position = skip


def _next_frame(data: bytes, position: int, kind: FrameKind, whole: bool) -> int | None:
    position = data.find(b"\xff", position)
    while 0 <= position <= len(data) - HEADER_BYTES:
        if frame_kind(data[position : position + HEADER_BYTES]) == kind and _chain_holds(
            data, position, kind, whole, confirm=1
        ):
            return position
        position = data.find(b"\xff", position + 1)
    return None


def _xing_info(frame: bytes, kind: FrameKind) -> XingInfo | None:
    tag = frame[kind.info_offset :]
    if kind.layer != 3 or tag[:4] not in (b"Xing", b"Info"):
        return None
    flags = int.from_bytes(tag[4:8], "big")
    n_frames = int.from_bytes(tag[8:12], "big") if flags & 1 else None
    delay = padding = 0
    # Fields present by flag: frames 4, bytes 4, table of contents 100, quality 4 bytes.
    lame = tag[8 + 4 * (flags & 1) + 2 * (flags & 2) + 25 * (flags & 4) + (flags & 8) // 2 :]
    if lame[:4] in (b"LAME", b"Lavc", b"Lavf") and len(lame) >= 24:
        delay, padding = lame[21] << 4 | lame[22] >> 4, (lame[22] & 15) << 8 | lame[23]
    n_bytes = frame_sizes(kind)[frame[1] << 8 | frame[2]]
    return XingInfo(n_bytes, n_frames, delay, padding)
