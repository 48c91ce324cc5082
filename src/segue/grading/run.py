"""The comparison itself: each model tuned, fitted and measured on each seed's division; what is done stays done."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from segue.errors import SegueError
from segue.grading.holdout import Holdout, Stage, hold_out, items_of_known_artists
from segue.grading.measure import LIST_LENGTH, Measured, Yardstick, find_hits, measure
from segue.grading.store import Made, Results, fingerprint
from segue.grading.trials import TUNING_SEED, Tried, drawn, set_apart
from segue.grading.variants import Skipped, Variant, variants
from segue.metrics import ranking
from segue.recommend.models.baselines import artist_numbers
from segue.recommend.models.contract import Kind, Settings
from segue.recommend.models.registry import MODELS, Fitted, fit
from segue.types import Interactions, ItemContent

# What settings are chosen by, on validation data: the measure each protocol is mostly read for.
TUNED_BY = {
    "warm": "ndcg@10",
    "cold": "recall@20",
    "cold-artists": "recall@20",
    "temporal": "ndcg@10",
    "user-cold": "ndcg@10",
}
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
    trials: int = 0  # settings tried for each model once for all seeds; 0: each kind's own few, for each seed
    tuning_users: int = 0  # asked at most when settings are tried


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
    trials: int = 0,
    out: Path,
    step: Step = lambda *_: None,
) -> Comparison:
    """Return every model measured on every seed, keeping each result in ``out`` as soon as it is there.

    With ``trials`` so many settings are tried for each model that has ranges, once for all seeds, on users who are
    asked nothing else (segue.grading.trials); without, each kind's own few for each seed. Raises SegueError for models there are none of or data the protocol cannot divide.
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
    artists = _artists(content)
    apart = set_apart(hold_out(interactions, protocol, TUNING_SEED, artists)) if trials else None
    kept_as = f"{protocol}-{trials}-trials" if trials else protocol
    shared: dict[tuple[bool, bool], dict[Hashable, np.ndarray]] = {}  # by the content that a variant is given
    for seed in seeds:
        held = hold_out(interactions, protocol, seed, artists)
        if apart is not None:
            held = apart.without(held)
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
            search = drawn(variant.kind, trials) if trials else variant.kind.search
            kept = results.load(kept_as, seed, variant.name, search)
            if kept is None:
                try:
                    tuning = Tuning(
                        apart.tune if apart else held.tune,
                        TUNING_SEED if apart else seed,
                        headline,
                        Tried(results.folder / f"{protocol}-tried", variant.name) if apart else None,
                        shared.setdefault((variant.shuffled, variant.exchanged), {}) if apart else {},
                    )
                    kept = _measured(variant, search, held, content, yardstick, tuning, _prefixed(tell, at))
                except (
                    SegueError
                ) as error:  # too big for memory, an extra missing: one model less, said in the table
                    refused[variant.name] = Skipped(variant.name, str(error))
                    continue
                results.save(kept_as, seed, variant.name, *kept)
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
        trials=trials,
        tuning_users=min(TUNING_USERS, len(apart.tune.users)) if apart else TUNING_USERS,
    )


def division(
    interactions: Interactions, content: ItemContent | None, protocol: str, seed: int, trials: int = 0
) -> Holdout:
    """Return the division that `compare` makes with the same arguments."""
    artists = _artists(content)
    held = hold_out(interactions, protocol, seed, artists)
    return set_apart(hold_out(interactions, protocol, TUNING_SEED, artists)).without(held) if trials else held


@dataclass(frozen=True, slots=True)
class Tuning:
    """Where settings are chosen: on ``stage``, with ``seed``, by ``measure``; ``tried`` keeps scores beyond a seed.

    ``shared`` is what fits of the same pairs and content share (segue.recommend.models.contract.Training.once).
    """

    stage: Stage
    seed: int
    measure: str
    tried: Tried | None
    shared: dict[Hashable, np.ndarray]


def _measured(
    variant: Variant,
    search: Sequence[Settings],
    held: Holdout,
    content: ItemContent | None,
    yardstick: Yardstick,
    tuning: Tuning,
    tell: Callable[[str], None],
) -> tuple[Measured, Made]:
    start_s = process_time()
    chosen, tried = _tuned(variant, search, tuning, variant.content_from(content, tuning.seed), tell)
    tuned_s = process_time()
    content = variant.content_from(content, held.seed)
    model = _fitted(variant, held.test, content, chosen, held.seed)
    fitted_s = process_time()
    found = measure(model, held.test, yardstick)
    made = Made(
        search=tuple(search),
        settings=chosen,
        tried=tuple(tried),
        tuning_cpu_s=round(_tuning_s(tuning, search, tuned_s - start_s), 3),
        fit_cpu_s=round(fitted_s - tuned_s, 3),
        measure_cpu_s=round(process_time() - fitted_s, 3),
    )
    return found, made


def _tuned(
    variant: Variant,
    search: Sequence[Settings],
    tuning: Tuning,
    content: ItemContent | None,
    tell: Callable[[str], None],
) -> tuple[Settings, list[float]]:
    """The settings that do best on validation data, the first of equals, and the score of each tried."""
    if len(search) == 1:
        return search[0], []
    by, depth = tuning.measure.split("@")
    score = {"ndcg": ranking.ndcg, "recall": ranking.recall}[by]
    asked = tuning.stage.ask_some(TUNING_USERS, tuning.seed)
    tried = []
    for number, settings in enumerate(search, 1):
        known = tuning.tried.score(settings) if tuning.tried else None
        if known is None:
            tell(f"setting {number} of {len(search)}")
            start_s = process_time()
            model = _fitted(variant, tuning.stage, content, settings, tuning.seed, tuning.shared)
            known = float(np.nanmean(score(find_hits(model, asked), int(depth))))
            if tuning.tried:
                tuning.tried.add(settings, known, process_time() - start_s)
        tried.append(known)
    return search[int(np.argmax(tried))], tried


def _tuning_s(tuning: Tuning, search: Sequence[Settings], here_s: float) -> float:
    """Processor time of choosing settings: here, or whenever they were tried."""
    if tuning.tried is None or len(search) == 1:
        return here_s
    return sum(tuning.tried.cpu_s(settings) for settings in search)


def _fitted(
    variant: Variant,
    stage: Stage,
    content: ItemContent | None,
    settings: Settings,
    seed: int,
    shared: dict[Hashable, np.ndarray] | None = None,
) -> Fitted:
    if variant.kind.sees_test:
        pairs, known = stage.with_hidden, np.ones_like(stage.known)
    else:
        pairs, known = stage.fit, stage.known
    return fit(variant.kind, pairs, content, settings, seed, known, kept=shared)


def _yardstick(interactions: Interactions, content: ItemContent | None, held: Holdout) -> Yardstick:
    popularity = np.bincount(interactions.items, minlength=len(interactions.item_ids)).astype(np.float64)
    if content is None:
        return Yardstick(popularity, len(interactions.user_ids))
    artists = _artists(content)
    return Yardstick(
        popularity,
        len(interactions.user_ids),
        content.audio,
        artists,
        items_of_known_artists(held.test, artists)
        if held.protocol == "cold" and artists is not None
        else None,
    )


def _artists(content: ItemContent | None) -> np.ndarray | None:
    return artist_numbers(content.artists) if content is not None and any(content.artists) else None


def _teller(step: Step, done: int, total: int) -> Callable[[str], None]:
    return lambda what: step(what, done, total)


def _prefixed(tell: Callable[[str], None], at: str) -> Callable[[str], None]:
    return lambda what: tell(f"{at}, {what}")


def _reasons(skipped: Sequence[Skipped]) -> str:
    return "; ".join(f"{one.model}: {one.reason.rstrip('.')}" for one in skipped) + "."
