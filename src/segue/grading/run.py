"""The comparison itself: each model tuned, fitted and measured on each seed's division; what is done stays done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from segue.errors import SegueError
from segue.grading.holdout import Holdout, Stage, hold_out, items_of_known_artists
from segue.grading.measure import LIST_LENGTH, Measured, Yardstick, find_hits, measure
from segue.grading.store import Made, Results, fingerprint
from segue.grading.variants import COLD, Skipped, Variant, variants
from segue.metrics import ranking
from segue.recommend.models.baselines import artist_numbers
from segue.recommend.models.contract import Kind, Settings
from segue.recommend.models.registry import MODELS, Fitted, fit
from segue.types import Interactions, ItemContent

# What settings are chosen by, on validation data: the measure each protocol is mostly read for.
TUNED_BY = {"warm": "ndcg@10", "cold": "recall@20", "temporal": "ndcg@10", "user-cold": "ndcg@10"}
FEW_CANDIDATES = "ndcg@10"  # where a list holds all candidates, recall is 1 for everybody


@dataclass(frozen=True, slots=True)
class Comparison:
    """All measured models: ``measured[model][j]`` is of seed ``seeds[j]``; ``made`` says how each was made,
    and ``data`` is a hash of what they were measured on.
    """

    dataset: str
    data: str
    protocol: str
    seeds: tuple[int, ...]
    models: tuple[Variant, ...]
    skipped: tuple[Skipped, ...]
    measured: dict[str, list[Measured]]
    made: dict[str, list[Made]]
    n_users: int
    n_items: int
    n_pairs: int
    n_candidates: int
    headline: str  # the measure that settings were chosen by and models are ordered by
    notes: dict[str, int]


TUNING_USERS = 1500  # at most so many are asked on validation data, the same for every model of a seed

Step = Callable[[str, int, int], None]  # (what is being done, steps done, of how many)


def compare(
    interactions: Interactions,
    content: ItemContent | None,
    protocol: str,
    *,
    models: Sequence[str] | None = None,
    kinds: Mapping[str, Kind] = MODELS,
    seeds: Sequence[int] = range(5),
    out: Path,
    step: Step = lambda *_: None,
) -> Comparison:
    """Return every model measured on every seed, keeping each result in ``out`` as soon as it is there.

    Raises SegueError for models there are none of or data the protocol cannot divide.
    """
    run, skipped = variants(models, protocol, content, kinds)
    if not run:
        raise SegueError("None of these models can serve this set: " + _reasons(skipped))
    data = fingerprint(interactions, content)
    results = Results(out, data)
    measured: dict[str, list[Measured]] = {variant.name: [] for variant in run}
    made: dict[str, list[Made]] = {variant.name: [] for variant in run}
    done, total = 0, len(run) * len(seeds)
    refused: dict[str, Skipped] = {}
    headline = TUNED_BY[protocol]
    for seed in seeds:
        held = hold_out(interactions, protocol, seed)
        if int(held.test.candidates.sum()) <= LIST_LENGTH:
            headline = FEW_CANDIDATES
        yardstick = _yardstick(interactions, content, held)
        for variant in run:
            at = f"seed {seed}, {variant.name}"
            tell = _teller(step, done, total)
            tell(at)
            done += 1
            if variant.name in refused:
                continue
            search = variant.kind.search
            kept = results.load(protocol, seed, variant.name, search)
            if kept is None:
                try:
                    kept = _measured(variant, search, held, content, yardstick, headline, _prefixed(tell, at))
                except (
                    SegueError
                ) as error:  # too big for memory, an extra missing: one model less, said in the table
                    refused[variant.name] = Skipped(variant.name, str(error))
                    continue
                results.save(protocol, seed, variant.name, *kept)
            measured[variant.name].append(kept[0])
            made[variant.name].append(kept[1])
    step("done", total, total)
    run = [variant for variant in run if variant.name not in refused]
    if not run:
        raise SegueError("No model could be fitted: " + _reasons(list(refused.values())))
    return Comparison(
        dataset=interactions.name,
        data=data,
        protocol=protocol,
        seeds=tuple(seeds),
        models=tuple(run),
        skipped=(*skipped, *refused.values()),
        measured={variant.name: measured[variant.name] for variant in run},
        made={variant.name: made[variant.name] for variant in run},
        n_users=len(interactions.user_ids),
        n_items=len(interactions.item_ids),
        n_pairs=len(interactions.users),
        n_candidates=int(held.test.candidates.sum()),
        headline=headline,
        notes=held.notes,
    )


def _measured(
    variant: Variant,
    search: Sequence[Settings],
    held: Holdout,
    content: ItemContent | None,
    yardstick: Yardstick,
    tuned_by: str,
    tell: Callable[[str], None],
) -> tuple[Measured, Made]:
    content = variant.content_from(content, held.seed)
    start_s = process_time()
    chosen, tried = _tuned(variant, search, held, content, tuned_by, tell)
    tuned_s = process_time()
    model = _fitted(variant, held.test, content, chosen, held.seed)
    fitted_s = process_time()
    found = measure(model, held.test, yardstick)
    made = Made(
        search=tuple(search),
        settings=chosen,
        tried=tuple(tried),
        tuning_cpu_s=round(tuned_s - start_s, 3),
        fit_cpu_s=round(fitted_s - tuned_s, 3),
        measure_cpu_s=round(process_time() - fitted_s, 3),
    )
    return found, made


def _tuned(
    variant: Variant,
    search: Sequence[Settings],
    held: Holdout,
    content: ItemContent | None,
    tuned_by: str,
    tell: Callable[[str], None],
) -> tuple[Settings, list[float]]:
    """The settings that do best on validation data, the first of equals, and the score of each tried."""
    if len(search) == 1:
        return search[0], []
    by, depth = tuned_by.split("@")
    score = {"ndcg": ranking.ndcg, "recall": ranking.recall}[by]
    asked = held.tune.ask_some(TUNING_USERS, held.seed)
    tried = []
    for number, settings in enumerate(search, 1):
        tell(f"setting {number} of {len(search)}")
        model = _fitted(variant, held.tune, content, settings, held.seed)
        tried.append(float(np.nanmean(score(find_hits(model, asked), int(depth)))))
    return search[int(np.argmax(tried))], tried


def _fitted(
    variant: Variant, stage: Stage, content: ItemContent | None, settings: Settings, seed: int
) -> Fitted:
    if variant.kind.sees_test:
        pairs, known = stage.with_hidden, np.ones_like(stage.known)
    else:
        pairs, known = stage.fit, stage.known
    return fit(variant.kind, pairs, content, settings, seed, known)


def _yardstick(interactions: Interactions, content: ItemContent | None, held: Holdout) -> Yardstick:
    popularity = np.bincount(interactions.items, minlength=len(interactions.item_ids)).astype(np.float64)
    if content is None:
        return Yardstick(popularity, len(interactions.user_ids))
    artists = artist_numbers(content.artists) if any(content.artists) else None
    return Yardstick(
        popularity,
        len(interactions.user_ids),
        content.audio,
        artists,
        items_of_known_artists(held.test, artists) if held.protocol == COLD and artists is not None else None,
    )


def _teller(step: Step, done: int, total: int) -> Callable[[str], None]:
    return lambda what: step(what, done, total)


def _prefixed(tell: Callable[[str], None], at: str) -> Callable[[str], None]:
    return lambda what: tell(f"{at}, {what}")


def _reasons(skipped: Sequence[Skipped]) -> str:
    return "; ".join(f"{one.model}: {one.reason.rstrip('.')}" for one in skipped) + "."
