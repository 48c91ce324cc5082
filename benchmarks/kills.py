"""What `kill -9` costs a scan: its parent, its whole group or one worker, at random moments. Linux only (/proc).

    python -m benchmarks.kills [--kills 200] [--seed S] [--songs 12] [--out FILE]

Scans of made songs are killed until so many kills hit a living process: a third of the scans lose their parent, a
third their whole group, and all lose up to four workers, also while these start. A scan that was killed is followed
by another into the same library; one that ends is followed by one into a new library. Counted are tracks that were
committed and are no more, songs filed as failed (apart from these, songs whose workers were killed again and again,
which the next scan tries), processes that outlive their scan by 10 s, damaged libraries, and the longest time in
which no song was finished although some waited. Exit status 1 when any of these is not as it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile

MOST_STALL_S = 10.0
ORPHAN_LIMIT_S = 10.0
RATE_HZ = 22_050


def main() -> None:
    """Kill, count, print, and exit by what was found."""
    parser = argparse.ArgumentParser(description="Kill scans and their workers at random moments.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument(
        "--seed", type=int, default=None, help="default: another one each time; it is printed"
    )
    parser.add_argument("--out", type=Path, help="also write the figures to this file (JSON)")
    args = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if args.seed is None else args.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(Path(folder), args.songs, random.Random(seed))
        while sum(campaign.hits.values()) < args.kills:
            campaign.one_scan()
            print(f"{dict(campaign.hits)} of {args.kills}, {dict(campaign.wrong)}", flush=True)
    document = {
        "seed": seed,
        "hits": dict(campaign.hits),
        "scans": campaign.n_scans,
        "scans_ended": campaign.n_ended,
        "wrong": dict(campaign.wrong),
        "songs_put_off": campaign.n_put_off,
        "longest_stall_s": round(campaign.longest_stall_s, 1),
    }
    print(json.dumps(document, indent=1))
    if args.out:
        args.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if campaign.wrong or campaign.longest_stall_s > MOST_STALL_S else 0)


class Campaign:
    """Scans, the kills that hit them, and what went wrong."""

    def __init__(self, folder: Path, n_songs: int, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.music = folder / "music"
        self.music.mkdir()
        for number in range(n_songs):
            write_song(self.music / f"song{number:03d}.flac", number)
        self.n_songs = n_songs
        self.n_libraries = self.n_scans = self.n_ended = 0
        self.library = folder / "0.db"
        self.hits: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.n_put_off = 0
        self.longest_stall_s = 0.0

    def one_scan(self) -> None:
        """Start a scan, kill at random moments, and look at what is left."""
        before = finished(self.library)
        self.n_scans += 1
        scan = subprocess.Popen(
            [
                *(sys.executable, "-m", "segue", "scan", str(self.music), "--jobs", "2", "--json"),
                *("--library", str(self.library)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        fate = self.chance.choice(["worker", "parent", "group"])
        worker_kills_left = 4
        dies_at = time.monotonic() + self.chance.uniform(0.2, 6.0)
        next_kill = time.monotonic() + self.chance.choice([0.1, 1.0]) * self.chance.uniform(0.0, 4.0)
        n_done, since = len(before), time.monotonic()
        while scan.poll() is None:
            now = time.monotonic()
            n_now = len(finished(self.library))
            if n_now > n_done or n_now == self.n_songs:
                n_done, since = n_now, now
            self.longest_stall_s = max(self.longest_stall_s, now - since)
            if fate != "worker" and now >= dies_at:
                (os.killpg if fate == "group" else os.kill)(scan.pid, signal.SIGKILL)
                self.hits[fate] += 1
                break
            if now >= next_kill and worker_kills_left:
                workers = workers_of(scan.pid)
                with contextlib.suppress(ProcessLookupError, IndexError):
                    os.kill(self.chance.choice(workers), signal.SIGKILL)
                    self.hits["worker"] += 1
                    worker_kills_left -= 1
                next_kill = now + self.chance.uniform(0.3, 4.0)
            time.sleep(0.02)
        out, err = scan.communicate(timeout=60)
        self._look(scan, out, err, before, killed=scan.returncode == -signal.SIGKILL)

    def _look(
        self, scan: subprocess.Popen[str], out: str, err: str, before: set[str], *, killed: bool
    ) -> None:
        deadline = time.monotonic() + ORPHAN_LIMIT_S
        while (left := group(scan.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._note("orphans", len(left))
        now = finished(self.library)
        self._note("tracks lost", len(before - now))
        if self.library.exists():
            with contextlib.closing(sqlite3.connect(self.library)) as db:
                self._note("libraries damaged", db.execute("PRAGMA integrity_check").fetchone()[0] != "ok")
                with contextlib.suppress(sqlite3.OperationalError):  # killed before there were tables
                    for stage, n in db.execute("SELECT stage, count(*) FROM failures GROUP BY stage"):
                        if stage == "killed":  # so often that the next scan has to try
                            self.n_put_off += n
                        else:
                            self._note(f"songs failed ({stage})", n)
        if killed or scan.returncode == 3:  # the next scan goes on with this library
            return
        if scan.returncode != 0:
            self._note(f"scans that ended with status {scan.returncode}", 1)
            print(err[-2000:], file=sys.stderr)
        elif json.loads(out)["failed"] == 0 and len(now) != self.n_songs:
            self._note("scans that left songs out", 1)
        self.n_ended += 1
        self.n_libraries += 1
        self.library = self.folder / f"{self.n_libraries}.db"

    def _note(self, what: str, n: int) -> None:
        if n:
            self.wrong[what] += n


def write_song(path: Path, seed: int) -> None:
    """Write 20 to 60 s of noise with a pulse, different for every seed."""
    rng = np.random.default_rng(seed)
    n = int(rng.uniform(20, 60) * RATE_HZ)
    pulse = np.sin(np.arange(n) * rng.uniform(1e-4, 6e-4)) ** 8
    soundfile.write(path, (0.2 * pulse * rng.standard_normal(n)).astype(np.float32), RATE_HZ, "PCM_16")


def finished(library: Path) -> set[str]:
    """The identities of the tracks that are committed."""
    with contextlib.suppress(sqlite3.OperationalError):
        with contextlib.closing(sqlite3.connect(f"file:{library}?mode=ro", uri=True, timeout=5)) as db:
            return {row[0] for row in db.execute("SELECT identity FROM tracks")}
    return set()


def group(leader: int) -> list[int]:
    """The living processes of a process group."""
    return [pid for pid, fields in processes() if int(fields[2]) == leader and fields[0] != "Z"]


def workers_of(parent: int) -> list[int]:
    """The living workers of a scan."""
    found = []
    for pid, fields in processes():
        if int(fields[1]) == parent and fields[0] != "Z":
            with contextlib.suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
    return found


def processes() -> list[tuple[int, list[str]]]:
    """Every process with its state, parent and group, and what /proc tells after these."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = Path(entry.path, "stat").read_text().rsplit(")", 1)[1].split()
                found.append((int(entry.name), fields))
    return found


if __name__ == "__main__":
    main()
