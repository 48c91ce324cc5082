"""Recordings into files: four formats, tags, and the same bytes every time."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import soundfile

from sound import SAMPLE_RATE_HZ

SUBTYPES = {"FLAC": "PCM_16", "OGG": "VORBIS", "MP3": "MPEG_LAYER_III", "WAV": "PCM_16"}
FORMATS = tuple(SUBTYPES)
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def write_track(path: Path, audio: np.ndarray, tags: dict[str, str]) -> None:
    """Write ``(n_channels, n)`` float audio in the format the suffix names, with tags by libsndfile's names.

    Raises :class:`soundfile.LibsndfileError` where the file cannot be written.
    """
    kind = path.suffix[1:].upper()
    with soundfile.SoundFile(
        path, "w", SAMPLE_RATE_HZ, len(audio), subtype=SUBTYPES[kind], format=kind
    ) as file:
        for name, value in tags.items():
            setattr(file, name, value)
        file.write(audio.T)
    if kind == "OGG":
        path.write_bytes(with_serial_number(path.read_bytes(), 1))


def with_serial_number(ogg: bytes, serial: int) -> bytes:
    """An Ogg stream under another serial number; libsndfile draws one from the clock.

    Each page (RFC 3533, section 6) carries the number at byte 14 and its checksum at byte 22.
    """
    out, start = bytearray(ogg), 0
    while start < len(out):
        n_segments = out[start + 26]
        end = start + 27 + n_segments + sum(out[start + 27 : start + 27 + n_segments])
        out[start + 14 : start + 18] = serial.to_bytes(4, "little")
        out[start + 22 : start + 26] = bytes(4)
        out[start + 22 : start + 26] = _checksum(bytes(out[start:end])).to_bytes(4, "little")
        start = end
    return bytes(out)


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32: zlib's polynomial with the bits of every byte the other way round, starting from 0."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
