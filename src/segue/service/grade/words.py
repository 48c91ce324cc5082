"""What a grade justifies saying, in sentences; never more than its intervals and sample sizes bear."""

from __future__ import annotations

import math

from segue.grading.report import Row, Verdict
from segue.report.words import count, difference, listing, percent, percent_interval, sentence
from segue.service.grade.report import Grade

MEASURE = "recall@20"
MIN_LISTS = 20  # fewer lists than this say nothing about the next one, whatever their interval
MANY_LISTS = 10_000  # more than anybody has
_KINDS = {
    "playlist": ("playlist", "playlists"),
    "session": ("session of listening", "sessions of listening"),
    "album": ("album", "albums"),
    "list": ("list", "lists"),
}
_BESIDE_CHANCE = {
    Verdict.BETTER: "more than chance",
    Verdict.WORSE: "less than chance",
    Verdict.UNDECIDED: "which cannot be told apart from chance",
}


def sentences(grade: Grade) -> tuple[str, ...]:
    """Return the verdict, a sentence or two each."""
    said = [
        _advice(grade),
        _asked(grade),
        *_beside_chance(grade),
        *_skipped(grade),
        *_other_lists(grade),
        *_hybrid(grade),
        *_hubs(grade),
    ]
    return tuple(said)


def _advice(grade: Grade) -> str:
    """What to do, in a sentence or two."""
    if not grade.enough:
        return (
            f"This is too little data to tell: {count(grade.n_lists_asked, 'list')} say little about the next one, and "
            f"intervals of so few are themselves uncertain; {MIN_LISTS} lists of three tracks or more are the least."
        )
    best = grade.best
    if best is None:
        return "Nothing but controls could be graded, so there is nothing to choose."
    undecided = [one for one in grade.rows if one.is_control and not _beats(grade, best, one)]
    if undecided:
        names = listing([one.model for one in undecided])
        return (
            f"No model can be chosen by these lists: {best.model}, the first, cannot be told apart from {names}"
            f"{_lists_needed(grade, best, undecided[0])}."
        )
    rivals = [
        one for one in grade.rows if not one.is_control and one is not best and not _beats(grade, best, one)
    ]
    # Lists of a research set are nobody's library, which could be asked.
    text = "" if set(grade.lists) == {"list"} else f"Use `segue like --by {best.model}`: "
    text += f"{best.model} finds most of the hidden tracks"
    if not rivals:
        return f"{text}, more than any other model."
    names = listing([one.model for one in rivals])
    return f"{text}, though it cannot be told apart from {names}{_lists_needed(grade, best, rivals[0])}."


def _beats(grade: Grade, one: Row, other: Row) -> bool:
    return grade.comparison.verdict(one.model, other.model, MEASURE) is Verdict.BETTER


def _lists_needed(grade: Grade, one: Row, other: Row) -> str:
    """How many lists would tell two models apart if their difference stays: intervals shrink with the root of lists."""
    gap = grade.comparison.difference(one.model, other.model, MEASURE)
    if not gap.value or gap.low is None or gap.value <= 0:
        return ""
    needed = grade.n_lists_asked * ((gap.value - gap.low) / gap.value) ** 2
    if needed > MANY_LISTS:
        return f", and not even {MANY_LISTS:,} lists would tell"
    rounded = 10 * math.ceil(needed / 10)
    return f"; some {rounded:,} lists would be enough, if the difference from {other.model} stays as it is"


def _asked(grade: Grade) -> str:
    kinds = " and ".join(count(n, *_KINDS.get(kind, (kind, kind))) for kind, n in grade.lists.items())
    return (
        f"{kinds}, {count(grade.comparison.n_items, 'track')}: from {count(grade.n_lists_asked, 'list')} a fifth of the "
        f"tracks was hidden ({grade.n_hidden:,} of them), {count(len(grade.comparison.seeds), 'time')} over, and each "
        "model was asked for the 20 tracks that fit the rest."
    )


def _beside_chance(grade: Grade) -> list[str]:
    said = []
    no_popularity = grade.collaborative.reachable == 0
    if no_popularity:
        said.append(
            "popularity cannot rank a hidden track: no other list holds one, so nobody is seen with it."
        )
    chance = grade.comparison.by_model["random"].value(MEASURE)
    for model in ("content", "content+genres", "popularity"):
        row = grade.comparison.by_model.get(model)
        if row is None or (model == "popularity" and no_popularity):
            continue
        found = row.estimate(MEASURE)
        than = _BESIDE_CHANCE[grade.comparison.verdict(model, "random", MEASURE)]
        ends = "no interval" if found.low is None else percent_interval(found.low, found.high)
        said.append(
            f"{model} finds {percent(found.value, 1)} of the hidden tracks ({ends}), {than} ({percent(chance, 1)})."
        )
    return said


def _skipped(grade: Grade) -> list[str]:
    return [f"{one.model} was not asked: {sentence(one.reason)}" for one in grade.comparison.skipped]


def _other_lists(grade: Grade) -> list[str]:
    if not grade.collaborative.asked:
        return [f"Collaborative filtering was not asked, because {grade.collaborative.why_not}."]
    base = "content" if "content" in grade.comparison.by_model else "random"
    said = []
    for model in ("itemknn", "ease", "hybrid", "hybrid-trust"):
        row = grade.comparison.by_model.get(model)
        if row is None:
            continue
        said.append(
            f"{model} finds {percent(row.value(MEASURE), 1)} and {_does(grade, model, base)} ({_gap(grade, model, base)})."
        )
    return said


def _hybrid(grade: Grade) -> list[str]:
    """The hybrid beside the models of lists that it adds content to."""
    hybrid = next((name for name in ("hybrid", "hybrid-trust") if name in grade.comparison.by_model), None)
    bases = [name for name in ("itemknn", "ease") if name in grade.comparison.by_model]
    if hybrid is None or not bases:
        return []
    said = [f"{_does(grade, hybrid, base)} ({_gap(grade, hybrid, base)})" for base in bases]
    return [f"{hybrid} {' and '.join(said)}."]


def _does(grade: Grade, one: str, other: str) -> str:
    verdict = grade.comparison.verdict(one, other, MEASURE)
    return (
        f"cannot be told apart from {other}"
        if verdict is Verdict.UNDECIDED
        else f"does {verdict} than {other}"
    )


def _gap(grade: Grade, one: str, other: str) -> str:
    gap = grade.comparison.difference(one, other, MEASURE)
    return difference(gap.value or 0.0, gap.low or 0.0, gap.high or 0.0)


def _hubs(grade: Grade) -> list[str]:
    hubs = grade.hubs.get("content")
    if not hubs:
        return []
    share = grade.comparison.by_model["content"].value("hub_share@20")
    by_chance = min(20 / grade.comparison.n_candidates, 1.0)
    return [
        f"The most listed 1 % of tracks take {percent(share)} of all places content gives; the foremost, {hubs[0].track}, "
        f"is in {percent(hubs[0].share_of_lists)} of its lists (20 of {grade.comparison.n_candidates:,} tracks is "
        f"{percent(by_chance)} by chance)."
    ]
