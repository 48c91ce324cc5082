"""Whole analysis beside the student stack and beside decoding alone, on the same files, in one run.

Each contender runs in a process of its own, on one thread, first over one file that is not counted
(start-up, first calls), then over all files; contenders take turns and the whole is repeated, so
that a machine whose speed drifts slows all alike. CPU seconds are the process's own clock, memory
its peak. Tracks an hour come from `segue scan` with one worker a core, as the time that more files
take over fewer, so that start-up cancels.

    python -m benchmarks.throughput [--files 12] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.music import soundtracks
from benchmarks.report import table, versions, write

MINUTES_3 = 180.0
_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}

# Contender: what it stands for.
CONTENDERS = {
    "floor": "decode, down-mix and resample to 22,050 Hz; nothing else",
    "segue-no-loudness": "segue, whole analysis without loudness",
    "segue": "segue, whole analysis",
    "student": "librosa.load, librosa mel, the report's 14.2 M network in torch, 5 s chunks",
}


def make_songs(folder: Path, n: int) -> list[str]:
    """Return ``n`` different three-minute MP3s (stereo, 44.1 kHz, about 192 kbit/s) cut from free soundtracks."""
    import soundfile

    songs: list[str] = []
    for source in (p for paths in soundtracks("planetblupi-music-ogg").values() for p in paths):
        with soundfile.SoundFile(source) as file:
            wanted = int(MINUTES_3 * file.samplerate)
            while len(songs) < n:
                samples = file.read(wanted, dtype="float32", always_2d=True)
                if len(samples) < wanted:
                    break
                path = folder / f"song{len(songs):03d}.mp3"
                songs.append(str(path))
                if path.exists():
                    continue
                # libsndfile: constant bit rate, 0 = 320 kbit/s and 1 = 32; 0.44 gives 192 at 44.1 kHz.
                soundfile.write(
                    path,
                    samples,
                    file.samplerate,
                    format="MP3",
                    subtype="MPEG_LAYER_III",
                    bitrate_mode="CONSTANT",
                    compression_level=0.44,
                )
    if len(songs) < n:
        raise SystemExit(f"The soundtracks give {len(songs)} songs of three minutes; ask for no more.")
    return songs


def contender(name: str) -> Any:
    """Return a callable that does to one file what the contender does."""
    if name == "student":
        from benchmarks.student import Student

        return Student()
    if name == "floor":
        return decode_floor
    from segue.analysis.settings import AnalysisSettings
    from segue.service.jobs import AnalyseJob

    return AnalyseJob(None, AnalysisSettings(loudness=name == "segue"))


def decode_floor(path: str) -> None:
    """Decode, down-mix and resample block by block with the libraries themselves, nothing of segue's."""
    import soundfile
    import soxr

    with soundfile.SoundFile(path) as file:
        resample = soxr.ResampleStream(file.samplerate, 22_050, 1, dtype="float32")
        for block in file.blocks(65_536, dtype="float32", always_2d=True):
            mono = block[:, 0] if block.shape[1] == 1 else (block[:, 0] + block[:, 1]) * 0.5
            resample.resample_chunk(mono)


def measure_here(name: str, files: list[str]) -> dict[str, Any]:
    """Return CPU seconds per file and this process's peak memory in MB, after one file not counted."""
    run = contender(name)
    run(files[0])
    seconds = []
    for path in files:
        started_s = time.process_time()
        run(path)
        seconds.append(time.process_time() - started_s)
    return {"cpu_s": seconds, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """Return this process's peak memory in MB (not its parent's, which ru_maxrss inherits)."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def in_own_process(name: str, files: list[str]) -> dict[str, Any]:
    """Return what `measure_here` finds in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.throughput", "--measure", name, *files]
    done = subprocess.run(command, env=os.environ | _ONE_THREAD, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def scan_seconds(files: list[str], folder: Path) -> float:
    """Return the wall time of `segue scan` over exactly ``files``, into a new library."""
    library = folder / f"scan{time.monotonic_ns()}.db"
    command = [sys.executable, "-m", "segue", "scan", "--library", str(library), *files]
    started_s = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - started_s


def help_seconds(n: int = 9) -> float:
    """Return the median wall time of `segue --help`."""
    times = []
    for _ in range(n):
        started_s = time.monotonic()
        subprocess.run([sys.executable, "-m", "segue", "--help"], check=True, capture_output=True)
        times.append(time.monotonic() - started_s)
    return statistics.median(times)


def main() -> None:
    """Measure, print and write docs/results/throughput.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=12, help="three-minute MP3s each contender analyses")
    parser.add_argument("--rounds", type=int, default=3, help="times the contenders take turns")
    parser.add_argument("--scan-files", type=int, default=28, help="further files for tracks an hour")
    parser.add_argument(
        "--songs", type=Path, help="existing folder to make the songs in, and find them again"
    )
    parser.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure_here(options.measure, options.paths)))
        return

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        songs = make_songs(options.songs or folder, options.files + options.scan_files)
        rounds = []
        for _ in range(options.rounds):
            rounds.append({name: in_own_process(name, songs[: options.files]) for name in CONTENDERS})
        few, many = [], []
        for _ in range(options.rounds):
            few.append(scan_seconds(songs[: options.files], folder))
            many.append(scan_seconds(songs, folder))
    more = (statistics.median(many) - statistics.median(few)) / options.scan_files
    report(rounds, 3600 / more, few, many, options)


def report(
    rounds: list[dict[str, Any]],
    tracks_an_hour: float,
    few: list[float],
    many: list[float],
    options: argparse.Namespace,
) -> None:
    """Write the table: medians over files and rounds, ratios round by round."""
    median = {name: [statistics.median(turn[name]["cpu_s"]) for turn in rounds] for name in CONTENDERS}
    ratio = {name: [a / b for a, b in zip(median[name], median["floor"], strict=True)] for name in CONTENDERS}
    student = [a / b for a, b in zip(median["student"], median["segue"], strict=True)]
    genres = [a / b for a, b in zip(median["student"], median["segue-no-loudness"], strict=True)]
    peak = {name: max(turn[name]["peak_mb"] for turn in rounds) for name in CONTENDERS}
    startup = help_seconds()
    rows = [
        (
            f"{name}: {what}",
            f"{statistics.median(median[name]):.3f}",
            f"{statistics.median(ratio[name]):.2f} ({min(ratio[name]):.2f}-{max(ratio[name]):.2f})",
            f"{3600 / statistics.median(median[name]):,.0f}",
            f"{peak[name]:.0f}",
        )
        for name, what in CONTENDERS.items()
    ]
    markdown = "\n".join(
        [
            "# How fast segue is",
            "",
            f"`python -m benchmarks.throughput --files {options.files} --rounds {options.rounds}`: three-minute stereo MP3s at",
            "192 kbit/s, one thread, start-up left out; medians over the files, then over the rounds (smallest and largest",
            "ratio in brackets). The machine has two cores shared with others: ratios hold, absolute times drift.",
            "",
            table(
                ("contender", "CPU s a track", "ratio to the floor", "tracks/hour a core", "peak MB"), rows
            ),
            "",
            f"- The student stack takes {statistics.median(student):.1f} times ({min(student):.1f}-{max(student):.1f}) as long as segue's whole analysis,",
            f"  and {statistics.median(genres):.1f} times ({min(genres):.1f}-{max(genres):.1f}) as long as it without loudness. It only names a genre.",
            f"- `segue scan` with one worker on each of {os.cpu_count()} cores: {tracks_an_hour:,.0f} three-minute MP3s an hour",
            f"  ({options.files} files in {statistics.median(few):.1f} s, {options.files + options.scan_files} in {statistics.median(many):.1f} s; the difference counts).",
            f"- `segue --help`: {startup:.2f} s (median of 9).",
        ]
    )
    data = {
        "command": f"python -m benchmarks.throughput --files {options.files} --rounds {options.rounds}",
        "cpu_s_median_per_round": median,
        "ratio_to_floor_per_round": ratio,
        "student_over_segue_per_round": student,
        "student_over_segue_without_loudness_per_round": genres,
        "peak_mb": peak,
        "scan_tracks_an_hour": tracks_an_hour,
        "scan_seconds": {
            "few": few,
            "many": many,
            "files": [options.files, options.files + options.scan_files],
        },
        "help_s": startup,
        "versions": versions("numpy", "scipy", "soundfile", "soxr", "onnxruntime", "librosa", "torch"),
    }
    write("throughput", markdown, data)


if __name__ == "__main__":
    main()
