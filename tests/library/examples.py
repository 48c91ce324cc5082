"""Analyses and a scan in miniature, shared by the library's tests."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np

from segue.library.records import ScanEnd
from segue.library.scan import Scan
from segue.library.store import Library
from segue.types import GenreProbability, Key, Tags, Tempo, TimelineEntry, TrackAnalysis

MODEL = "segue-s-v1"
FRONT_END = "mel128-v1"
DIM = 16
FACETS = ("genre", "timeline", "timbre", "fingerprint", "loudness", "tempo", "key")


def analysis(
    seed: int = 0, *, model: str = MODEL, front_end: str = FRONT_END, dim: int = DIM
) -> TrackAnalysis:
    """An analysis with something in every field, different for every seed."""
    rng = np.random.default_rng(seed)
    vector = rng.standard_normal(dim).astype(np.float32)
    values = {
        "genre": (GenreProbability("rock", 0.75), GenreProbability("blues", 0.25)),
        "timeline": (TimelineEntry(0.0, 5.0, "rock", 0.6), TimelineEntry(5.0, 10.0, "blues", 0.55)),
        "timbre": vector / np.linalg.norm(vector),
        "fingerprint": rng.integers(-128, 128, 1024).astype(np.int8),
        "loudness": -14.25,
        "tempo": Tempo(120.5, 0.9),
        "key": Key("F#", "minor", 0.4),
    }
    return TrackAnalysis(model, front_end, 30.0 + seed / 7, values, ("truncated",))


def silent(model: str = MODEL) -> TrackAnalysis:
    """The analysis of silence."""
    return TrackAnalysis(model, FRONT_END, 3.0, dict.fromkeys(FACETS), ("silent",))


def same(one: TrackAnalysis, other: TrackAnalysis) -> bool:
    """Whether two analyses hold the same, to the last bit."""
    bare = [dataclasses.replace(a, values={}) for a in (one, other)]
    equal = [np.array_equal(one.values[name], other.values[name]) for name in ("timbre", "fingerprint")]
    plain = [
        {name: value for name, value in a.values.items() if name not in ("timbre", "fingerprint")}
        for a in (one, other)
    ]
    return bare[0] == bare[1] and all(equal) and plain[0] == plain[1]


def put(scan: Scan, path: str | Path, seed: int = 0, *, model: str = MODEL, tags: Tags | None = None) -> int:
    """Store the file at ``path`` as track number ``seed``."""
    found = analysis(seed, model=model)
    return scan.put_track(path, 1000, 2000, f"wav:{seed:032x}", tags or Tags(title=f"no. {seed}"), found)


def scan_folder(library: Library, *roots: Path, model: str = MODEL, force: bool = False) -> ScanEnd:
    """A real scan of real files, but that what a file holds is its identity, and ``bad`` fails."""
    with library.scan(roots) as scan:
        for root in roots:
            walk_into(library, scan, root, model)
        return scan.finish(force=force)


def walk_into(library: Library, scan: Scan, root: Path, model: str = MODEL) -> None:
    """Tell ``scan`` about every file below ``root``."""
    for folder, _, names in os.walk(root):
        if ".nomusic" in names:
            continue
        for name in sorted(names):
            _meet(library, scan, os.path.join(folder, name), model)


def _meet(library: Library, scan: Scan, path: str, model: str) -> None:
    status = os.stat(path)
    known = library.known_file(path, model)
    if known and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
        if known.failure or known.analysed:
            scan.mark_seen(known)
            return
    payload, _, title = Path(path).read_text().partition("|")
    tags = Tags(title=title or None)
    if payload.startswith("bad"):
        scan.put_failure(path, status.st_size, status.st_mtime_ns, "decode", "It is damaged: replace it.")
        return
    track = library.track_by_identity(payload, model)
    if track and track.analysed:
        scan.point_file(path, status.st_size, status.st_mtime_ns, track.track_id, tags)
    else:
        seed = sum(payload.encode())
        found = analysis(seed, model=model)
        scan.put_track(path, status.st_size, status.st_mtime_ns, payload, tags, found)
