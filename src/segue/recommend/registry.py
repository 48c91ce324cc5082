"""The scorers by name: the one place that says what `like --by` knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segue.errors import SegueError
from segue.recommend.content import ContentScorer
from segue.recommend.lists import FittedScorer, RandomScorer, fitted
from segue.recommend.models.contract import Settings
from segue.recommend.models.registry import MODELS
from segue.recommend.same_genre import SameGenreScorer
from segue.recommend.scorer import Scorer
from segue.recommend.snapshot import LIST_KINDS, Snapshot

_WITHOUT_LISTS: dict[str, Callable[[Snapshot], Scorer]] = {
    "content": ContentScorer,
    "same-genre": SameGenreScorer,
    "random": RandomScorer,
}
NAMES = ("content", "same-genre", *(name for name in MODELS if name not in _WITHOUT_LISTS), "random")


def scorer(
    name: str, snapshot: Snapshot, settings: Settings | None = None, kinds: Sequence[str] = LIST_KINDS
) -> Scorer:
    """Return the scorer ``name`` over a snapshot; a model of lists is fitted to the snapshot's lists of ``kinds``.

    ``settings`` replace a fitted model's defaults one by one. Raises SegueError (code ``unknown-scorer``) for a name
    there is none of, NotInLibrary (``no-lists``) for a model of lists where there are none, MissingExtra where it
    needs an extra, and SegueError where the model refuses the data.
    """
    if name in _WITHOUT_LISTS:
        return _WITHOUT_LISTS[name](snapshot)
    if name not in MODELS:
        raise SegueError(f"Unknown scorer {name!r}; there are {', '.join(NAMES)}.", code="unknown-scorer")
    return FittedScorer(fitted(name, snapshot, settings, kinds), snapshot)
