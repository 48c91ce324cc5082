"""Between values and columns: how tags, analyses and vectors are written down and read back."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import Any

import numpy as np

from segue.types import GenreProbability, Key, Tags, Tempo, TimelineEntry, TrackAnalysis

TAG_COLUMNS = ("title", "artist", "album", "album_artist", "genre", "year", "track_number")
_VECTOR = np.dtype("<f4")
_MAX_INTEGER = 2**63 - 1


def path_blob(path: str | os.PathLike[str]) -> bytes:
    """The absolute path as the bytes the system knows it by, whatever they are."""
    return os.fsencode(os.path.abspath(path))


def text(value: str | None) -> str | None:
    """``value`` without lone surrogates (broken tags hold them), which SQLite cannot store."""
    return None if value is None else value.encode("utf-8", "replace").decode("utf-8")


def tag_values(tags: Tags) -> tuple[Any, ...]:
    """The values of TAG_COLUMNS; a track number beyond 64 bits is dropped."""
    number = tags.track_number
    if number is not None and abs(number) > _MAX_INTEGER:
        number = None
    return (*(text(getattr(tags, column)) for column in TAG_COLUMNS[:-1]), number)


def tags_of(row: sqlite3.Row) -> Tags:
    return Tags(**{column: row[column] for column in TAG_COLUMNS})


def vector_blob(vector: np.ndarray) -> bytes:
    """float32 (dim,) as little-endian bytes."""
    return np.asarray(vector).astype(_VECTOR, casting="same_kind", copy=False).tobytes()


def vector_of(blob: bytes) -> np.ndarray:
    return np.frombuffer(blob, _VECTOR).astype(np.float32)


def matrix_of(packed: bytearray, n: int) -> np.ndarray:
    """float32 (n, dim) from ``n`` vectors of one length, one after the other."""
    dim = len(packed) // (n * _VECTOR.itemsize) if n else 0
    return np.frombuffer(packed, _VECTOR).reshape(n, dim).astype(np.float32, copy=False)


def fingerprint_of(blob: bytes | None) -> np.ndarray | None:
    return None if blob is None else np.frombuffer(blob, np.int8)


def analysis_values(analysis: TrackAnalysis) -> dict[str, Any]:
    """The columns of ``analyses`` that the analysis itself decides."""
    tempo, key = analysis.tempo, analysis.key
    return {
        "duration_s": float(analysis.duration_s),
        "genres": json.dumps([[g.genre, float(g.probability)] for g in analysis.genres]),
        "timeline": json.dumps(
            [[float(t.start_s), float(t.end_s), t.genre, float(t.probability)] for t in analysis.timeline]
        ),
        "loudness_lufs": None if analysis.loudness_lufs is None else float(analysis.loudness_lufs),
        "tempo_bpm": tempo and float(tempo.bpm),
        "tempo_confidence": tempo and float(tempo.confidence),
        "key_tonic": key and key.tonic,
        "key_mode": key and key.mode,
        "key_strength": key and float(key.strength),
        "flags": json.dumps(list(analysis.flags)),
        "damage": text(analysis.damage),
        "n_windows": analysis.n_windows,
        "loudness_measured": int(analysis.loudness_measured),
        "fingerprint": None
        if analysis.fingerprint is None
        else np.asarray(analysis.fingerprint).astype(np.int8, casting="same_kind", copy=False).tobytes(),
    }


def analysis_of(row: sqlite3.Row, model: str, front_end: str) -> TrackAnalysis:
    """The analysis in a row of ``analyses`` joined with its ``vector``."""
    return TrackAnalysis(
        model=model,
        front_end=front_end,
        duration_s=row["duration_s"],
        genres=tuple(GenreProbability(*pair) for pair in json.loads(row["genres"])),
        timeline=tuple(TimelineEntry(*entry) for entry in json.loads(row["timeline"])),
        embedding=None if row["vector"] is None else vector_of(row["vector"]),
        fingerprint=fingerprint_of(row["fingerprint"]),
        loudness_lufs=row["loudness_lufs"],
        tempo=None if row["tempo_bpm"] is None else Tempo(row["tempo_bpm"], row["tempo_confidence"]),
        key=None if row["key_tonic"] is None else Key(row["key_tonic"], row["key_mode"], row["key_strength"]),
        flags=tuple(json.loads(row["flags"])),
        damage=row["damage"],
        n_windows=row["n_windows"],
        loudness_measured=bool(row["loudness_measured"]),
    )
