"""From measured models to a report: means, bootstrap intervals, and paired differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, islice

import numpy as np
from threadpoolctl import threadpool_limits

from segue.grading.holdout import COLD
from segue.grading.measure import KNOWN_ARTIST, NEW_ARTIST
from segue.grading.report import ComparisonReport, Difference, Estimate, Row
from segue.grading.run import Comparison
from segue.grading.variants import Variant
from segue.metrics.intervals import cluster_bootstrap_columns, repetition_interval

DIFFERENCE_MEASURES = ("ndcg@10", "recall@20")
GROUP_MEASURES = ("recall@20" + KNOWN_ARTIST, "recall@20" + NEW_ARTIST)
N_DRAWS = 1000
_VALUES_AT_ONCE = 8_000_000  # 64 MB


def report_of(comparison: Comparison) -> ComparisonReport:
    """Return the comparison's rows and differences, models best first by the protocol's headline measure.

    An interval is the 95 % percentile interval of resampled users, each with all that was asked of
    them over all seeds; all models and differences share their draws, so differences are paired. Where items
    are cold everybody of a seed is asked for the same few items, drawn by chance, which no number of users
    makes up for: there it reaches at least as far as Student's t over seeds.
    """
    headline = comparison.headline
    rows = sorted(_rows(comparison), key=lambda row: _order(row, headline))
    asked = tuple(len(measured.users) for measured in comparison.measured[comparison.models[0].name])
    tried = [len(made.search) for runs in comparison.made.values() for made in runs]
    return ComparisonReport(
        dataset=comparison.dataset,
        name=comparison.dataset,
        protocol=comparison.protocol,
        data=comparison.data,
        seeds=comparison.seeds,
        n_users=comparison.n_users,
        n_items=comparison.n_items,
        n_pairs=comparison.n_pairs,
        n_candidates=comparison.n_candidates,
        n_users_asked=asked,
        n_askers=len(set(_askers(comparison))),
        headline=headline,
        tuned_by=headline,
        budget=max(tried),
        tuning_users=comparison.tuning_users,
        trials=comparison.trials or None,
        interval=_interval_in_words(comparison),
        notes=comparison.notes,
        skipped=comparison.skipped,
        rows=tuple(rows),
        differences=tuple(_differences(comparison, [row.model for row in rows])),
    )


def _order(row: Row, headline: str) -> tuple[float, float, str]:
    return -(row.value(headline) or 0.0), -(row.value("ndcg@10") or 0.0), row.model


def _interval_in_words(comparison: Comparison) -> str:
    users = f"95 % percentiles of {N_DRAWS} draws of users, paired over models"
    if comparison.protocol not in COLD:
        return users
    n = len(comparison.seeds)
    if n < 2:
        return f"{users}; other hidden items would give other figures, which one seed cannot show"
    return f"the wider of two, {users}, and Student's t over the means of {n} seeds, each of which hides other items"


def family(variant: Variant) -> str:
    """What a model scores by: ``control``, ``collaborative``, ``content`` or ``hybrid``."""
    if variant.control:
        return "control"
    if not variant.kind.needs:
        return "collaborative"
    return "content" if variant.kind.name.startswith(("content", "artist-to")) else "hybrid"


def per_user_means(comparison: Comparison, model: str, measure: str) -> np.ndarray:
    """float64 (n_users,): each user's mean over seeds, nan for users who were never asked."""
    total, n = np.zeros(comparison.n_users), np.zeros(comparison.n_users)
    for measured in comparison.measured[model]:
        values = measured.per_user[measure]
        known = np.isfinite(values)
        total[measured.users[known]] += values[known]
        n[measured.users[known]] += 1
    return np.divide(total, n, out=np.full(comparison.n_users, np.nan), where=n > 0)


def _rows(comparison: Comparison) -> Iterator[Row]:
    models = [variant.name for variant in comparison.models]
    names = list(comparison.measured[models[0]][0].per_user)
    columns = (_column(comparison, model, name) for model in models for name in names)
    ends = iter(_bootstrapped(comparison, columns))
    for variant in comparison.models:
        measured, made = comparison.measured[variant.name], comparison.made[variant.name]
        yield Row(
            model=variant.name,
            family=family(variant),
            scores=variant.kind.scores,
            sees_test=variant.kind.sees_test,
            measures={
                name: Estimate(_mean(_column(comparison, variant.name, name)), *next(ends)) for name in names
            },
            overall={
                name: _mean(np.array([one.overall[name] for one in measured])) for name in measured[0].overall
            },
            by_seed={
                name: tuple(_mean(one.per_user[name]) for one in measured) for name in DIFFERENCE_MEASURES
            },
            settings=tuple(one.settings for one in made),
            tried=len(made[0].search),
            tuning_cpu_s=_median_s(one.tuning_cpu_s for one in made),
            fit_cpu_s=_median_s(one.fit_cpu_s for one in made),
            measure_cpu_s=_median_s(one.measure_cpu_s for one in made),
        )


def _median_s(costs: Iterable[float]) -> float:
    return round(float(np.median(list(costs))), 3)


def _differences(comparison: Comparison, models: list[str]) -> Iterator[Difference]:
    two = list(combinations(models, 2))
    measured = comparison.measured[models[0]][0].per_user
    for name in (*DIFFERENCE_MEASURES, *(group for group in GROUP_MEASURES if group in measured)):
        values = {model: _column(comparison, model, name) for model in models}
        intervals = _bootstrapped(comparison, (values[a] - values[b] for a, b in two))
        for (a, b), ends in zip(two, intervals, strict=True):
            yield Difference(a, b, name, Estimate(_mean(values[a] - values[b]), *ends))


def _bootstrapped(
    comparison: Comparison, columns: Iterable[np.ndarray]
) -> list[tuple[float | None, float | None]]:
    """The interval of the mean of each column, a bounded number at a time; the draws are the same for all."""
    askers = _askers(comparison)
    at_once = max(1, _VALUES_AT_ONCE // len(askers))
    intervals = []
    for batch in _batched(columns, at_once):
        values = np.stack(batch, axis=1)
        with threadpool_limits(1):  # more threads add up in another order: other last digits
            low, high = cluster_bootstrap_columns(values, askers, np.random.default_rng(0), N_DRAWS)
        if comparison.protocol in COLD and len(comparison.seeds) > 1:
            by_seed_low, by_seed_high = repetition_interval(_means_by_seed(comparison, values))
            low, high = np.fmin(low, by_seed_low), np.fmax(high, by_seed_high)
        intervals += [(_number(a), _number(b)) for a, b in zip(low, high, strict=True)]
    return intervals


def _means_by_seed(comparison: Comparison, values: np.ndarray) -> np.ndarray:
    """float64 (n_seeds, m): the mean of every column over what was asked under each seed; nan where nothing was."""
    sizes = [len(one.users) for one in comparison.measured[comparison.models[0].name]]
    parts = np.split(values, np.cumsum(sizes)[:-1])
    seen = np.array([np.isfinite(part).sum(axis=0) for part in parts], np.float64)
    sums = np.array([np.where(np.isfinite(part), part, 0.0).sum(axis=0) for part in parts])
    return np.divide(sums, seen, out=np.full(sums.shape, np.nan), where=seen > 0)


def _column(comparison: Comparison, model: str, name: str) -> np.ndarray:
    return np.concatenate([measured.per_user[name] for measured in comparison.measured[model]])


def _askers(comparison: Comparison) -> list[int]:
    measured = comparison.measured[comparison.models[0].name]
    return np.concatenate([one.users for one in measured]).tolist()


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return _number(known.mean()) if len(known) else None


def _number(value: float) -> float | None:
    return None if not np.isfinite(value) else round(float(value), 6)


def _batched(values: Iterable[np.ndarray], size: int) -> Iterator[list[np.ndarray]]:
    """Up to ``size`` of the values at a time, in their order."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
