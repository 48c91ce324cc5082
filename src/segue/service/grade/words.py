"""What a grade justifies saying, in sentences; never more than its intervals and sample sizes bear."""

from __future__ import annotations

from segue.grading.report import Verdict
from segue.report.words import count, difference, percent, percent_interval, sentence
from segue.service.grade.report import Grade

MEASURE = "recall@20"
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
    said = [_asked(grade), *_beside_chance(grade), *_skipped(grade), *_other_lists(grade), *_hubs(grade)]
    if not grade.enough:
        said.append(
            f"This is too little data to tell: {grade.n_lists_asked} lists say little about the next one, "
            "and intervals of so few are themselves uncertain."
        )
    return tuple(said)


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
        gap = grade.comparison.difference(model, base, MEASURE)
        does = "cannot be told apart from" if gap.verdict is Verdict.UNDECIDED else f"does {gap.verdict} than"
        beside = difference(gap.value or 0.0, gap.low or 0.0, gap.high or 0.0)
        said.append(f"{model} finds {percent(row.value(MEASURE), 1)} and {does} {base} ({beside}).")
    return said


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
