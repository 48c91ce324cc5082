"""What the figures of a comparison justify saying: statements made from its report, and from nothing else.

A difference is called one only where its interval lies on one side of zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from segue.grading.holdout import COLD
from segue.grading.measure import LIST_LENGTH
from segue.grading.report import ComparisonReport, Row, Verdict
from segue.grading.variants import EXCHANGED, SHUFFLED
from segue.report.recommenders import TITLES, ends
from segue.report.words import count, listing, percent
from segue.research.compare.baselines import best_and_reference, without_content
from segue.research.compare.evidence import Evidence, evidence, same_without_content
from segue.research.compare.family import tested
from segue.research.compare.statement import Statement, compared, gap
from segue.research.compare.words_of_artists import of_artists

MIN_ASKERS = 20  # so few users say nothing about the next one, whatever their interval; as in `segue grade`
ALPHA = 0.05


_OPENINGS = {
    Evidence.COUNTS: "Content itself counts where a model does better than with another item's content, with another "
    "artist's where it has one for each artist, and without any where that was measured",
    Evidence.NAMES_ARTISTS: "Content only tells who made an item where a model does as well with another artist's content "
    "for all items of an artist: it gains by knowing which items are by one artist, from genres or otherwise",
    Evidence.HARMS: "Wrong content harms some models, but right content gains nothing on the same model without any",
    Evidence.NONE: "No effect of content is shown where the shuffled control does as well, whatever the model gains over "
    "others",
}


def statements(report: ComparisonReport) -> list[Statement]:
    """Return what can be said, the most important first."""
    if report.n_askers < MIN_ASKERS:
        return [_too_few(report)]
    if not any(row.value(report.headline) for row in report.rows):
        return [_all_nothing(report)]
    makers = (
        _best,
        _list_holds_all,
        _against_reference,
        _against_without_content,
        _against_choices,
        _families,
        _added,
        _content,
        _gain_without_content,
        of_artists,
        _bound,
        _popularity,
    )
    found = [statement for make in makers for statement in make(report)]
    closing = "Each interval is of 95 % and not corrected for how many there are: one that nearly reaches zero is weak evidence."
    return [*found, *_together(report), Statement("intervals", closing)]


def sentences(report: ComparisonReport) -> tuple[str, ...]:
    """Return the texts of `statements`."""
    return tuple(statement.text for statement in statements(report))


def _too_few(report: ComparisonReport) -> Statement:
    whom = "these users" if report.n_askers != 1 else "this user"
    return Statement(
        "too-few-users",
        f"Only {count(report.n_askers, 'user')} of {report.name} could be asked, which is too little data to tell which "
        f"model does better: the figures describe {whom} and nobody else.",
    )


def _all_nothing(report: ComparisonReport) -> Statement:
    return Statement(
        "nothing-found",
        f"None of these models finds anything that was hidden of {report.name} under the protocol {report.protocol}: "
        "they score no hidden item, or never the right one.",
    )


def _best(report: ComparisonReport) -> Iterator[Statement]:
    best = report.best("collaborative", "content", "hybrid") or report.rows[0]
    fewest, most = min(report.n_users_asked), max(report.n_users_asked)
    asked = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    value = best.estimate(report.headline)
    text = (
        f"On {report.name} ({report.n_users:,} users or playlists, {report.n_items:,} items, {report.n_pairs:,} pairs; "
        f"protocol {report.protocol}, {count(len(report.seeds), 'seed')}, {asked} users asked for each seed) {best.model} "
        f"ranks hidden items best: {TITLES[report.headline]} {value.value:.3f} ({ends(value)})."
    )
    yield Statement("best", text)
    equal = [
        row.model
        for row in report.rows
        if row is not best
        and not row.is_control
        and report.verdict(best.model, row.model) is Verdict.UNDECIDED
    ]
    if equal:
        yield Statement("best-shared", f"It cannot be told apart from {listing(equal)}.")
    control = next((row.model for row in report.rows if _is_plain_control(row) and row is not best), None)
    if control is not None and report.verdict(best.model, control) is not Verdict.BETTER:
        yield Statement(
            "control-as-good",
            f"But the control {control} does as well or better: {gap(report, control, best.model)}.",
        )


def _is_plain_control(row: Row) -> bool:
    return row.is_control and not row.sees_test and ":" not in row.model


def _list_holds_all(report: ComparisonReport) -> Iterator[Statement]:
    n = report.n_candidates
    if n <= LIST_LENGTH:
        yield Statement(
            "list-holds-all",
            f"With {n} candidates a list of {LIST_LENGTH} holds them all, whoever makes it: only NDCG@10 says who does "
            "better.",
        )


def _against_reference(report: ComparisonReport) -> Iterator[Statement]:
    if pair := best_and_reference(report):
        yield Statement("reference", compared(report, *pair))


def _against_without_content(report: ComparisonReport) -> Iterator[Statement]:
    """What content is worth beside the same model without it, where that is not the reference anyway."""
    pair = best_and_reference(report)
    if pair is None or report.protocol in COLD:
        return
    best, base = pair
    without = without_content(report, best)
    if without is not None and without != base:
        yield Statement(
            "without-content", compared(report, best, without, b_is="the same model without content")
        )


def _against_choices(report: ComparisonReport) -> Iterator[Statement]:
    """The best hybrid beside the best of choices alone, whatever it is called."""
    best, others = report.best("hybrid"), report.best("collaborative")
    pair = best_and_reference(report)
    if best is None or others is None or pair is None or report.protocol in COLD:
        return
    if others.model not in (pair[1], without_content(report, best.model)):
        b_is = "the best of choices alone"
        yield Statement("choices-alone", compared(report, best.model, others.model, b_is=b_is))


def _together(report: ComparisonReport) -> Iterator[Statement]:
    """How many of the declared differences remain when they are looked at together."""
    found = tested(report)
    if len(found) < 2:
        return
    lost = [f"{one.a} - {one.b}" for one in found.values() if one.adjusted >= ALPHA and one.p < ALPHA]
    kept = sum(one.adjusted < ALPHA for one in found.values())
    text = (
        f"Of {len(found)} differences declared before measuring (to the baseline, to controls, to the same model without "
        f"content) {kept} are below {ALPHA:g} after Holm's correction"
    )
    yield Statement(
        "holm",
        f"{text}; {listing(lost)} {'is' if len(lost) == 1 else 'are'} so only before it."
        if lost
        else f"{text}.",
    )


def _families(report: ComparisonReport) -> Iterator[Statement]:
    content, others = report.best("content"), report.best("collaborative")
    if content is None or others is None:
        return
    learned = content.model.startswith(
        ("content-to", "artist-to")
    )  # from choices: what content means to users
    a_is = "the best that scores items by their content" if learned else "the best of content alone"
    yield Statement(
        "families", compared(report, content.model, others.model, a_is, "the best without content")
    )


def _added(report: ComparisonReport) -> Iterator[Statement]:
    """What genres, and artists, add to the same model without them."""
    for added, opening in (
        (
            "+genres",
            "Genres are metadata of artists, written by people, so they are reported apart from audio",
        ),
        ("+artists", "Knowing which artist made what is reported apart, too"),
    ):
        parts = [
            f"{model}{added} - {model} {gap(report, model + added, model)}"
            for model in report.by_model
            if model + added in report.by_model
        ]
        if parts:
            yield Statement(f"added{added.replace('+', '-')}", f"{opening}: {'; '.join(parts)}.")


def _content(report: ComparisonReport) -> Iterator[Statement]:
    """Whether models that use content gain by what it says, going by their controls."""
    found: dict[Evidence, list[str]] = {one: [] for one in Evidence}
    for model in report.by_model:
        shown = evidence(report, model)
        if shown is None:
            continue
        parts = [f"beside another item's {gap(report, model, model + SHUFFLED)}"]
        if model + EXCHANGED in report.by_model:
            parts.append(f"beside another artist's {gap(report, model, model + EXCHANGED)}")
        without = same_without_content(report, model)
        if shown is Evidence.HARMS and without is not None:
            parts.append(f"beside {without} {gap(report, model, without)}")
        found[shown].append(f"{model} ({'; '.join(parts)})")
    for shown, parts in found.items():
        if parts:
            yield Statement(shown, f"{_OPENINGS[shown]}: {', '.join(parts)}.")


def _gain_without_content(report: ComparisonReport) -> Iterator[Statement]:
    """How much of what the best gains on its reference its controls gain too."""
    pair = best_and_reference(report)
    if pair is None:
        return
    best, base = pair
    for suffix, code, kept_without, adds in (
        (
            SHUFFLED,
            "gain-without-content",
            "without audio and genres",
            "beside what else it knows and how it is fitted, they add",
        ),
        (
            EXCHANGED,
            "gain-by-artists",
            "with genres that say nothing but which items are by one artist",
            "what genres say adds",
        ),
    ):
        control = best + suffix
        if control not in report.by_model:
            continue
        gained, by_control = report.difference(best, base), report.difference(control, base)
        if not gained.verdict is by_control.verdict is Verdict.BETTER:
            continue
        kept = min((by_control.value or 0.0) / (gained.value or 1.0), 1.0)
        yield Statement(
            code,
            f"But {control} also does better than {base}: {gap(report, control, base)}. So {best} keeps "
            f"{percent(kept)} of its gain {kept_without}; {adds} {gap(report, best, control)}.",
        )


def _bound(report: ComparisonReport) -> Iterator[Statement]:
    bound = next((row for row in report.rows if row.is_control and row.sees_test), None)
    best = report.best("content", "hybrid")
    if bound is None or best is None:
        return
    most, reached = bound.value(report.headline), best.value(report.headline)
    if most and reached is not None:
        yield Statement(
            "bound",
            f"{bound.model} has seen the answers and only bounds what factors of that kind can reach: "
            f"{TITLES[report.headline]} {most:.3f}, of which {best.model} reaches {percent(reached / most)}.",
        )


def _popularity(report: ComparisonReport) -> Iterator[Statement]:
    lifts = {row.model: row.value("popularity_lift@20") for row in report.rows if not row.is_control}
    times = {model: f"{1 + lift:.2f} times" for model, lift in lifts.items() if lift is not None}
    if len(set(times.values())) < 2:
        return
    ordered = sorted(times, key=lambda model: lifts[model] or 0.0)
    least, most = ordered[0], ordered[-1]
    yield Statement(
        "popularity",
        f"Compared with users' own items, the items of lists are {times[least]} as popular with {least} and "
        f"{times[most]} with {most}.",
    )
