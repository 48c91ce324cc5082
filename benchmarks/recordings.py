"""Each benchmark piece decoded once and heard in several conditions, kept in a folder if SEGUE_BENCH_CACHE names one.

Conditions: "clean"; "low5k", a low-pass at 5 kHz; "silence", 1.2 s of it first; "random", another bandwidth and
codec for every piece.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from benchmarks import heard, worse
from benchmarks.music import gtzan_clips
from benchmarks.pieces import Piece, pieces
from segue.signal.front_end import MEL128_V1, MEL128_V2
from segue.signal.windows import Window

CONDITIONS = ("clean", "low5k", "silence", "random")
AUDIO_HZ = 22_050
_FRONT_ENDS = (MEL128_V1, MEL128_V2)


@dataclass(frozen=True, slots=True)
class Recording:
    """A piece with ``windows[condition, front end's name]`` and its clean samples, float32 at 22,050 Hz."""

    piece: Piece
    windows: dict[tuple[str, str], list[Window]]
    audio: np.ndarray


def recordings() -> list[Recording]:
    """Return all pieces of the ten soundtracks and the shared GTZAN clips, heard in all conditions."""
    everything = pieces() + [Piece(path, None) for path in gtzan_clips()]
    return [_recording(piece, number) for number, piece in enumerate(everything)]


def _recording(piece: Piece, number: int) -> Recording:
    folder = os.environ.get("SEGUE_BENCH_CACHE")
    kept = Path(folder or ".") / f"{hashlib.sha1(str(piece.path).encode()).hexdigest()[:12]}.npz"
    if folder is None or not kept.exists():
        made = _hear(piece, number)
        if folder is not None:
            _keep(made, kept)
        return made
    with np.load(kept) as file:
        found = {
            (condition, fe.name): _windows(file, f"{condition}/{fe.name}")
            for condition in CONDITIONS
            for fe in _FRONT_ENDS
        }
        return Recording(piece, found, file["audio"].astype(np.float32))


def _hear(piece: Piece, number: int) -> Recording:
    whole, rate_hz = heard.read(piece.path)
    clean = heard.stretches(whole, rate_hz)
    conditions = {
        "clean": clean,
        "low5k": worse.low_passed(clean, rate_hz, 5_000.0),
        "silence": worse.silence_first(clean, rate_hz),
        "random": worse.random_path(clean, rate_hz, number),
    }
    found = {
        (name, fe.name): heard.windows(mono, rate_hz, fe)
        for name, mono in conditions.items()
        for fe in _FRONT_ENDS
    }
    return Recording(piece, found, soxr.resample(clean, rate_hz, AUDIO_HZ).astype(np.float32))


def _keep(made: Recording, path: Path) -> None:
    arrays = {"audio": made.audio.astype(np.float16)}
    for (condition, name), windows in made.windows.items():
        key = f"{condition}/{name}"
        for i, window in enumerate(windows):
            arrays[f"{key}/{i}"] = window.mel.astype(np.float16)
        arrays[key] = np.array(
            [(w.start_s, w.end_s, w.highest_power, *w.sounding) for w in windows], dtype=np.float64
        )
    np.savez(path, **arrays)


def _windows(file: np.lib.npyio.NpzFile, key: str) -> list[Window]:
    return [
        Window(file[f"{key}/{i}"].astype(np.float32), start, end, power, (int(first), int(last)))
        for i, (start, end, power, first, last) in enumerate(file[key])
    ]
