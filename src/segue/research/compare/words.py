"""What the figures of a comparison justify saying: sentences made from its document, and from nothing else.

A difference is called one only where its interval lies on one side of zero.
"""

from __future__ import annotations

from typing import Any

from segue.grading.measure import LIST_LENGTH
from segue.grading.variants import SHUFFLED
from segue.research.compare.told import Told, best_and_reference, twin

MIN_ASKERS = 20  # so few users say nothing about the next one, whatever their interval; as in `segue grade`


def sentences(document: dict[str, Any]) -> list[str]:
    """Return the paragraph, a sentence or two each."""
    told = Told(document)
    if document["n_askers"] < MIN_ASKERS:
        return [_too_few(document)]
    if not any(row[told.measure] for row in told.rows.values()):
        return [_all_nothing(told)]
    said = [
        _opening(told),
        *_small_choice(told),
        *_against_reference(told),
        *_against_twin(told),
        *_families(told),
        *_audio_and_genres(told),
    ]
    said += [
        *_shuffled(told),
        *_gain_without_content(told),
        *_artists(told),
        *_bound(told),
        *_popularity(told),
    ]
    said.append(
        "Intervals are of 95 % each and not corrected for how many there are; a single one near zero is weak evidence."
    )
    return said


def _too_few(document: dict[str, Any]) -> str:
    n = document["n_askers"]
    return (
        f"Only {n} user{'s' * (n != 1)} of {document['name']} could be asked, which is too little data to tell which model "
        f"does better: the figures describe {'these users' if n != 1 else 'this user'} and nobody else."
    )


def _all_nothing(told: Told) -> str:
    return (
        f"None of these models puts anything back of {told.document['name']} under the protocol "
        f"{told.document['protocol']}: they score no item that was hidden, or never the right one."
    )


def _against_twin(told: Told) -> list[str]:
    """What content is worth beside the same model without it, where that is not the reference anyway."""
    pair = best_and_reference(told)
    if pair is None or told.document["protocol"] == "cold":
        return []
    best, base = pair
    without = twin(told, best)
    if without in (None, base):
        return []
    return [_compared(told, best, without, None, "the same without content")]


def _opening(told: Told) -> str:
    document = told.document
    best = told.best("collaborative", "content", "hybrid") or next(iter(told.rows))
    row = told.rows[best]
    low, high = row["ci95"][told.measure]
    fewest, most = min(document["n_users_asked"]), max(document["n_users_asked"])
    asked = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    n_seeds = len(document["seeds"])
    seeds = "1 seed" if n_seeds == 1 else f"{n_seeds} seeds"
    text = (
        f"On {document['name']} ({document['n_users']:,} users or playlists, {document['n_items']:,} items, "
        f"{document['n_pairs']:,} pairs; protocol {document['protocol']}, {seeds}, "
        f"{asked} users asked a seed) {best} puts back most of all models: "
        f"{told.title} {row[told.measure]:.3f} ({low:.3f} to {high:.3f})."
    )
    equal = [
        m
        for m, other in told.rows.items()
        if m != best and other["family"] != "control" and told.verdict(best, m) == "not told apart"
    ]
    text += f" It cannot be told apart from {_list(equal)}." if equal else ""
    return text + _no_better_than(told, best)


def _no_better_than(told: Told, best: str) -> str:
    """What the best model owes an answer to: a control that does as well."""
    control = next(
        (m for m, row in told.rows.items() if row["family"] == "control" and _is_plain(m, row)), None
    )
    if control is None or control == best or told.verdict(best, control) == "better":
        return ""
    return f" But the control {control} does as well or better: {told.gap_in_words(control, best)}."


def _is_plain(model: str, row: dict[str, Any]) -> bool:
    return not row["sees_test"] and not model.endswith(SHUFFLED)


def _small_choice(told: Told) -> list[str]:
    n = told.document["n_candidates"]
    if n > LIST_LENGTH:
        return []
    return [
        f"With {n} candidates a list of {LIST_LENGTH} holds them all, whoever makes it: only NDCG@10 says who does better."
    ]


def _against_reference(told: Told) -> list[str]:
    pair = best_and_reference(told)
    return [_compared(told, *pair)] if pair else []


def _families(told: Told) -> list[str]:
    content, others = told.best("content"), told.best("collaborative")
    if content is None or others is None:
        return []
    alone = not content.startswith("content-to")  # those learn from choices what content means
    is_what = "the best of content alone" if alone else "the best that scores items by their content"
    return [_compared(told, content, others, is_what, "the best without content")]


def _audio_and_genres(told: Told) -> list[str]:
    said = []
    for added, words in (
        ("+genres", "Genres are metadata of artists, written by people, so they are told apart from audio"),
        ("+artists", "Knowing which artist made what is told apart too"),
    ):
        parts = [
            f"{m}{added} - {m} {told.gap_in_words(m + added, m)}" for m in told.rows if m + added in told.rows
        ]
        if parts:
            said.append(f"{words}: {'; '.join(parts)}.")
    return said


def _shuffled(told: Told) -> list[str]:
    real, harmed, none = [], [], []
    for model in told.rows:
        control = model + SHUFFLED
        if control not in told.rows:
            continue
        part = f"{model} ({told.gap_in_words(model, control)})"
        without = twin(told, model) if told.document["protocol"] != "cold" else None
        if told.verdict(model, control) != "better":
            none.append(part)
        elif without is None or told.verdict(model, without) == "better":
            real.append(part)
        else:
            harmed.append(f"{part[:-1]}; beside {without} {told.gap_in_words(model, without)})")
    said = []
    if real:
        said.append(
            "Content itself counts where a model does better than its control that is told another item's content: "
            + "; ".join(real)
            + "."
        )
    if harmed:
        said.append(
            "Wrong content harms some, but right content gains nothing that can be told on the same model without any: "
            + "; ".join(harmed)
            + "."
        )
    if none:
        said.append(
            "It is no content effect where the shuffled control does as well, whatever the model gains over others: "
            + "; ".join(none)
            + "."
        )
    return said


def _gain_without_content(told: Told) -> list[str]:
    """How much of what the best gains on its reference its shuffled control gains too."""
    pair = best_and_reference(told)
    if pair is None or pair[0] + SHUFFLED not in told.rows:
        return []
    best, base = pair
    control = best + SHUFFLED
    gained, by_control = told.gap(best, base)[0], told.gap(control, base)[0]
    if told.verdict(best, base) != "better" or told.verdict(control, base) != "better":
        return []
    return [
        f"But {control} also does better than {base}: {told.gap_in_words(control, base)}. So {best} keeps "
        f"{100 * min(by_control / gained, 1):.0f} % of its gain without audio and genres; beside what else it knows and how "
        f"it is fitted, they add {told.gap_in_words(best, control)}."
    ]


def _artists(told: Told) -> list[str]:
    said = []
    control, best = "popularity-within-artist", told.best("content", "hybrid")
    if control in told.rows and best is not None:
        said.append(_compared(told, best, control, None, "knowing only the artists of the history"))
    row = told.rows[best] if best is not None else {}
    parts = []
    for suffix, words in (("(known artist)", "by artists learned from"), ("(new artist)", "by new artists")):
        share = row.get(f"recall@20 {suffix}")
        if share is not None:
            low, high = row["ci95"][f"recall@20 {suffix}"]
            parts.append(f"{share:.3f} ({low:.3f} to {high:.3f}) of those {words}")
    if parts:
        said.append(f"Of hidden cold items {best} puts back (Recall@20) {' and '.join(parts)}.")
        said += _new_artists(told, best)
    return said


def _new_artists(told: Told, best: str) -> list[str]:
    """Who serves new artists better than the model that is best over all, if anybody does."""
    measure = "recall@20 (new artist)"
    others = {
        m: row[measure]
        for m, row in told.rows.items()
        if row["family"] != "control" and row.get(measure) is not None
    }
    foremost = max(others, key=others.__getitem__, default=best)
    if foremost == best or told.gap(foremost, best, measure)[1] <= 0:
        return []
    return [
        f"New artists are served better by {foremost}, which puts back {others[foremost]:.3f} of their items: "
        f"{told.gap_in_words(foremost, best, measure)}."
    ]


def _bound(told: Told) -> list[str]:
    bounds = [m for m, row in told.rows.items() if row["family"] == "control" and row.get("sees_test")]
    best = told.best("content", "hybrid")
    if not bounds or best is None:
        return []
    bound = bounds[0]
    share = told.rows[best][told.measure] / told.rows[bound][told.measure]
    return [
        f"{bound} has seen the answers and only bounds what factors of that kind can reach: {told.title} "
        f"{told.rows[bound][told.measure]:.3f}, of which {best} reaches {100 * share:.0f} %."
    ]


def _popularity(told: Told) -> list[str]:
    lifted = {m: row["popularity_lift@20"] for m, row in told.rows.items() if row["family"] != "control"}
    lifted = {m: lift for m, lift in lifted.items() if lift is not None}
    if len(lifted) < 2:
        return []
    least, most = min(lifted, key=lifted.__getitem__), max(lifted, key=lifted.__getitem__)
    if _times(lifted[least]) == _times(lifted[most]):
        return []
    return [
        f"Beside users' own items, lists are {_times(lifted[least])} as popular with {least} and "
        f"{_times(lifted[most])} with {most}."
    ]


def _compared(told: Told, a: str, b: str, a_is: str | None = None, b_is: str | None = None) -> str:
    first = f"{a} ({a_is})" if a_is else a
    second = f"{b} ({b_is})" if b_is else b
    gap = told.gap_in_words(a, b)
    verdict = told.verdict(a, b)
    if verdict == "not told apart":
        return f"{first} and {second} cannot be told apart in {told.title}: {gap}."
    return f"{first} does {verdict} than {second} in {told.title}: {gap}."


def _times(lift: float) -> str:
    return f"{1 + lift:.2f} times"


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
