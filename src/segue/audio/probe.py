"""What a file is, told by its first bytes and never by its name.

Magic numbers after the formats' own specifications: RIFF/WAVE (Microsoft), RF64 (EBU Tech
3306), Wave64 (Sony), AIFF (Apple), FLAC (RFC 9639), Ogg (RFC 3533) with its mappings, ISO base
media (ISO 14496-12), ADTS (ISO 14496-3), ASF (Microsoft), WavPack, Monkey's Audio, EBML
(RFC 8794), CAF (Apple), AU (Sun).
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from typing import BinaryIO

from segue.audio import mpeg, ogg
from segue.audio.id3 import end_of_id3v2
from segue.errors import AudioError

HEAD_BYTES = 4096
WAVE64_GUID = bytes.fromhex("72696666 2e91cf11 a5d628db 04c10000")
ASF_GUID = bytes.fromhex("3026b275 8e66cf11 a6d900aa 0062ce6c")

# Format tags of RIFF/WAVE (Microsoft, mmreg.h); what is not here is named by its number.
WAVE_CODECS = {
    0x0001: "pcm",
    0x0002: "adpcm_ms",
    0x0003: "pcm_float",
    0x0006: "alaw",
    0x0007: "ulaw",
    0x0011: "adpcm_ima",
    0x0031: "gsm",
    0x0050: "mp2",
    0x0055: "mp3",
}
WAVE_FORMAT_EXTENSIBLE = 0xFFFE

AIFC_CODECS = {
    **dict.fromkeys((b"NONE", b"twos", b"sowt", b"in24", b"in32", b"raw "), "pcm"),
    **dict.fromkeys((b"fl32", b"FL32", b"fl64", b"FL64"), "pcm_float"),
    b"ulaw": "ulaw",
    b"alaw": "alaw",
    b"ima4": "adpcm_ima",
}
CAF_CODECS = {b"lpcm": "pcm", b"alac": "alac", b"ulaw": "ulaw", b"alaw": "alaw", b"aac ": "aac"}
AU_CODECS = {
    b"\x01": "ulaw",
    **dict.fromkeys((b"\x02", b"\x03", b"\x04", b"\x05"), "pcm"),
    **dict.fromkeys((b"\x06", b"\x07"), "pcm_float"),
    b"\x1b": "alaw",
}


@dataclass(frozen=True, slots=True)
class Probe:
    """Container, codec (None where only a decoder can tell) and where the audio begins.

    ``offset`` is the first byte of the container itself, behind ID3v2 tags or junk. ``begins_early``: an
    Opus stream whose first audio lies before its position zero, which not every decoder takes.
    """

    container: str
    codec: str | None
    offset: int = 0
    begins_early: bool = False


def probe(path: str) -> Probe:
    """What the file at ``path`` is. AudioError(stage "probe") where it is no audio known here.

    Raises OSError where the file cannot be read; open_audio makes sentences of those.
    """
    with open(path, "rb") as file:
        return probe_file(file)


def probe_file(file: BinaryIO) -> Probe:
    """As probe, for a file already open; its position afterwards is undefined."""
    start = end_of_id3v2(file)
    file.seek(start)
    head = file.read(HEAD_BYTES)
    found = _by_magic(head, start) or _mpeg(file, start)
    if found is None and start:
        found = _mpeg(file, 0)  # a tag that lies about its length
    if found is None:
        raise _no_audio(head, start)
    if (found.container, found.codec) == ("ogg", "opus") and ogg.opus_begins_early(file, found.offset):
        return replace(found, begins_early=True)
    return found


def _by_magic(head: bytes, start: int) -> Probe | None:
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return Probe("wav" if head[:4] == b"RIFF" else "rf64", _wave_codec(head), start)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Probe("aiff", _aiff_codec(head), start)
    if head[:4] == b"OggS":
        return Probe("ogg", _ogg_codec(head), start)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") and head[8:12] not in (b"heic", b"avif"):
        return Probe("mp4", None, start)
    for magic, container, codec in (
        (b"fLaC", "flac", "flac"),
        (WAVE64_GUID, "w64", None),
        (ASF_GUID, "asf", None),
        (b"wvpk", "wavpack", "wavpack"),
        (b"MAC ", "ape", "ape"),
        (b"\x1a\x45\xdf\xa3", "matroska", None),
        (b"caff", "caf", CAF_CODECS.get(head[28:32]) or _named("caf", head[28:32])),
        (b".snd", "au", AU_CODECS.get(head[15:16]) or _named("au", head[15:16].hex().encode())),
    ):
        if head.startswith(magic):
            return Probe(container, codec, start)
    return None


def _wave_codec(head: bytes) -> str | None:
    position = 12
    while position + 26 <= len(head):
        n_bytes = int.from_bytes(head[position + 4 : position + 8], "little")
        if head[position : position + 4] == b"fmt ":
            tag = int.from_bytes(head[position + 8 : position + 10], "little")
            if tag == WAVE_FORMAT_EXTENSIBLE:  # the real tag begins the subformat's GUID
                tag = int.from_bytes(head[position + 32 : position + 34], "little")
            return WAVE_CODECS.get(tag, f"wave_0x{tag:04x}")
        position += 8 + n_bytes + n_bytes % 2
    return None


def _aiff_codec(head: bytes) -> str | None:
    if head[8:12] == b"AIFF":
        return "pcm"
    position = head.find(b"COMM")
    kind = head[position + 26 : position + 30] if position > 0 else b""
    return AIFC_CODECS.get(kind) or _named("aifc", kind)


def _named(container: str, code: bytes) -> str | None:
    """A name for a codec that has none here, or None where the file is too short to tell one."""
    text = code.decode("ascii", "replace").strip()
    return f"{container}_{text}" if text.isalnum() else None


def _ogg_codec(head: bytes) -> str | None:
    position = 0
    while head[position : position + 4] == b"OggS" and position + 27 <= len(head):
        n_segments = head[position + 26]
        lacing = head[position + 27 : position + 27 + n_segments]
        packet = position + 27 + n_segments
        for magic, codec in ogg.CODECS:
            if head.startswith(magic, packet):
                return codec
        position = packet + sum(lacing)  # a video stream may come first
    return None


def _mpeg(file: BinaryIO, start: int) -> Probe | None:
    """MP3 and its elder layers, or AAC in ADTS frames: both are told by a chain of headers."""
    file.seek(start)
    data = file.read(mpeg.SEARCH_BYTES)
    whole = len(data) < mpeg.SEARCH_BYTES
    if _adts_chain_holds(data):
        return Probe("adts", "aac", start)
    found = mpeg.find_first_frame(data, whole)
    if found is None:
        kind = mpeg.frame_kind(data[: mpeg.HEADER_BYTES])
        if not (start and kind and whole):
            return None
        found = 0, kind  # behind a tag, one frame cut off is still an MP3
    offset, kind = found
    return Probe("mp3", f"mp{kind.layer}", start + offset)


def _adts_chain_holds(data: bytes, n_frames: int = 3) -> bool:
    position = 0
    for n_found in range(n_frames):
        header = data[position : position + 7]
        if n_found and not header:
            return True
        # Twelve bits of sync, layer 0, a sampling rate that exists.
        if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
            return False
        n_bytes = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
        if n_bytes < 7:
            return False
        position += n_bytes
    return True


def _no_audio(head: bytes, start: int) -> AudioError:
    """Return the error that says what the file is instead."""
    if start and not head:
        return AudioError(
            "The file ends behind its ID3 tag: there is no audio in it.", "probe", code="audio-tag-alone"
        )
    if head and all(byte >= 32 or byte in b"\t\n\r\f" for byte in head):
        try:
            # Incremental: the head may end within a character.
            codecs.getincrementaldecoder("utf-8")().decode(head[:1024])
        except UnicodeDecodeError:
            pass
        else:
            return AudioError("The file is text, not audio.", "probe", code="audio-is-text")
    return AudioError("The file is no kind of audio that segue knows.", "probe", code="audio-unknown-format")
