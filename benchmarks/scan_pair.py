"""Whether a scan costs more CPU in one checkout than in another: the two take turns on the same files.

    python -m benchmarks.scan_pair BEFORE_SRC AFTER_SRC MUSIC... [--rounds 5] [--out FILE]

Each round scans all MUSIC into a new library with each of the two, one worker, in an order that changes; CPU is user
and system seconds of the command and its worker. The ratio after/before of each round is paired: what the
machine does besides weighs on both.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Take turns, print every round, the median ratio and its range."""
    parser = argparse.ArgumentParser(description="Compare the CPU of a scan in two checkouts.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("music", nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="also write the figures to this file (JSON)")
    args = parser.parse_args()
    found: dict[str, list[float]] = {"before": [], "after": []}
    sources = {"before": args.before.resolve(), "after": args.after.resolve()}
    for k in range(args.rounds):
        for side in ("before", "after") if k % 2 == 0 else ("after", "before"):
            found[side].append(scan_cpu_s(sources[side], args.music))
        print(f"round {k}: before {found['before'][-1]:.2f} s, after {found['after'][-1]:.2f} s", flush=True)
    ratios = [after / before for before, after in zip(found["before"], found["after"], strict=True)]
    print(f"after / before: median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}")
    if args.out:
        document = {**found, "ratios": ratios, "median_ratio": statistics.median(ratios), "music": args.music}
        args.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def scan_cpu_s(source: Path, music: list[str]) -> float:
    """User and system seconds of one scan into a new library, by the package below ``source``."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}
        library = str(Path(folder) / "library.db")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-m", "segue", "scan", *music, "--jobs", "1", "--library", library, "--json"],
            env=environment,
            capture_output=True,
            text=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
