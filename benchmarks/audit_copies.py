"""Copies of real music in thirteen ways, and the spectral peaks of each, for `python -m benchmarks.audit`."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks import music
from segue.audio.mono import read_mono
from segue.copies.landmarks import PeakAccumulator
from segue.signal.front_end import MEL128_V1
from segue.signal.stft import PowerSpectra

PASSAGE_S, START_S, RATE_HZ = 30.0, 20.0, 44_100
TUNED_ON = ("planetblupi-music-ogg", "hyperrogue-music", "singularity-music", "fretsonfire-songs-muldjord")
PIECES_OF_EACH = 22  # of a soundtrack: making all copies of one takes seconds
REPORTED_ON = ("wesnoth-1.16-music", "warzone2100-music")


def _played(samples: np.ndarray, speed: float) -> np.ndarray:
    return soxr.resample(samples, RATE_HZ * speed, RATE_HZ)


def _after_silence(samples: np.ndarray, seconds: float) -> np.ndarray:
    return np.concatenate((np.zeros((round(seconds * RATE_HZ), samples.shape[1]), np.float32), samples))


def _middle(samples: np.ndarray) -> slice:
    return slice(round(len(samples) / 2 - 2.5 * RATE_HZ), round(len(samples) / 2 + 2.5 * RATE_HZ))


# Name, what is done to the samples, and the ending and bit rate ffmpeg codes them with; FLAC of 16 bits where it does not.
WAYS: tuple[tuple[str, Callable[[np.ndarray], np.ndarray], tuple[str, ...]], ...] = (
    ("MP3 64 kbit/s", lambda x: x, ("mp3", "-b:a", "64k")),
    ("MP3 128 kbit/s", lambda x: x, ("mp3", "-b:a", "128k")),
    ("MP3 320 kbit/s", lambda x: x, ("mp3", "-b:a", "320k")),
    ("Ogg Vorbis quality 3", lambda x: x, ("ogg", "-c:a", "libvorbis", "-q:a", "3")),
    ("Opus 64 kbit/s", lambda x: x, ("opus", "-c:a", "libopus", "-b:a", "64k")),
    ("12 dB quieter", lambda x: x * np.float32(0.25), ()),
    ("6 dB louder, clipped", lambda x: x * np.float32(2.0), ()),
    ("1 % faster", lambda x: _played(x, 1.01), ()),
    ("1 % slower", lambda x: _played(x, 0.99), ()),
    ("5 s out of the middle alone", lambda x: x[_middle(x)], ()),
    ("5 s cut out of the middle", lambda x: np.delete(x, _middle(x), axis=0), ()),
    ("3 s of silence before", lambda x: _after_silence(x, 3.0), ()),
    (
        "1 % faster, 2 s of silence, MP3 128",
        lambda x: _after_silence(_played(x, 1.01), 2.0),
        ("mp3", "-b:a", "128k"),
    ),
)


@dataclass(frozen=True)
class Piece:
    """A passage as it is (``way`` None) or as a copy, by its peaks."""

    name: str
    way: str | None
    peaks: np.ndarray


def pieces(packages: tuple[str, ...], work: Path) -> Iterator[Piece]:
    """Yield each soundtrack piece's passage and its copies; what lies in ``work`` from before is not made again."""
    for paths in music.soundtracks(*packages).values():
        for path in paths[:PIECES_OF_EACH]:
            stored = work / f"{path.parent.name}.{path.stem}.npz"
            if not stored.exists():
                made = _make(path)
                if made is None:
                    continue
                np.savez_compressed(stored, **made)
            with np.load(stored) as arrays:
                for name in arrays.files:
                    yield Piece(stored.stem, None if name == "original" else name, arrays[name])


def passage(path: Path) -> np.ndarray | None:
    """Return 30 s of stereo at 44,100 Hz, from 20 s on where there is so much; None for less than 15 s."""
    header = soundfile.info(path)
    rate_hz, n = header.samplerate, round(PASSAGE_S * header.samplerate)
    start = max(0, min(round(START_S * rate_hz), header.frames - n))
    samples, _ = soundfile.read(path, n, start, dtype="float32", always_2d=True)
    return soxr.resample(samples, rate_hz, RATE_HZ) if len(samples) >= 15 * rate_hz else None


def _make(path: Path) -> dict[str, np.ndarray] | None:
    samples = passage(path)
    if samples is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.wav"
        made = {"original": _peaks(plain, samples)}
        for name, change, coding in WAYS:
            made[name] = _peaks(plain, change(samples), *coding)
    return made


def _peaks(plain: Path, samples: np.ndarray, ending: str = "", *coding: str) -> np.ndarray:
    soundfile.write(plain, np.clip(samples, -1.0, 1.0), RATE_HZ, "PCM_16")
    target = plain
    if ending:
        target = plain.with_suffix(f".{ending}")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", plain, *coding, target], check=True)
    spectra, peaks = PowerSpectra(MEL128_V1), PeakAccumulator()
    for power in spectra.push(read_mono(target, MEL128_V1.sample_rate_hz)):
        peaks.push(power)
    for power in spectra.finish():
        peaks.push(power)
    return peaks.finish()
