"""Decodes what libsndfile can: WAV, AIFF, FLAC, Ogg Vorbis, Opus, MP3 and their kin.

Files are read forwards only. soundfile's own read() seeks after every block, which costs up to
a tenth of decoding and hides holes in damaged Ogg files behind silence.
"""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

from segue.audio import mpeg_splice
from segue.audio.layout import Layout
from segue.audio.mpeg import FrameMap
from segue.audio.probe import Probe
from segue.audio.quiet import quiet_stderr
from segue.audio.stream import BLOCK_FRAMES, AudioInfo
from segue.errors import AudioError

if TYPE_CHECKING:
    import numpy as np
    import soundfile

name = "soundfile"

# What libsndfile calls our containers and codecs.
_FORMATS = {
    "wav": "WAV",
    "rf64": "RF64",
    "w64": "W64",
    "aiff": "AIFF",
    "flac": "FLAC",
    "ogg": "OGG",
    "mp3": "MP3",
    "caf": "CAF",
    "au": "AU",
}
_SUBTYPES = {
    "pcm": "PCM_16",
    "pcm_float": "FLOAT",
    "ulaw": "ULAW",
    "alaw": "ALAW",
    "adpcm_ms": "MS_ADPCM",
    "adpcm_ima": "IMA_ADPCM",
    "gsm": "GSM610",
    "alac": "ALAC_16",
    "flac": "PCM_16",
    "vorbis": "VORBIS",
    "opus": "OPUS",
    "mp1": "MPEG_LAYER_I",
    "mp2": "MPEG_LAYER_II",
    "mp3": "MPEG_LAYER_III",
}
# What libsndfile says of its own insides, by its error numbers, in words about the file.
_IN_OUR_WORDS = {
    12: "it ends before it says how the audio is kept",
    24: "it declares no sampling rate or no channels",
    32: "it declares no channels",
    156: "there is no memory for decoding FLAC",
    157: "there is no memory for decoding FLAC",
    161: "the FLAC frames are damaged",
}
_PREFIX = re.compile(r"^Error( in [^.,]* file)?\s*[:.,]\s*")
# Other talk of its insides says nothing about a file.
_INSIDES = re.compile(r"internal|struct|pointer|psf_|malloc|karma|cryptic|misconfigured|error number", re.I)
_FLAC_MAX_FRAMES = 1 << 36  # STREAMINFO counts in 36 bits; libsndfile says more for "unknown"


def version() -> str:
    """Versions of soundfile and of the libsndfile it found."""
    import soundfile

    return f"soundfile {soundfile.__version__}, libsndfile {soundfile.__libsndfile_version__}"


def can_decode(probe: Probe) -> bool:
    """True where libsndfile says it knows this container with this codec."""
    format_name = _FORMATS.get(probe.container)
    if format_name is None or probe.begins_early:  # libsndfile calls these malformed
        return False
    subtypes = _subtypes(format_name)
    if probe.codec is None:
        return bool(subtypes)
    return _SUBTYPES.get(probe.codec) in subtypes


@cache
def _subtypes(format_name: str) -> frozenset[str]:
    import soundfile

    if format_name not in soundfile.available_formats():
        return frozenset()
    return frozenset(soundfile.available_subtypes(format_name))


def open_source(path: str, layout: Layout) -> SoundFileSource:
    """Return the file as blocks. Raises AudioError(stage "decode") where libsndfile cannot make sense of it."""
    if layout.probe.container == "mp3" and layout.frames is None:
        raise AudioError("Not one whole MPEG frame is left of the file.", "decode", code="audio-no-frames")
    return SoundFileSource(path, layout)


class SoundFileSource:
    """One file being read forwards through libsndfile."""

    def __init__(self, path: str, layout: Layout) -> None:
        probe, frames = layout.probe, layout.frames
        # Only libmpg123 is talkative, and only it is worth the redirection.
        self._quiet = quiet_stderr if probe.codec in ("mp1", "mp2", "mp3") else nullcontext
        self._error: AudioError | None = None
        self._bytes = _open_bytes(path, probe, frames)
        with self._quiet():
            self._file = _open_forward(path, self._bytes)
        self.known_damage = _known_damage(frames)
        self.info = AudioInfo(
            container=probe.container,
            codec=probe.codec or self._file.subtype.lower(),
            sample_rate_hz=self._file.samplerate,
            n_channels=self._file.channels,
            n_frames_declared=_declared(layout, self._file.frames),
        )

    def read(self) -> np.ndarray:
        import numpy as np
        import soundfile

        if self._error:
            raise self._error
        block = np.empty((BLOCK_FRAMES, self.info.n_channels), np.float32)
        position = self._file.tell()
        try:
            with self._quiet():
                return self._file.read(BLOCK_FRAMES, out=block)
        except soundfile.LibsndfileError as error:
            self._error = AudioError(_cause(error), "decode")
        n_frames = self._file.tell() - position
        if n_frames <= 0:
            raise self._error
        return block[:n_frames]

    def close(self) -> None:
        with self._quiet():
            self._file.close()
        self._bytes.close()


@cache
def _forward_class() -> type[soundfile.SoundFile]:
    import soundfile

    class ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
        """Says it cannot seek, so that soundfile does not."""

        def seekable(self) -> bool:
            return False

    return ForwardFile


def _open_bytes(path: str, probe: Probe, frames: FrameMap | None) -> BinaryIO | mpeg_splice.SplicedMpeg:
    """The file at the place where libsndfile shall begin, mended where it must be."""
    file = open(path, "rb", buffering=0)
    if frames and mpeg_splice.needs_splice(frames):
        return mpeg_splice.SplicedMpeg(file, frames)
    file.seek(frames.start if frames else probe.offset)
    return file


def _open_forward(path: str, file: BinaryIO | mpeg_splice.SplicedMpeg) -> soundfile.SoundFile:
    import soundfile

    handle: mpeg_splice.SplicedMpeg | str | int
    if isinstance(file, mpeg_splice.SplicedMpeg):
        handle = file
    elif sys.platform == "win32":  # a descriptor of Python's C runtime means nothing to libsndfile's
        handle = path
    else:
        handle = file.fileno()
    try:
        return _forward_class()(handle, closefd=False)
    except soundfile.LibsndfileError as error:
        file.close()
        raise AudioError(f"The file's header cannot be read: {_cause(error)}", "decode") from error


def _cause(error: soundfile.LibsndfileError) -> str:
    """Return what libsndfile complains of as the end of a sentence."""
    if error.code in _IN_OUR_WORDS:
        return f"{_IN_OUR_WORDS[error.code]}."
    text = re.split(r"\.\s", _PREFIX.sub("", error.error_string))[0].strip().rstrip(".")
    if not text or _INSIDES.search(text):
        return "the decoder gives no reason."
    return f"{text[0].lower() if text[1:2].islower() else text[0]}{text[1:]}."


def _declared(layout: Layout, n_frames_told: int) -> int | None:
    """The length the header claims; libsndfile's number is one only for some containers.

    For MP3 it is an estimate unless a Xing tag says, and it is cut to what is present in WAV
    and AIFF. In Ogg it is the position the encoder wrote on the last page.
    """
    frames, container = layout.frames, layout.probe.container
    if frames:
        if frames.info is None or frames.info.n_mpeg_frames is None:
            return None
        n_samples = frames.info.n_mpeg_frames * frames.kind.samples_per_frame
        return max(0, n_samples - frames.info.delay - frames.info.padding)
    if container in ("wav", "aiff"):
        return None if layout.declared_share is None else round(n_frames_told * layout.declared_share)
    if container == "flac":
        return n_frames_told if 0 < n_frames_told < _FLAC_MAX_FRAMES else None
    return n_frames_told


def _known_damage(frames: FrameMap | None) -> str | None:
    if frames is None:
        return None
    if frames.gaps:
        gap = frames.gaps[0]
        at_s = gap.n_frames_before * frames.kind.samples_per_frame / frames.kind.sample_rate_hz
        n_bytes = sum(gap.n_bytes for gap in frames.gaps)
        where = f"at {at_s:,.1f} s" if len(frames.gaps) == 1 else f"in {len(frames.gaps)} places"
        return f"Skipped {n_bytes:,} bytes that are no MPEG audio {where}."
    if frames.cut_off:
        return "The file is cut off in the middle of its last MPEG frame."
    return None
