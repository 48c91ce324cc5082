"""Mutated real files of every format through scan, genres and info."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tests.songs import write_song

from benchmarks.hostile.damage import WAYS
from benchmarks.hostile.run import Tally, segue

_BATCH = 250
_SECONDS = 4.0
_DIRECT = ("wav", "flac", "ogg", "opus", "mp3")
_BY_FFMPEG = {"m4a": ["-c:a", "aac"], "alac.m4a": ["-c:a", "alac"], "wma": ["-c:a", "wmav2"], "aiff": []}


def originals(folder: Path) -> dict[str, bytes]:
    """Return one short whole file of every format that can be made here, by extension."""
    found = {}
    for number, suffix in enumerate(_DIRECT):
        path = write_song(folder / f"{number}.{suffix}", _SECONDS, number, title="T", artist="A")
        found[suffix] = path.read_bytes()
    if shutil.which("ffmpeg"):
        for suffix, options in _BY_FFMPEG.items():
            target = folder / f"x.{suffix}"
            command = ["ffmpeg", "-v", "error", "-y", "-i", str(folder / "0.wav"), *options, str(target)]
            if subprocess.run(command, check=False).returncode == 0:
                found[suffix] = target.read_bytes()
    return found


def damaged_files(n: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield ``n`` files as (way, extension, bytes); the same seed gives the same files."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = sorted(originals(Path(folder)).items())
    suffixes = [suffix for suffix, _ in whole]
    for number in range(n):
        suffix, data = whole[number % len(whole)]
        way = WAYS[(number // len(whole)) % len(WAYS)]
        spoiled = way.spoil(data, rng)
        if rng.random() < 0.1:  # damage twice
            spoiled = WAYS[int(rng.integers(len(WAYS)))].spoil(spoiled, rng)
        name = suffix if rng.random() < 0.9 else suffixes[int(rng.integers(len(suffixes)))]
        yield way.name, name, spoiled


def campaign(n: int, seed: int) -> Tally:
    """Return what became of ``n`` damaged files."""
    tally = Tally()
    batch: list[tuple[str, str, bytes]] = []
    for one in damaged_files(n, seed):
        batch.append(one)
        if len(batch) == _BATCH:
            _try(batch, tally)
            batch = []
    if batch:
        _try(batch, tally)
    return tally


def _try(batch: list[tuple[str, str, bytes]], tally: Tally) -> None:
    with tempfile.TemporaryDirectory(prefix="segue-hostile-") as name:
        folder = Path(name)
        music = folder / "music"
        music.mkdir()
        for number, (way, suffix, data) in enumerate(batch):
            (music / f"{number:04d}-{way}.{suffix}").write_bytes(data)
            tally.tried[f"file damaged by {way}"] += 1
        done = segue("scan", "music", "--json", folder=folder, hang_s=900)
        tally.judge(done, "scan of damaged files", (0, 3))
        if done.status in (0, 3):
            _check_counts(done.out, len(batch), folder, tally)
        some = sorted(music.iterdir())[:: max(1, len(batch) // 12)]
        tally.judge(segue("genres", "--json", *some, folder=folder), "genres of damaged files")
        for path in some[:3]:
            tally.judge(segue("info", "--json", path, folder=folder), "info of a damaged file")
        after = {path.name: path.read_bytes() for path in music.iterdir()}
        for number, (way, suffix, data) in enumerate(batch):
            if after.get(f"{number:04d}-{way}.{suffix}") != data:
                tally.fault("file overwritten", f"{number:04d}-{way}.{suffix}")


def _check_counts(out: str, n: int, folder: Path, tally: Tally) -> None:
    counts = json.loads(out)
    stats = segue("stats", "--json", folder=folder)
    tally.judge(stats, "stats")
    held = json.loads(stats.out) if stats.status == 0 else {"files": -1, "failures": -1}
    # A track is counted once however many of its files there are; files and failures together are all files.
    if held["files"] + held["failures"] != n:
        tally.fault("files not accounted for", f"{n} files, {counts}, {held['files']}, {held['failures']}")
    failures = segue("failures", "--json", folder=folder)
    tally.judge(failures, "failures")
    for failure in json.loads(failures.out) if failures.status == 0 else ():
        if failure["stage"] in ("crash", "killed", "timeout"):
            tally.fault(f"stage {failure['stage']}", f"{failure['path']}: {failure['cause']}")
