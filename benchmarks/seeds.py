"""How several seeds are best combined into one question: five ways, on playlists and on albums held out.

Playlists: of every playlist of mpd-audio with ten tracks or more, ``--seeds`` tracks are drawn as seeds and the others
are hidden; all items but the seeds are ranked by each combination of the seeds' cosines of the 13 audio descriptors
(nobody's choices). Albums: the same with tracks of one soundtrack, ranked by segue's embedding among all soundtracks
and the shared GTZAN clips; and with seeds from two soundtracks, where a track of either counts (seeds that differ).
Results are given by thirds of the seeds' diversity: 1 minus their mean cosine with each other. The combination with
the highest NDCG@10, averaged over playlists and albums, is the default of `segue like`.

    python -m benchmarks.seeds [--data DIR] [--packages NAME...] [--seeds 4] [--draw 0]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.albums import KEPT_ASIDE, segue_vectors
from benchmarks.music import gtzan_clips, shared, soundtracks
from benchmarks.report import table, versions, write
from segue.analysis.settings import AnalysisSettings
from segue.metrics.ranking import hits_in_lists, ndcg
from segue.recommend.seeds import COMBINATIONS

TOP = 10
_RESAMPLES = 2000
_ALBUM_QUESTIONS = 40  # drawn of each soundtrack, and of each pair of them
_THIRDS = ("alike", "between", "diverse")


@dataclass(frozen=True, slots=True)
class Question:
    """Seeds and what counts as found, as rows of a matrix; ``group`` is what intervals resample."""

    seeds: np.ndarray
    relevant: np.ndarray
    group: int


def playlist_questions(
    data: Path, n_seeds: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[Question]]:
    """Return unit rows ``(n_items, n_dims)`` of the descriptors, and a question for each long enough playlist."""
    from segue.research.interactions.registry import read_interactions

    interactions, content, _ = read_interactions("mpd-audio", data)
    assert content is not None and content.audio is not None
    vectors = content.audio / np.maximum(np.linalg.norm(content.audio, axis=1, keepdims=True), 1e-9)
    ends = np.searchsorted(interactions.users, np.arange(len(interactions.user_ids) + 1))
    questions = []
    for user, (first, end) in enumerate(pairwise(ends)):
        items = rng.permutation(interactions.items[first:end])
        if len(items) >= TOP:
            questions.append(Question(items[:n_seeds], items[n_seeds:], user))
    return vectors.astype(np.float32), questions


def album_questions(
    packages: list[str], n_seeds: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[Question], list[Question]]:
    """Return unit rows of segue's embeddings, questions with seeds of one soundtrack, and of two."""
    found = {
        name: segue_vectors(paths, AnalysisSettings().n_windows)
        for name, paths in soundtracks(*packages).items()
    }
    clips = segue_vectors(gtzan_clips(), AnalysisSettings().n_windows)
    rows = {name: list(one.values()) for name, one in found.items()}
    vectors = np.stack([v for one in rows.values() for v in one] + list(clips.values()))
    starts = np.cumsum([0] + [len(one) for one in rows.values()])
    members = [np.arange(a, b) for a, b in pairwise(starts)]
    one, two = [], []
    for album, pieces in enumerate(members):
        for _ in range(_ALBUM_QUESTIONS if len(pieces) > n_seeds else 0):
            drawn = rng.permutation(pieces)
            one.append(Question(drawn[:n_seeds], drawn[n_seeds:], album))
        for other, others in enumerate(members[:album]):
            for _ in range(_ALBUM_QUESTIONS):
                mine, theirs = rng.permutation(pieces), rng.permutation(others)
                half = n_seeds // 2
                seeds = np.concatenate([mine[:half], theirs[: n_seeds - half]])
                relevant = np.concatenate([mine[half:], theirs[n_seeds - half :]])
                two.append(Question(seeds, relevant, album * len(members) + other))
    return vectors, one, two


def ranked(
    vectors: np.ndarray, questions: list[Question]
) -> Iterator[tuple[float, dict[str, tuple[float, float]]]]:
    """Yield for each question the seeds' diversity and, by combination, NDCG@10 and the share of seeds served.

    A seed is served when one of the first ten is among its own 50 nearest.
    """
    for question in questions:
        cosines = np.clip(vectors[question.seeds] @ vectors.T, -1, 1)
        n = len(question.seeds)
        among = cosines[:, question.seeds]
        diversity = 1 - (among.sum() - np.trace(among)) / (n * (n - 1))
        near = np.argsort(-cosines, axis=1, kind="stable")[:, : 50 + n]
        results = {}
        for name, combine in COMBINATIONS.items():
            scores = combine(cosines, np.ones(n, np.float32))
            scores[question.seeds] = -np.inf
            top = np.argsort(-scores, kind="stable")[:TOP]
            hits = hits_in_lists([top.tolist()], [question.relevant.tolist()])
            served = np.mean([np.isin(top, row).any() for row in near])
            results[name] = (float(ndcg(hits, TOP)[0]), float(served))
        yield float(diversity), results


@dataclass(frozen=True, slots=True)
class Row:
    """Mean NDCG@10 of one combination, its interval and paired difference to the mean, and by third of diversity."""

    combination: str
    ndcg: float
    difference: tuple[float, float, float]
    by_third: tuple[float, float, float]
    seeds_served: float


def rows_of(vectors: np.ndarray, questions: list[Question], rng: np.random.Generator) -> list[Row]:
    """Return one row for each combination; intervals resample playlists, soundtracks or pairs of them."""
    measured = list(ranked(vectors, questions))
    diversity = np.array([one for one, _ in measured])
    third = np.searchsorted(np.quantile(diversity, [1 / 3, 2 / 3]), diversity)
    groups = np.array([q.group for q in questions])
    names = np.unique(groups)
    members = [np.flatnonzero(groups == name) for name in names]
    value = {name: np.array([r[name][0] for _, r in measured]) for name in COMBINATIONS}
    rows = []
    for name in COMBINATIONS:
        gain = value[name] - value["mean"]
        sums = np.array([gain[m].sum() for m in members])
        sizes = np.array([len(m) for m in members])
        drawn = rng.integers(len(names), size=(_RESAMPLES, len(names)))
        means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
        low, high = np.percentile(means, [2.5, 97.5])
        rows.append(
            Row(
                name,
                float(value[name].mean()),
                (float(gain.mean()), float(low), float(high)),
                tuple(float(value[name][third == k].mean()) for k in range(3)),  # type: ignore[arg-type]
                float(np.mean([r[name][1] for _, r in measured])),
            )
        )
    return rows


def section(title: str, n: int, rows: list[Row]) -> str:
    """Return one table with its heading."""
    lines = [
        (
            row.combination,
            f"{row.ndcg:.4f}",
            "-" if row.combination == "mean" else "{:+.4f} ({:+.4f} to {:+.4f})".format(*row.difference),
            *(f"{one:.4f}" for one in row.by_third),
            f"{row.seeds_served:.2f}",
        )
        for row in rows
    ]
    header = ("combination", "NDCG@10", "difference to mean (95 %)", *_THIRDS, "seeds served")
    return f"## {title} (n = {n:,})\n\n{table(header, lines)}\n"


def main() -> None:
    """Measure, print and write docs/results/seeds.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of mpd-audio")
    parser.add_argument("--packages", nargs="+", default=list(KEPT_ASIDE))
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--draw", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.draw)
    data = options.data or shared() / "data" / "interactions" / "mpd_audio"
    vectors, playlists = playlist_questions(data, options.seeds, rng)
    sound, one, two = album_questions(options.packages, options.seeds, rng)
    parts = {
        "Playlists, audio descriptors": (vectors, playlists),
        "Albums, seeds of one soundtrack": (sound, one),
        "Albums, seeds of two soundtracks": (sound, two),
    }
    found = {title: rows_of(matrix, questions, rng) for title, (matrix, questions) in parts.items()}
    average = {
        name: float(np.mean([next(r.ndcg for r in rows if r.combination == name) for rows in found.values()]))
        for name in COMBINATIONS
    }
    best = max(average, key=lambda name: average[name])
    command = f"python -m benchmarks.seeds --seeds {options.seeds} --draw {options.draw}"
    markdown = "\n".join(
        [
            "# Several seeds in one question\n",
            f"{options.seeds} seeds. Thirds are of the seeds' diversity (1 minus their mean cosine). *Seeds served*: the share of "
            "seeds that have one of the first ten among their own 50 nearest. Intervals resample playlists, soundtracks, and "
            f"pairs of soundtracks. Best by the average of the three tables: **{best}** ("
            + ", ".join(f"{name} {value:.4f}" for name, value in average.items())
            + f").\n\nCommand: `{command}`\n",
            *(section(title, len(parts[title][1]), rows) for title, rows in found.items()),
        ]
    )
    document = {
        "command": command,
        "best": best,
        "average": average,
        "versions": versions("numpy", "segue"),
        "packages": options.packages,
        "rows": {
            title: [
                {
                    "combination": r.combination,
                    "ndcg@10": r.ndcg,
                    "difference": r.difference,
                    "by_third": r.by_third,
                    "seeds_served": r.seeds_served,
                }
                for r in rows
            ]
            for title, rows in found.items()
        },
    }
    write("seeds", markdown, document)


if __name__ == "__main__":
    main()
