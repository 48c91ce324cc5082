"""The measurements of audited files in one SQLite file, so that a second audit decodes new files only.

A row is valid for the file's path, size and modification time; a new version of the measurements empties the table.
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from segue.audit.hum import HumLines
from segue.audit.sound import Sound
from segue.copies.landmarks import SPEEDS, Landmarks
from segue.errors import SegueError
from segue.types import Failure

VERSION = 2  # of what segue.audit.sound measures and of the form it is stored in
_APPLICATION_ID = 0x73676175  # "sgau"
_SCALARS = (
    "duration_s",
    "sounding_s",
    "declared_s",
    "truncated",
    "damage",
    "codec",
    "sample_rate_hz",
    "n_channels",
    "samples_hash",
    "silent_share",
    "clipped_runs_per_s",
    "clipped_share",
)


class SoundCache:
    """An open cache; use as a context manager, which commits."""

    def __init__(self, path: Path) -> None:
        """Open or make the cache at ``path``. Raises SegueError where that cannot be, or another program owns the file."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path)
            owner = self._db.execute("PRAGMA application_id").fetchone()[0]
            n_tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if owner != _APPLICATION_ID and n_tables:
                raise SegueError(
                    f"{path} is not a cache of an audit: name another file with --cache.", code="audit-cache"
                )
            if self._db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                self._db.execute("DROP TABLE IF EXISTS sounds")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS sounds (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, "
                "file_hash TEXT, stage TEXT, cause TEXT, scalars TEXT, arrays BLOB)"
            )
            self._db.execute(f"PRAGMA user_version = {VERSION}")
            self._db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self._db.commit()
        except (OSError, sqlite3.Error) as error:
            raise SegueError(
                f"The audit's cache {path} cannot be used ({error}): name another file with --cache.",
                code="audit-cache",
            ) from error

    def __enter__(self) -> SoundCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.commit()
        self._db.close()

    def get(self, path: str, size: int, mtime_ns: int) -> tuple[str, Sound | Failure] | None:
        """Return the file's SHA-256 and its measurements or failure, None where it is new or has changed."""
        row = self._db.execute(
            "SELECT file_hash, stage, cause, scalars, arrays FROM sounds WHERE path = ? AND size = ? AND mtime_ns = ?",
            (os.fsencode(path), size, mtime_ns),
        ).fetchone()
        if row is None:
            return None
        file_hash, stage, cause, scalars, arrays = row
        return file_hash, Failure(path, stage, cause) if stage else _unpacked(json.loads(scalars), arrays)

    def peaks(self, path: str) -> np.ndarray:
        """Return the peaks of a measured file, int32 ``(n, 3)``. Raises KeyError for any other."""
        row = self._db.execute(
            "SELECT scalars, arrays FROM sounds WHERE path = ? AND stage IS NULL", (os.fsencode(path),)
        ).fetchone()
        if row is None:
            raise KeyError(path)
        return _unpacked(json.loads(row[0]), row[1]).peaks

    def put(self, path: str, size: int, mtime_ns: int, file_hash: str, sound: Sound | Failure) -> None:
        """Store a file's measurements or failure. Raises SegueError where that cannot be written."""
        what: tuple[str | None, str | None, str | None, bytes | None]
        if isinstance(sound, Failure):
            what = (sound.stage, sound.cause, None, None)
        else:
            what = (None, None, *_packed(sound))
        try:
            self._db.execute(
                "INSERT OR REPLACE INTO sounds VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (os.fsencode(path), size, mtime_ns, file_hash, *what),
            )
            self._db.commit()
        except sqlite3.Error as error:
            raise SegueError(
                f"The audit's cache {self._path} cannot be written ({error}): free some space, or name another file "
                "with --cache.",
                code="audit-cache",
            ) from error


def _arrays(sound: Sound) -> list[tuple[np.ndarray, str]]:
    marks = sound.landmarks
    asked = [column for one in marks.queries for column in one]
    hum = (sound.hum.out_db, sound.hum.alone_db, sound.hum.swing_db, sound.hum.off_hz)
    return [
        (sound.spectrum_db, "<f4"),
        (np.stack(hum).ravel(), "<f4"),
        (sound.peaks[:, 0], "<u4"),
        (sound.peaks[:, 1] | sound.peaks[:, 2] << 15, "<u2"),
        (marks.numbers, "<u4"),
        (marks.frames, "<i4"),
        *((column, "<u4" if column.dtype == np.uint32 else "<i4") for column in asked),
    ]


def _packed(sound: Sound) -> tuple[str, bytes]:
    arrays = _arrays(sound)
    scalars = {name: getattr(sound, name) for name in _SCALARS}
    scalars["arrays"] = [[kind, len(array)] for array, kind in arrays]
    return json.dumps(scalars), b"".join(np.ascontiguousarray(a).astype(kind).tobytes() for a, kind in arrays)


def _unpacked(scalars: dict[str, Any], blob: bytes) -> Sound:
    found, at = [], 0
    for kind, length in scalars.pop("arrays"):
        found.append(np.frombuffer(blob, kind, length, at))
        at += found[-1].nbytes
    spectrum_db, hum, ticks, pitches, numbers, frames, *asked = found
    pitches = pitches.astype(np.int32)
    peaks = np.stack((ticks.astype(np.int32), pitches & 0x7FFF, pitches >> 15), axis=1)
    pairs = tuple((asked[2 * i], asked[2 * i + 1]) for i in range(len(SPEEDS)))
    return Sound(
        **scalars,
        spectrum_db=spectrum_db,
        hum=HumLines(*hum.reshape(4, 2, -1)),
        peaks=peaks,
        landmarks=Landmarks(numbers, frames, pairs),
    )
