# ruff: noqa: E402 (thread counts are read when NumPy is imported)
"""How long a query over a library takes: NumPy against faiss, in one run, on one thread.

    python -m benchmarks.search [--rows 10000 100000 ...]

Vectors are of unit length and 256 numbers: random directions, which are the hardest for an
approximate index to tell apart, and clustered ones, as music is. The methods take turns query
by query, so a busy machine slows all of them alike. Break-even is the number of queries after
which importing faiss and building its index has paid.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import statistics
import subprocess
import sys
import time

import numpy as np

from benchmarks import report
from segue.recommend.search import ExactIndex, FaissIndex

DIM = 256
K = 10
N_QUERIES = 60
N_CLUSTERS = 200


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def random_rows(n: int, rng: np.random.Generator) -> np.ndarray:
    return unit(rng.standard_normal((n, DIM), dtype=np.float32))


def clustered_rows(n: int, rng: np.random.Generator) -> np.ndarray:
    centres = random_rows(N_CLUSTERS, rng)
    return unit(centres[rng.integers(N_CLUSTERS, size=n)] + 0.5 * random_rows(n, rng))


def matmul_search(matrix: np.ndarray, query: np.ndarray) -> np.ndarray:
    """What one writes first; kept to show what ExactIndex gains."""
    scores = matrix @ query
    best = np.argpartition(-scores, K)[:K]
    return best[np.argsort(-scores[best])]


def seconds_of(call) -> tuple[float, object]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def faiss_import_s() -> float:
    """Seconds to import faiss into a process that has NumPy, median of five."""
    code = "import time, numpy; t = time.perf_counter(); import faiss; print(time.perf_counter() - t)"
    runs = [subprocess.check_output([sys.executable, "-c", code]) for _ in range(5)]
    return statistics.median(map(float, runs))


def measure(name: str, rows: np.ndarray, rng: np.random.Generator, import_s: float) -> dict:
    """One row of the table: medians over N_QUERIES queries taken from the rows, nudged."""
    queries = unit(rows[rng.integers(len(rows), size=N_QUERIES)] + 0.3 * random_rows(N_QUERIES, rng))
    exact_build_s, exact = seconds_of(lambda: ExactIndex(rows))
    faiss_build_s, approximate = seconds_of(lambda: FaissIndex(rows))
    times: dict[str, list[float]] = {"exact": [], "matmul": [], "faiss": []}
    hits = 0
    for query in queries:
        spent, (truth, _) = seconds_of(lambda query=query: exact.search(query, K))
        times["exact"].append(spent)
        times["matmul"].append(seconds_of(lambda query=query: matmul_search(rows, query))[0])
        spent, (found, _) = seconds_of(lambda query=query: approximate.search(query, K))
        times["faiss"].append(spent)
        hits += len(set(found.tolist()) & set(truth.tolist()))
    exact_ms, matmul_ms, faiss_ms = (statistics.median(times[key]) * 1e3 for key in times)
    saved_s = (exact_ms - faiss_ms) / 1e3
    extra_s = import_s + faiss_build_s - exact_build_s
    return {
        "vectors": name,
        "rows": len(rows),
        "exact_ms": round(exact_ms, 2),
        "matmul_ms": round(matmul_ms, 2),
        "faiss_ms": round(faiss_ms, 2),
        "exact_over_faiss": round(exact_ms / faiss_ms, 1),
        "matmul_over_exact": round(matmul_ms / exact_ms, 1),
        "exact_build_s": round(exact_build_s, 3),
        "faiss_build_s": round(faiss_build_s, 3),
        "break_even_queries": round(extra_s / saved_s) if saved_s > 0 else None,
        f"faiss_recall_at_{K}": round(hits / (K * N_QUERIES), 4),
    }


_TEXT = """# Query time

`python -m benchmarks.search`: {queries} queries for the best {k} of vectors of {dim} numbers, one
thread, medians; the methods take turns query by query. {versions}; importing faiss takes
{import_s:.2f} s.

*exact* is `ExactIndex` (NumPy), *matmul* the same by `matrix @ query`, *faiss* `FaissIndex` (8 bits a
number, the candidates ranked again exactly). Break-even: queries until importing faiss and building
its index has paid. The constants in `segue.recommend.search` follow from this table.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 50_000, 100_000, 300_000])
    options = parser.parse_args()

    import faiss

    faiss.omp_set_num_threads(1)
    rng = np.random.default_rng(0)
    import_s = faiss_import_s()
    results = [
        measure(name, make(n, rng), rng, import_s)
        for n in options.rows
        for name, make in (("random", random_rows), ("clustered", clustered_rows))
    ]
    versions = report.versions("numpy", "faiss-cpu")
    text = _TEXT.format(
        queries=N_QUERIES,
        k=K,
        dim=DIM,
        versions=", ".join(f"{name} {number}" for name, number in versions.items()),
        import_s=import_s,
    )
    header = [column.replace("_", " ") for column in results[0]]
    markdown = text + "\n" + report.table(header, [list(row.values()) for row in results])
    report.write("search", markdown, {"versions": versions, "faiss_import_s": import_s, "results": results})


if __name__ == "__main__":
    main()
