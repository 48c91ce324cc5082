"""Reports of comparisons written by hand: models with given values, every interval of one width."""

from __future__ import annotations

import itertools

from segue.grading.report import ComparisonReport, Difference, Estimate, Row

FAMILIES = {
    "ease": "collaborative",
    "ease-and-als": "collaborative",
    "hybrid": "hybrid",
    "hybrid:shuffled": "control",
    "hybrid+genres": "hybrid",
    "hybrid+genres:shuffled": "control",
    "hybrid+genres:artists-exchanged": "control",
    "content": "content",
    "content:shuffled": "control",
    "ease+audio": "hybrid",
    "ease+audio:shuffled": "control",
    "content-to-cf": "content",
    "content-to-ease": "content",
    "content-to-ease+artists": "content",
    "itemknn": "collaborative",
    "hybrid+genres+artists": "hybrid",
    "ease-and-als+artists": "hybrid",
    "artist-to-ease": "content",
    "content-to-ease+genres": "content",
    "random": "control",
    "popularity": "control",
    "popularity-within-artist": "control",
    "true-factors": "control",
}


def row_of(model: str, values: dict[str, float], half_width: float) -> Row:
    """A row whose measures have these values, each interval ``half_width`` to either side."""
    return Row(
        model=model,
        family=FAMILIES[model],
        scores="all",
        sees_test=model == "true-factors",
        measures={m: Estimate(v, v - half_width, v + half_width) for m, v in values.items()},
        overall={},
        by_seed={},
        settings=({}, {}),
        tried=1,
        tuning_cpu_s=0.0,
        fit_cpu_s=0.0,
        measure_cpu_s=0.0,
    )


def report_of(
    scores: dict[str, float],
    *,
    protocol: str = "warm",
    half_width: float = 0.002,
    new_artists: dict[str, float] | None = None,
    lifts: dict[str, float] | None = None,
    asked: tuple[int, ...] = (50, 50),
    n_candidates: int = 70,
    n_askers: int = 50,
) -> ComparisonReport:
    """A report of models with these values of the headline."""
    headline = "recall@20" if protocol == "cold" else "ndcg@10"
    values = {model: {headline: score} for model, score in scores.items()}
    for model, share in (new_artists or {}).items():
        values[model]["recall@20 (new artist)"] = share
    for model, lift in (lifts or {}).items():
        values[model]["popularity_lift@20"] = lift
    rows = [row_of(model, found, half_width) for model, found in values.items()]
    differences = [
        Difference(a, b, m, Estimate(gap, gap - half_width, gap + half_width))
        for a, b in itertools.combinations(values, 2)
        for m in values[a].keys() & values[b].keys()
        for gap in [values[a][m] - values[b][m]]
    ]
    return ComparisonReport(
        dataset="x",
        name="x",
        protocol=protocol,
        data="0",
        seeds=(0, 1),
        n_users=60,
        n_items=70,
        n_pairs=800,
        n_candidates=n_candidates,
        n_users_asked=asked,
        n_askers=n_askers,
        headline=headline,
        tuned_by=headline,
        budget=4,
        tuning_users=1500,
        interval="by hand",
        notes={},
        skipped=(),
        rows=tuple(sorted(rows, key=lambda row: -(row.value(headline) or 0.0))),
        differences=tuple(differences),
    )
