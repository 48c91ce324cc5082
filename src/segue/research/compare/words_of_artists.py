"""What a comparison says of artists: what knowing them is worth, and how items of known and of new ones fare."""

from __future__ import annotations

from collections.abc import Iterator

from segue.grading.holdout import COLD
from segue.grading.measure import KNOWN_ARTIST, NEW_ARTIST
from segue.grading.report import ComparisonReport, Row, Verdict
from segue.report.recommenders import TITLES, ends
from segue.research.compare.baselines import ARTIST_ALONE, without_content
from segue.research.compare.statement import Statement, compared, gap

_BY_ARTIST = "popularity-within-artist"


def of_artists(report: ComparisonReport) -> Iterator[Statement]:
    """Return what is known of artists beside the best model that uses content, and whom it serves among new items."""
    best = report.best("content", "hybrid")
    if best is None:
        return
    if _BY_ARTIST in report.by_model:
        b_is = "knowing only the artists of the history"
        yield Statement("artists-only", compared(report, best.model, _BY_ARTIST, b_is=b_is))
    alone = ARTIST_ALONE["cold" if report.protocol in COLD else "warm"]
    if alone in report.by_model and alone not in (best.model, without_content(report, best.model)):
        b_is = "told who made what, and nothing else"
        yield Statement("artist-alone", compared(report, best.model, alone, b_is=b_is))
    if report.protocol == "cold-artists":
        yield from _sound_alone(report)
    parts = []
    for suffix, whose in ((KNOWN_ARTIST, "by artists learned from"), (NEW_ARTIST, "by new artists")):
        share = best.estimate("recall@20" + suffix)
        if share.value is not None:
            parts.append(f"{share.value:.3f} ({ends(share)}) of those {whose}")
    if parts:
        text = f"Of hidden cold items {best.model} finds (Recall@20) {' and '.join(parts)}."
        yield Statement("known-and-new-artists", text)
        yield from _new_artists(report, best)


def _sound_alone(report: ComparisonReport) -> Iterator[Statement]:
    """What is left for artists nobody chose yet where nobody has written about them either."""
    heard = [row for row in report.rows if row.family in ("content", "hybrid") and "+" not in row.model]
    if heard:
        value = heard[0].estimate(report.headline)
        yield Statement(
            "sound-alone",
            f"By sound alone, {heard[0].model} does best for artists nobody chose yet: {TITLES[report.headline]} "
            f"{value.value or 0:.3f} ({ends(value)}).",
        )


def _new_artists(report: ComparisonReport, best: Row) -> Iterator[Statement]:
    """Who serves new artists better than the model that is best over all, if anybody does."""
    measure = "recall@20" + NEW_ARTIST
    shares = {row.model: row.value(measure) for row in report.rows if not row.is_control}
    known = {model: share for model, share in shares.items() if share is not None}
    foremost = max(known, key=known.__getitem__, default=best.model)
    if foremost != best.model and report.verdict(foremost, best.model, measure) is Verdict.BETTER:
        yield Statement(
            "new-artists-better",
            f"New artists are served better by {foremost}, which finds {known[foremost]:.3f} of their items: "
            f"{gap(report, foremost, best.model, measure)}.",
        )
