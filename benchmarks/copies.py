"""How surely fingerprints tell copies of a recording from other music: `python -m benchmarks.copies`.

Copies are made with ffmpeg: codecs and bitrates, gain, another rate, shifts by an encoder's padding. Other music is
every other piece of the same length, and other passages of the same piece, the hardest of all.
"""

from __future__ import annotations

import csv
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import music
from segue.analysis.fingerprint import FingerprintAccumulator
from segue.audio.mono import mono_blocks
from segue.audio.open import open_audio
from segue.features.front_end import MEL128_V1
from segue.features.mel import MelBands
from segue.features.stft import PowerSpectra

PASSAGE_S = 30.0
SOUNDTRACKS = tuple(music.SOUNDTRACKS)

# Name, file ending, and what ffmpeg is told.
VARIANTS = (
    ("MP3 320 kbit/s", "mp3", "-b:a 320k"),
    ("MP3 128 kbit/s", "mp3", "-b:a 128k"),
    ("MP3 64 kbit/s", "mp3", "-b:a 64k"),
    ("Ogg Vorbis quality 3", "ogg", "-c:a libvorbis -q:a 3"),
    ("Opus 64 kbit/s", "opus", "-c:a libopus -b:a 64k -ar 48000"),
    ("FLAC at 32 kHz", "flac", "-ar 32000"),
    ("FLAC, 12 dB quieter", "flac", "-af volume=-12dB"),
    ("FLAC, mono", "flac", "-ac 1"),
    ("FLAC, 0.2 s of silence before", "flac", "-af adelay=200:all=1"),
    ("MP3 64 kbit/s, first 0.2 s cut", "mp3", "-b:a 64k -ss 0.2"),
)


@dataclass(frozen=True)
class Sketched:
    """A file's fingerprint (None where there is none) and length, with the piece and the passage it is of."""

    piece: str
    passage: str
    fingerprint: np.ndarray | None
    duration_s: float


def sketch(path: Path, piece: str, passage: str) -> Sketched:
    """Return the fingerprint of an audio file, heard as an analysis hears it."""
    spectra, bands, fingerprint = (
        PowerSpectra(MEL128_V1),
        MelBands(MEL128_V1),
        FingerprintAccumulator(MEL128_V1),
    )
    n_samples = 0
    with open_audio(path) as stream:
        for mono in mono_blocks(stream, MEL128_V1.sample_rate_hz):
            n_samples += len(mono)
            for power in spectra.push(mono):
                fingerprint.push(bands(power))
    for power in spectra.finish():
        fingerprint.push(bands(power))
    return Sketched(piece, passage, fingerprint.sketch(), n_samples / MEL128_V1.sample_rate_hz)


def ffmpeg(source: Path, target: Path, *arguments: str) -> Path:
    """Return ``target``, written by ffmpeg from ``source``."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-map", "a", "-map_metadata", "-1"]
    subprocess.run([*command, *arguments, str(target)], check=True)
    return target


def cut(source: Path, target: Path, start_s: float) -> bool:
    """Write 30 s of ``source`` from ``start_s`` on, and return whether there were as many."""
    rate_hz = soundfile.info(source).samplerate
    samples, _ = soundfile.read(
        source, round(PASSAGE_S * rate_hz), round(start_s * rate_hz), dtype="float32", always_2d=True
    )
    soundfile.write(target, samples, rate_hz)
    return len(samples) == round(PASSAGE_S * rate_hz)


def passages(folder: Path, whole: bool) -> list[tuple[Path, str, str]]:
    """Return (file, piece, passage): soundtracks in passages of 30 s or whole, and GTZAN clips outside its test part."""
    found = []
    for paths in music.soundtracks(*SOUNDTRACKS).values():
        for path in paths:
            piece = "/".join(path.parts[-2:])
            if whole:
                found.append((path, piece, "whole"))
                continue
            for start_s in (20.0, 50.0):
                target = folder / f"{piece.replace('/', '_')}.{start_s:.0f}.wav"
                if cut(path, target, start_s):
                    found.append((target, piece, f"{start_s:.0f} s"))
    if not whole:
        with open(music.shared() / "data" / "gtzan" / "tracks.csv", newline="", encoding="utf-8") as file:
            tested = {row["track_id"] for row in csv.DictReader(file) if row["filtered_split"] == "test"}
        found += [(clip, clip.stem, "0 s") for clip in music.gtzan_clips() if clip.stem not in tested]
    return found


def copies(source: tuple[Path, str, str], folder: Path) -> dict[str, Sketched]:
    """Return the fingerprints of one passage's copies by variant."""
    path, piece, passage = source
    made = {}
    for number, (name, ending, arguments) in enumerate(VARIANTS):
        target = ffmpeg(path, folder / f"{path.stem}.{number}.{ending}", *arguments.split())
        made[name] = sketch(target, piece, passage)
        target.unlink()
    return made


def gather(whole: bool, jobs: int) -> tuple[list[Sketched], list[dict[str, Sketched]]]:
    """Return the fingerprints of all passages, and of the copies of each."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(jobs) as pool:
        folder = Path(name)
        sources = passages(folder, whole)
        originals = list(pool.map(lambda source: sketch(*source), sources))
        return originals, list(pool.map(lambda source: copies(source, folder), sources))
