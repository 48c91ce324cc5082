# ruff: noqa: E402 (thread counts are read when NumPy is imported)
"""How long `like` takes over an open snapshot: from a query to a ranking, on one thread, medians.

    python -m benchmarks.like [--tracks 10000 100000 ...] [--queries 60]

The library is made: a real file with embeddings of the packaged model's dimension (clustered, as music is), three
tracks an artist, eighteen chunks a track, and a playlist of twenty for every ten tracks. *read* is reading the
snapshot, *first* the first answer by a scorer, which reads or fits what it needs, *then* the median of all later ones.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import report
from segue.errors import SegueError
from segue.library.records import ListEntry
from segue.library.store import Library
from segue.model.network import shipped_model
from segue.model.passport import read_passport
from segue.recommend.query import Query, Seed
from segue.recommend.rank import rank
from segue.recommend.registry import scorer
from segue.recommend.snapshot import Snapshot
from segue.types import GenreProbability, Tags, TimelineEntry, TrackAnalysis

N_CLUSTERS, N_CHUNKS, LIST_LENGTH = 200, 18, 20
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
ASKED = (
    ("content", 1),
    ("content", 5),
    ("same-genre", 1),
    ("itemknn", 1),
    ("hybrid-trust", 1),
    ("hybrid", 1),
)


def make_library(path: Path, n: int, dim: int) -> None:
    """A library of ``n`` made tracks."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((N_CLUSTERS, dim), dtype=np.float32)
    cluster = rng.integers(N_CLUSTERS, size=n)
    with Library.open(path) as library:
        with library.scan(["/music"]) as scan:
            for i in range(n):
                vector = centres[cluster[i]] + 0.5 * rng.standard_normal(dim, dtype=np.float32)
                tags = Tags(f"Song {i}", f"Artist {i // 3}", f"Album {i // 12}")
                scan.put_track(f"/music/{i}.mp3", 1, 2, f"wav:{i:032x}", tags, analysis(vector, rng))
            scan.finish(force=True)
        for k in range(n // 10):
            tracks = np.flatnonzero(cluster == cluster[rng.integers(n)]) + 1
            entries = [ListEntry(int(t)) for t in rng.permutation(tracks)[:LIST_LENGTH]]
            library.put_list(f"list {k}", "playlist", f"/{k}.m3u", entries, {})


def analysis(vector: np.ndarray, rng: np.random.Generator) -> TrackAnalysis:
    likely = rng.permutation(len(GENRES))
    chunks = [GENRES[likely[min(int(g), 9)]] for g in rng.exponential(1.0, N_CHUNKS)]
    values = {
        "genre": tuple(GenreProbability(GENRES[g], 0.5 ** (k + 1)) for k, g in enumerate(likely)),
        "timeline": tuple(TimelineEntry(5.0 * k, 5.0 * k + 5, g, 0.5) for k, g in enumerate(chunks)),
        "timbre": vector / np.linalg.norm(vector),
        "fingerprint": rng.integers(-40, 40, 1024).astype(np.int8),
    }
    passport = read_passport(shipped_model().with_suffix(".json"))
    return TrackAnalysis(passport.model, "mel128-v1", float(rng.gamma(16, 15)), values)


def seconds_of(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measured(n: int, n_queries: int, folder: Path) -> list[dict[str, object]]:
    passport = read_passport(shipped_model().with_suffix(".json"))
    path = folder / f"{n}.db"
    make_library(path, n, passport.dim)
    with Library.open(path, read_only=True) as library:
        start = time.perf_counter()
        snapshot = Snapshot.read(library, passport.model)
        read_s = time.perf_counter() - start
    rows: list[dict[str, object]] = []
    for name, n_seeds in ASKED:
        rng = np.random.default_rng(1)
        row: dict[str, object] = {"tracks": n, "scorer": name, "seeds": n_seeds, "read_s": round(read_s, 2)}

        def ask(name: str = name, n_seeds: int = n_seeds, rng: np.random.Generator = rng) -> None:
            seeds = tuple(Seed(int(item)) for item in rng.choice(snapshot.items, n_seeds, replace=False))
            rank(Query(seeds), scorer(name, snapshot), snapshot)

        try:
            row["first_ms"] = round(1e3 * seconds_of(ask), 1)
            row["then_ms"] = round(1e3 * statistics.median(seconds_of(ask) for _ in range(n_queries)), 2)
        except SegueError as error:
            row["refused"] = str(error)
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for n in arguments.tracks for row in measured(n, arguments.queries, Path(folder))]
    dim = read_passport(shipped_model().with_suffix(".json")).dim
    versions = report.versions("numpy", "scipy")
    cells = [
        [
            f"{row['tracks']:,}",
            row["scorer"],
            row["seeds"],
            row["read_s"],
            row.get("first_ms", "-"),
            row.get("then_ms", row.get("refused")),
        ]
        for row in rows
    ]
    header = ["tracks", "scorer", "seeds", "read s", "first ms", "then ms"]
    text = (
        f"# How long `like` takes in an open library\n\nMade by `python -m benchmarks.like`: embeddings of {dim} numbers, "
        f"one thread, medians of {arguments.queries} queries; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ". *read* is reading the snapshot once, *first* the first answer by a scorer, which reads or fits what it "
        "needs, *then* later ones, from the query to the ranking.\n\n" + report.table(header, cells)
    )
    report.write("like", text, {"versions": versions, "dim": dim, "results": rows})


if __name__ == "__main__":
    main()
