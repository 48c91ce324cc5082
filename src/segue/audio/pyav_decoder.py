"""Decodes M4A, AAC, ALAC, WMA, Matroska and more through PyAV and FFmpeg's libraries (extra ``m4a``)."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING, Any

from segue.audio.containers import DEMUXERS, LENGTH_IN_HEADER
from segue.audio.layout import Layout
from segue.audio.probe import Probe
from segue.audio.stream import BLOCK_FRAMES, AudioInfo
from segue.errors import AudioError

if TYPE_CHECKING:
    import numpy as np

name = "pyav"


def version() -> str | None:
    """Versions of PyAV and of the codec library inside, None where the extra is not installed."""
    if importlib.util.find_spec("av") is None:
        return None
    import av

    libavcodec = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return f"PyAV {av.__version__}, libavcodec {libavcodec}"


def can_decode(probe: Probe) -> bool:
    """True where the extra is installed and has this container's demuxer."""
    if importlib.util.find_spec("av") is None:
        return False
    import av

    return DEMUXERS.get(probe.container) in av.formats_available


def open_source(path: str, layout: Layout) -> PyAVSource:
    """The first audio stream of the file. AudioError where there is none or the header is damaged."""
    return PyAVSource(path, layout.probe)


@cache
def _undecodable_tags() -> dict[str, Any]:
    """Return the argument of ``av.open`` that keeps tags in a wrong encoding from being an error.

    PyAV 19 knows it no more; its ``open`` has no signature to be asked.
    """
    import av

    return {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


class PyAVSource:
    """One file being decoded by libavcodec, on one thread."""

    def __init__(self, path: str, probe: Probe) -> None:
        import av

        # Naming the demuxer keeps a crafted file from being read as a playlist of other files.
        try:
            self._container = av.open(f"file:{path}", format=DEMUXERS[probe.container], **_undecodable_tags())
        except (av.FFmpegError, OSError) as error:
            raise AudioError(f"The file's header cannot be read: {_cause(error)}", "decode") from error
        try:
            self.info = self._describe(probe)
        except AudioError:
            self._container.close()
            raise
        self.known_damage: str | None = None
        self._n_bad_packets = 0
        self._packets = self._container.demux(self._stream)
        self._resampler = av.AudioResampler("flt", self._stream.layout.name, self._stream.rate)
        self._pending: list[np.ndarray] = []
        self._n_pending = 0
        self._at_end = False

    def read(self) -> np.ndarray:
        import numpy as np

        while self._n_pending < BLOCK_FRAMES and not self._at_end:
            self._decode_packet()
        if not self._pending:
            return np.empty((0, self.info.n_channels), np.float32)
        samples = np.concatenate(self._pending)
        block, rest = samples[:BLOCK_FRAMES], samples[BLOCK_FRAMES:]
        self._pending = [rest] if len(rest) else []
        self._n_pending = len(rest)
        return block

    def close(self) -> None:
        self._container.close()

    def _describe(self, probe: Probe) -> AudioInfo:
        if not self._container.streams.audio:
            raise AudioError("The file holds no audio track.", "probe", code="audio-no-track")
        self._stream = self._container.streams.audio[0]
        context = self._stream.codec_context
        if context is None or not self._stream.rate or not self._stream.channels:
            raise AudioError("The file's audio track is of a kind that PyAV cannot decode.", "probe")
        context.thread_count = 1
        declared = None
        if probe.container in LENGTH_IN_HEADER:
            if self._stream.duration and self._stream.time_base:
                declared = round(self._stream.duration * self._stream.time_base * self._stream.rate)
            elif self._container.duration:
                declared = round(self._container.duration * self._stream.rate / 1_000_000)
        return AudioInfo(probe.container, context.name, self._stream.rate, self._stream.channels, declared)

    def _decode_packet(self) -> None:
        import av

        try:
            packet = next(self._packets, None)
            frames = packet.decode() if packet is not None else []
            converted = [made for frame in frames for made in self._resampler.resample(frame)]
        except (av.FFmpegError, OSError, ValueError) as error:  # ValueError: the number of channels changed
            # The next packet may be whole again; a demuxer that is stuck ends by itself.
            self._n_bad_packets += 1
            self.known_damage = f"Skipped {self._n_bad_packets:,} damaged packets: {_cause(error)}"
            return
        if packet is None:
            self._at_end = True
            converted = self._resampler.resample(None)
        for frame in converted:
            samples = frame.to_ndarray().reshape(-1, self.info.n_channels)
            self._pending.append(samples)
            self._n_pending += len(samples)


def _cause(error: Exception) -> str:
    return f"{(getattr(error, 'strerror', None) or str(error)).rstrip('.').lower()}."
