"""An MP3 as it should have been: its frames without the garbage between them, told how many.

libmpg123 gives up in garbage and, without a Xing header, guesses the length of a
variable-bitrate file from its first frames and stops there, which may lose half the music.
Such files are decoded through a SplicedMpeg: the same frames, laid end to end, with an Info
header in front where the file has none that can be trusted.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from segue.audio.mpeg import FrameKind, FrameMap, frame_sizes

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Flags of a Xing/Info tag: number of frames, number of bytes.
_HAS_FRAMES_AND_BYTES = 3


def needs_splice(frames: FrameMap) -> bool:
    """True where a decoder left to itself would stop early or trip."""
    if frames.kind.layer != 3:
        return False
    return bool(frames.gaps) or _wants_header(frames)


def _wants_header(frames: FrameMap) -> bool:
    declared = frames.info.n_mpeg_frames if frames.info else None
    if declared is None:
        return not frames.one_size
    return declared < frames.n_mpeg_frames


class SplicedMpeg(io.RawIOBase):
    """A readable, seekable file of the frames a FrameMap lists; closes the file it reads from."""

    def __init__(self, file: BinaryIO, frames: FrameMap) -> None:
        super().__init__()
        self._file = file
        self._position = 0
        self._parts = _parts(frames)  # (start in this file, offset in the real one, length)
        self._head = b""
        if _wants_header(frames):
            self._head = _info_frame(frames.kind, frames.n_mpeg_frames, sum(n for _, _, n in self._parts))
        self._parts = [(start + len(self._head), offset, n) for start, offset, n in self._parts]
        last_start, _, last_bytes = self._parts[-1]
        self._n_bytes = last_start + last_bytes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._n_bytes}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        n_read = 0
        while n_read < len(view):
            piece = self._read_piece(len(view) - n_read)
            if not piece:
                break
            view[n_read : n_read + len(piece)] = piece
            n_read += len(piece)
            self._position += len(piece)
        return n_read

    def close(self) -> None:
        self._file.close()
        super().close()

    def _read_piece(self, n_bytes: int) -> bytes:
        if self._position < len(self._head):
            return self._head[self._position : self._position + n_bytes]
        for start, offset, length in self._parts:
            into = self._position - start
            if 0 <= into < length:
                self._file.seek(offset + into)
                return self._file.read(min(n_bytes, length - into))
        return b""


def _parts(frames: FrameMap) -> list[tuple[int, int, int]]:
    """Runs of whole frames; a first frame that holds an Info tag to be replaced is left out."""
    start = frames.start
    if frames.info and _wants_header(frames):
        start += frames.info.n_bytes
    parts, position = [], 0
    for gap in frames.gaps:
        parts.append((position, start, gap.offset - start))
        position += gap.offset - start
        start = gap.offset + gap.n_bytes
    parts.append((position, start, frames.end - start))
    return parts


def _info_frame(kind: FrameKind, n_frames: int, n_bytes: int) -> bytes:
    """A silent frame of the kind given whose Xing tag declares the length of what follows."""
    size, key = max((size, key) for key, size in frame_sizes(kind).items() if key >> 8 & 1)
    channel_mode = 0xC0 if kind.n_channels == 1 else 0x00
    frame = bytearray(size)
    frame[:4] = bytes((0xFF, key >> 8, key & 0xFF, channel_mode))
    numbers = (_HAS_FRAMES_AND_BYTES, n_frames, min(n_bytes + size, 0xFFFF_FFFF))
    tag = b"Xing" + b"".join(number.to_bytes(4, "big") for number in numbers)
    frame[kind.info_offset : kind.info_offset + len(tag)] = tag
    return bytes(frame)
