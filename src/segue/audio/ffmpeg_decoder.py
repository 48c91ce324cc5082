"""Decodes through an ``ffmpeg`` program found on PATH: whatever else there is."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

from segue.audio.containers import DEMUXERS, LENGTH_IN_HEADER
from segue.audio.layout import Layout
from segue.audio.probe import Probe
from segue.audio.stream import BLOCK_FRAMES, AudioInfo
from segue.errors import AudioError

if TYPE_CHECKING:
    import numpy as np

name = "ffmpeg"

_PROBE_TIMEOUT_S = 60
_STDERR_TAIL_BYTES = 2000


def version() -> str | None:
    """First line of ``ffmpeg -version``, None where ffmpeg or ffprobe is not on PATH."""
    if not _on_path():
        return None
    command = [_program("ffmpeg"), "-version"]
    answer = subprocess.run(command, capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False)
    first_line = answer.stdout.decode("utf-8", "replace").partition("\n")[0]
    return first_line.partition(" Copyright")[0] or "ffmpeg of unknown version"


def can_decode(probe: Probe) -> bool:
    """True where both programs are on PATH and the container has an FFmpeg demuxer."""
    return probe.container in DEMUXERS and _on_path()


def open_source(path: str, layout: Layout) -> FFmpegSource:
    """The first audio stream of the file. AudioError where there is none or the header is damaged."""
    return FFmpegSource(path, layout.probe)


class FFmpegSource:
    """One ffmpeg process writing float32 into a pipe; killed on close."""

    def __init__(self, path: str, probe: Probe) -> None:
        self.info = _describe(path, probe)
        self.known_damage: str | None = None
        # A file, not a pipe: a chatty ffmpeg must not block while we wait for samples.
        self._stderr = tempfile.TemporaryFile()
        rate, channels = str(self.info.sample_rate_hz), str(self.info.n_channels)
        self._process = subprocess.Popen(
            [
                *(_program("ffmpeg"), "-v", "error", "-nostdin", "-threads", "1"),
                *_input_options(path, probe),
                *(
                    "-map",
                    "0:a:0",
                    "-ar",
                    rate,
                    "-ac",
                    channels,
                    "-c:a",
                    "pcm_f32le",
                    "-f",
                    "f32le",
                    "pipe:1",
                ),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )
        assert self._process.stdout is not None
        self._samples = self._process.stdout

    def read(self) -> np.ndarray:
        import numpy as np

        block = np.empty((BLOCK_FRAMES, self.info.n_channels), "<f4")
        n_bytes = self._samples.readinto(block.data.cast("B"))  # type: ignore[attr-defined]  # BufferedReader
        if not n_bytes:
            self._finish()
        return block[: n_bytes // (4 * self.info.n_channels)]

    def close(self) -> None:
        self._process.kill()
        self._samples.close()
        self._process.wait()
        self._stderr.close()

    def _finish(self) -> None:
        """At the end of the pipe: what ffmpeg said becomes the damage, or the error it died of."""
        status = self._process.wait()
        self._stderr.seek(0, 2)
        self._stderr.seek(max(0, self._stderr.tell() - _STDERR_TAIL_BYTES))
        complaint = _last_line(self._stderr.read())
        if status:
            raise AudioError(complaint or f"ffmpeg ended with status {status}.", "decode")
        if complaint:
            self.known_damage = f"Parts of the file are damaged: {complaint}"


def _on_path() -> bool:
    return shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None


def _program(name: str) -> str:
    # The whole path: Windows would look into the working directory first. The bare name fails with its own error.
    return shutil.which(name) or name


def _input_options(path: str, probe: Probe) -> tuple[str, ...]:
    # Naming the demuxer and allowing only files keeps a crafted file from fetching others.
    return ("-protocol_whitelist", "file,pipe", "-f", DEMUXERS[probe.container], "-i", f"file:{path}")


def _describe(path: str, probe: Probe) -> AudioInfo:
    fields = "stream=codec_name,sample_rate,channels,duration:format=duration"
    command = [
        *(_program("ffprobe"), "-v", "error", "-select_streams", "a:0"),
        *("-show_entries", fields, "-of", "json", *_input_options(path, probe)),
    ]
    try:
        answer = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PROBE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AudioError(f"ffprobe found no end of the header in {_PROBE_TIMEOUT_S} s.", "decode") from error
    if answer.returncode:
        raise AudioError(f"The file's header cannot be read: {_last_line(answer.stderr)}", "decode")
    described = json.loads(answer.stdout)
    streams = described.get("streams") or []
    if not streams:
        raise AudioError("The file holds no audio track.", "probe", code="audio-no-track")
    stream = streams[0]
    rate, channels = int(stream.get("sample_rate", 0)), int(stream.get("channels", 0))
    if not rate or not channels:
        raise AudioError("The file's audio track is of a kind that ffmpeg cannot decode.", "probe")
    declared = None
    if probe.container in LENGTH_IN_HEADER:
        duration_s = stream.get("duration") or described.get("format", {}).get("duration")
        declared = round(float(duration_s) * rate) if duration_s else None
    return AudioInfo(probe.container, stream.get("codec_name") or "unknown", rate, channels, declared)


def _last_line(output: bytes) -> str:
    """ffmpeg's last complaint without the ``[aac @ 0x55...]`` in front, as the end of a sentence."""
    lines = output.decode("utf-8", "replace").strip().splitlines()
    if not lines:
        return ""
    text = lines[-1]
    if text.startswith("["):
        text = text.partition("] ")[2] or text
    return f"{text.strip().rstrip('.')}."
