# ruff: noqa: E402 (thread counts are read when NumPy is imported)
"""How long recommenders take to fit and to serve everybody, beside the libraries one would use instead.

    python -m benchmarks.collaborative [--users 50000 --items 20000 --pairs 5000000] [--models ease als ...]

Invented listeners with tastes and a long tail of items; one thread; every model in a process of its
own, so that its peak memory is its own. *Serving* is scoring every user, leaving out what they
know and picking the best 20, which is also all that an evaluation by full ranking needs.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import json
import resource
import subprocess
import sys
import warnings
from time import process_time

import numpy as np
from scipy import sparse

from benchmarks import report
from segue.recommend.models.registry import fit
from segue.research.models.registry import MODELS
from segue.types import ItemContent

K = 20
BATCH_CELLS = 20_000_000  # scores held at a time
N_TASTES = 20
COLD_SHARE = 0.05


def world(
    n_users: int, n_items: int, n_pairs: int
) -> tuple[sparse.csr_matrix, np.ndarray, ItemContent, np.ndarray]:
    """Pairs to learn from, one hidden item of each user, content, and which items are known.

    A user has three tastes of 20, an item one; popularity falls as 1 / rank within the taste. Content gives the
    taste away, with noise; an artist makes ten items of one taste.
    """
    rng = np.random.default_rng(0)
    taste = rng.integers(N_TASTES, size=n_items)
    own = [np.flatnonzero(taste == t) for t in range(N_TASTES)]
    likes = rng.integers(N_TASTES, size=(n_users, 3))
    lengths = (
        np.minimum(rng.lognormal(0, 0.8, n_users) * n_pairs / n_users / 0.9, n_items / 20).astype(int) + 3
    )
    users, items = [], []
    for user, length in enumerate(lengths):
        for t in likes[user]:
            rank = np.exp(rng.random(length // 3 + 1) * np.log(len(own[t]))).astype(int)
            items.append(own[t][np.minimum(rank, len(own[t]) - 1)])
            users.append(np.full(len(items[-1]), user))
    users, items = np.concatenate(users), np.concatenate(items)
    pairs = sparse.csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=(n_users, n_items))
    known = rng.random(n_items) >= COLD_SHARE
    pairs = (pairs @ sparse.diags(known.astype(np.float32))).tocsr()
    pairs.eliminate_zeros()
    pairs.data[:] = 1
    hidden = np.array([_hide_one(pairs, user, rng) for user in range(n_users)])
    pairs.eliminate_zeros()
    centres = rng.standard_normal((N_TASTES, 20))
    heard = (centres[taste] + rng.standard_normal((n_items, 20))).astype(np.float32)
    artists = tuple(f"{t} {i // (10 * N_TASTES)}" for i, t in enumerate(taste))
    return pairs, hidden, ItemContent(heard, heard[:, ::-1].copy(), artists, artists), known


def _hide_one(pairs: sparse.csr_matrix, user: int, rng: np.random.Generator) -> int:
    start, stop = pairs.indptr[user : user + 2]
    if stop - start < 2:
        return -1
    at = rng.integers(start, stop)
    pairs.data[at] = 0
    return int(pairs.indices[at])


def ours(name: str, pairs: sparse.csr_matrix, content: ItemContent, known: np.ndarray):
    """A function of nothing that fits, and one of the fitted that gives every user's best K."""

    def serve(model) -> np.ndarray:
        step = max(1, BATCH_CELLS // pairs.shape[1])
        return np.vstack(
            [
                _best(model.score(pairs[i : i + step]), pairs[i : i + step])
                for i in range(0, pairs.shape[0], step)
            ]
        )

    if MODELS[name].sees_test:
        known = np.ones_like(known)
    return lambda: fit(MODELS[name], pairs, content, known_items=known), serve


def _best(scores: np.ndarray, histories: sparse.csr_matrix) -> np.ndarray:
    scores[histories.nonzero()] = -np.inf
    best = np.argpartition(-scores, K, axis=1)[:, :K]
    return np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1), 1)


def theirs(name: str, pairs: sparse.csr_matrix):
    """The same two functions for another library's model, with the settings our own has by default."""
    everybody = np.arange(pairs.shape[0])
    if name.startswith("implicit"):
        import implicit.als
        import implicit.bpr
        import implicit.nearest_neighbours as near

        model = {
            "implicit ItemItem": lambda: near.CosineRecommender(K=200, num_threads=1),
            "implicit ALS": lambda: implicit.als.AlternatingLeastSquares(
                64,
                regularization=10.0,
                alpha=10.0,
                iterations=15,
                num_threads=1,
                use_gpu=False,
                random_state=0,
            ),
            "implicit BPR": lambda: implicit.bpr.BayesianPersonalizedRanking(
                64,
                learning_rate=0.05,
                regularization=0.01,
                iterations=100,
                num_threads=1,
                use_gpu=False,
                random_state=0,
            ),
        }[name]()

        def fit_it():
            model.fit(pairs, show_progress=False)
            return model

        return fit_it, lambda fitted: fitted.recommend(everybody, pairs, N=K)[0]
    import pandas
    from rectools import Columns
    from rectools.dataset import Dataset
    from rectools.models import EASEModel

    users, items = pairs.nonzero()
    frame = pandas.DataFrame(
        {Columns.User: users, Columns.Item: items, Columns.Weight: 1.0, Columns.Datetime: "2020-01-01"}
    )
    dataset = Dataset.construct(frame)
    model = EASEModel(regularization=200.0, recommend_n_threads=1, recommend_use_gpu_ranking=False)

    def recommend(fitted) -> np.ndarray:
        table = fitted.recommend(np.unique(users), dataset, K, filter_viewed=True)
        best = np.full((pairs.shape[0], K), -1)
        best[table[Columns.User].to_numpy(), table[Columns.Rank].to_numpy() - 1] = table[Columns.Item]
        return best

    return lambda: model.fit(dataset), recommend


RIVALS = ("implicit ItemItem", "implicit ALS", "implicit BPR", "RecTools EASE")


def measure_one(name: str, size: tuple[int, int, int]) -> dict:
    """One row of the table, measured in this process."""
    warnings.simplefilter("ignore")
    pairs, hidden, content, known = world(*size)
    fit_it, serve = theirs(name, pairs) if name in RIVALS else ours(name, pairs, content, known)
    before = process_time()
    fitted = fit_it()
    fitted_at = process_time()
    best = serve(fitted)
    served_at = process_time()
    asked = hidden >= 0
    return {
        "model": name,
        "fit_cpu_s": round(fitted_at - before, 2),
        "serve_cpu_s": round(served_at - fitted_at, 2),
        "users_per_cpu_s": round(pairs.shape[0] / (served_at - fitted_at)),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        f"hidden_found_at_{K}": round(float((best == hidden[:, None]).any(axis=1)[asked].mean()), 4),
        "n_pairs": int(pairs.nnz),
    }


_TEXT = """# Fitting and serving recommenders

`python -m benchmarks.collaborative {size}`: {n_pairs:,} pairs after removing
repeats; CPU seconds on **one thread**, each model in a process of its own; {versions}.

*fit* is one fit with the default settings, *serve* scores every user against all items, leaves out what they have
and picks the best {k}: what an evaluation by full ranking costs. *found* is how often the one item
hidden from each user is among the {k}: invented listeners, so it only says that the models work. Rows in italics
are other libraries with the same settings on the same pairs; they recommend with code of their own. For models that
score cold items only (content-to-ease) nothing hidden can be found.
{smaller}{failed}
"""

FULL_SIZE = ["--users=50000", "--items=20000", "--pairs=5000000"]
_SMALLER = "\n**A reduced size**: the machine was busy. Without options it runs 50,000 users x 20,000 items x 5 million pairs.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--pairs", type=int, default=5_000_000)
    parser.add_argument("--models", nargs="+", default=[*MODELS, *RIVALS])
    parser.add_argument(
        "--limit-s", type=float, default=1800, help="stop a model that takes longer than this"
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure_one(options.one, (options.users, options.items, options.pairs))))
        return
    rows, failed = [], []
    size = [f"--{name}={getattr(options, name)}" for name in ("users", "items", "pairs")]
    for name in options.models:
        command = [sys.executable, "-m", "benchmarks.collaborative", *size, "--one", name]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=options.limit_s
            )
        except subprocess.TimeoutExpired:
            failed.append(f"{name} was stopped after {options.limit_s / 60:.0f} minutes.")
            print(failed[-1], file=sys.stderr)
            continue
        if done.returncode:
            failed.append(
                f"{name} could not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
            )
            print(failed[-1], file=sys.stderr)
            continue
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1], file=sys.stderr, flush=True)
        _write(rows, failed, size)


def _write(rows: list[dict], failed: list[str], size: list[str]) -> None:
    versions = report.versions("numpy", "scipy", "implicit", "RecTools")
    text = _TEXT.format(
        size=" ".join(size),
        n_pairs=rows[0]["n_pairs"],
        k=K,
        versions=", ".join(f"{package} {number}" for package, number in versions.items()),
        smaller="" if size == FULL_SIZE else _SMALLER,
        failed="".join(f"\n{line}\n" for line in failed),
    )
    columns = [column for column in rows[0] if column != "n_pairs"]
    cells = [[_marked(row["model"]), *(row[column] for column in columns[1:])] for row in rows]
    header = [column.replace("_", " ") for column in columns]
    data = {"versions": versions, "size": size, "failed": failed, "results": rows}
    report.write("collaborative", text + "\n" + report.table(header, cells), data)


def _marked(name: str) -> str:
    return f"*{name}*" if name in RIVALS else name


if __name__ == "__main__":
    main()
