"""Decoding unlabelled music once: mel segments, what each teacher hears in them, and one coded copy a track.

A track becomes one ``.npz`` in the output folder, so that a run that was stopped goes on where it was. Which music
may be learned from is a closed list, ``LEARNING_PACKAGES``; the benchmark's soundtracks are not in it.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from segue.audio.mono import downmix
from segue.research.training.distil.material import N_UNITS, SEGMENT_FRAMES, UNIT_S
from segue.research.training.teachers.fcn import FCN_FRAMES, Fcn, load_fcn
from segue.research.training.teachers.mn04 import FRAMES_PER_STEP, Mn04, load_mn04
from segue.research.training.teachers.musicnn import WINDOW_FRAMES, Musicnn, load_musicnn
from segue.research.training.teachers.spectrograms import (
    MN_RATE_HZ,
    MSD_RATE_HZ,
    fcn_log_mel,
    mn_log_mel,
    musicnn_log_mel,
)
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import mel_spectrogram_db

LEARNING_PACKAGES = (
    "0ad-data",
    "amoebax-data",
    "ardentryst",
    "asc-music",
    "berusky2-data",
    "btanks-data",
    "davegnukem-data",
    "enigma-data",
    "freecol",
    "freedroidrpg-data",
    "freeorion-data",
    "fretsonfire-songs-muldjord",
    "frozen-bubble-data",
    "lincity-ng-data",
    "lordsawar-data",
    "lugaru-data",
    "neverball-common",
    "nexuiz-music",
    "noiz2sa-data",
    "pathological",
    "planetblupi-music-ogg",
    "plee-the-bear-data",
    "powermanga-data",
    "pushover-data",
    "singularity-music",
    "starfighter-data",
    "supertux-data",
    "trackballs-data",
    "unknown-horizons",
    "xmoto-data",
    "zaz-data",
)
SEGMENT_S = (MEL128_V1.window_frames - 1) * MEL128_V1.hop / MEL128_V1.sample_rate_hz
MOST_SEGMENTS = 8  # of one track, spread evenly

_TRACKER = frozenset({".mod", ".xm", ".s3m", ".it"})
_SOUNDS = ("audio/sounds", "ambient/", "weather/", "Ambient.ogg", "Wind.ogg")  # sounds, not music
_SILENT = 1e-3
_TAGGED_UNITS = (0, 2, 4)  # musicnn is costly, and neighbouring units are alike
_MN_FRAMES_S, _MSD_FRAMES_S = 100.0, 62.5


@dataclass(frozen=True, slots=True)
class Teachers:
    """The three networks."""

    mn04: Mn04
    musicnn: Musicnn
    fcn: Fcn


def load_teachers(weights: Path) -> Teachers:
    """The teachers with the weights in the shared folder ``weights``; raises OSError where one is missing."""
    return Teachers(
        load_mn04(weights / "efficientat_mn04" / "mn04_as_mAP_432.pt"),
        load_musicnn(weights / "musicnn_keras" / "MSD_musicnn.h5", exact=False),
        load_fcn(weights / "sota_music_tagging" / "msd_fcn.pth"),
    )


def music_files(music: Path, songs: Path) -> Iterator[tuple[str, Path]]:
    """Yield package and path of all music to learn from: unpacked Debian packages below ``music``, then ``songs``.

    Archives inside packages (0ad's ``public.zip``, nexuiz' ``.pk3``) must have been unpacked beside them.
    """
    kinds = {".ogg", ".mp3", ".wav", ".flac", ".opus", ".oga", *_TRACKER}
    for package in LEARNING_PACKAGES:
        for path in sorted((music / package).rglob("*")):
            said = path.as_posix()
            if path.suffix.lower() not in kinds or any(part in said for part in _SOUNDS):
                continue
            if package == "fretsonfire-songs-muldjord" and path.name == "guitar.ogg":
                continue  # heard together with the rest of the band
            yield package, path
    for path in sorted(songs.glob("*.opus")):
        yield "songs_generated", path


def read_track(path: Path) -> tuple[np.ndarray, int]:
    """Return mono float32 and its rate; tracker modules by ffmpeg, a guitar beside ``song.ogg`` added to it."""
    if path.suffix.lower() in _TRACKER:
        command = ["ffmpeg", "-v", "error", "-t", "600", "-i", str(path), "-ac", "1", "-ar", "44100"]
        done = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=True)
        return np.frombuffer(done.stdout, np.float32), 44_100
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = downmix(samples)
    guitar = path.with_name("guitar.ogg")
    if path.name == "song.ogg" and guitar.exists():
        other = downmix(soundfile.read(guitar, dtype="float32", always_2d=True)[0])
        n = min(len(mono), len(other))
        mono = mono[:n] + other[:n]
    return mono, rate_hz


def mel_segment(mono: np.ndarray) -> np.ndarray:
    """Return uint8 ``(128, 384)`` of 30 s at 22,050 Hz: the archive's frames, 0 at 80 dB below the maximum."""
    db = mel_spectrogram_db(np.ascontiguousarray(mono, dtype=np.float32), MEL128_V1)
    n = MEL128_V1.window_picks
    columns = ((np.arange(n) + 0.5) * db.shape[1] / (n + 0.5)).astype(int)[:SEGMENT_FRAMES]
    scaled: np.ndarray = np.round((db[:, columns] / MEL128_V1.top_db + 1.0) * 255.0).astype(np.uint8)
    return scaled


@torch.inference_mode()
def taught(teachers: Teachers, high: np.ndarray, low: np.ndarray) -> dict[str, np.ndarray]:
    """Return what the teachers hear in 30 s at 32 kHz (``high``) and 16 kHz (``low``), float16, by array name."""
    steps = teachers.mn04.steps(torch.from_numpy(mn_log_mel(high))[None])[0].numpy()
    edges = np.round(np.arange(N_UNITS + 1) * UNIT_S * _MN_FRAMES_S / FRAMES_PER_STEP).astype(int)
    edges = np.minimum(edges, steps.shape[1])
    by_unit = np.stack([steps[:, a:b].mean(axis=1) for a, b in pairwise(edges)])
    mel = musicnn_log_mel(low)
    centres_s = (np.array(_TAGGED_UNITS) + 0.5) * UNIT_S
    starts = np.round(centres_s * _MSD_FRAMES_S - WINDOW_FRAMES / 2).astype(int)
    hidden, tags = teachers.musicnn(
        torch.from_numpy(np.stack([mel[:, s : s + WINDOW_FRAMES] for s in starts]))
    )
    log_mel = torch.from_numpy(fcn_log_mel(low)[:, :FCN_FRAMES])[None]
    with torch.autocast("cpu", torch.bfloat16):
        embedding, fcn_tags = teachers.fcn(log_mel)
    found = {
        "mn": by_unit,
        "mue": hidden.numpy(),
        "mut": tags.numpy(),
        "fce": embedding.float().numpy()[0],
        "fct": fcn_tags.float().numpy()[0],
    }
    return {name: values.astype(np.float16) for name, values in found.items()}


def coded_copy(mono: np.ndarray, rate_hz: int, rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """Return 30 s through MP3, Opus or Vorbis at a low rate, at 22,050 Hz, and which codec at what kbit/s."""
    codec = ("mp3", "opus", "vorbis")[rng.integers(3)]
    written_hz = 48_000 if codec == "opus" else 44_100
    kind = {"mp3": ("MP3", "MPEG_LAYER_III"), "opus": ("OGG", "OPUS"), "vorbis": ("OGG", "VORBIS")}[codec]
    options = {"bitrate_mode": "CONSTANT"} if codec == "mp3" else {}
    at = np.clip(soxr.resample(mono, rate_hz, written_hz), -1, 1)
    file, level = io.BytesIO(), float(rng.uniform(0.6, 1.0))
    with soundfile.SoundFile(
        file, "w", written_hz, 1, format=kind[0], subtype=kind[1], compression_level=level, **options
    ) as writer:
        for start in range(0, len(at), written_hz):  # a long write overflows the stack of libsndfile 1.2
            writer.write(at[start : start + written_hz])
    kbit_s = file.tell() * 8 / len(at) * written_hz / 1000
    file.seek(0)
    back, _ = soundfile.read(file, dtype="float32")
    return soxr.resample(back, written_hz, MEL128_V1.sample_rate_hz), f"{codec} {kbit_s:.0f}k"


def prepare_track(
    mono: np.ndarray, rate_hz: int, teachers: Teachers, rng: np.random.Generator
) -> dict[str, np.ndarray] | None:
    """Return the arrays of one track, segments first; None for what is shorter than 30 s or silent."""
    duration_s = len(mono) / rate_hz
    n = min(int(duration_s // SEGMENT_S), MOST_SEGMENTS)
    arrays: dict[str, list[np.ndarray]] = {}
    copied = int(rng.integers(n)) if n else -1
    copies: list[np.ndarray] = []
    copy_of: list[int] = []
    codecs: list[str] = []
    for i in range(n):
        start = int(((i + 0.5) * duration_s / n - SEGMENT_S / 2) * rate_hz)
        part = mono[start : start + int(SEGMENT_S * rate_hz) + 1]
        if np.abs(part).max() < _SILENT or not np.isfinite(part).all():
            continue
        middle, high, low = (
            soxr.resample(part, rate_hz, hz).astype(np.float32)
            for hz in (MEL128_V1.sample_rate_hz, MN_RATE_HZ, MSD_RATE_HZ)
        )
        arrays.setdefault("mel", []).append(mel_segment(middle))
        for name, values in taught(teachers, high, low).items():
            arrays.setdefault(name, []).append(values)
        if i == copied:
            copy, codec = coded_copy(part, rate_hz, rng)
            copies.append(mel_segment(copy[: len(middle)]))
            copy_of.append(len(arrays["mel"]) - 1)
            codecs.append(codec)
    if not arrays:
        return None
    found = {name: np.stack(rows) for name, rows in arrays.items()}
    found["cop"] = np.stack(copies) if copies else np.zeros((0, *found["mel"].shape[1:]), np.uint8)
    return found | {"copi": np.array(copy_of, dtype=int), "copk": np.array(codecs)}


def prepare(music: Path, shared: Path, out: Path) -> int:
    """Prepare all learning music into ``out``; return how many tracks are there. What cannot be read is printed and left out."""
    out.mkdir(parents=True, exist_ok=True)
    teachers = load_teachers(shared / "data" / "weights")
    for number, (package, path) in enumerate(music_files(music, shared / "data" / "songs_generated")):
        target = out / f"{hashlib.sha1(str(path).encode()).hexdigest()[:12]}.npz"
        if target.exists():
            continue
        try:
            mono, rate_hz = read_track(path)
        except (soundfile.SoundFileError, subprocess.CalledProcessError, OSError) as error:
            print(f"left out: {path} ({error})")
            continue
        arrays = prepare_track(mono, rate_hz, teachers, np.random.default_rng(number))
        if arrays is not None:
            partial = target.with_suffix(".partial.npz")
            np.savez(partial, pkg=package, path=str(path), **arrays)
            partial.rename(target)
    return len(list(out.glob("*.npz")))
