"""The grade as a value: a comparison of recommenders on one's own lists, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segue.encode import document
from segue.grading.report import ComparisonReport, Files, Row

# Keys of a comparison's document that a grade has under another name, or once.
_RENAMED = {"n_users": "n_lists", "n_items": "n_tracks"}
_OWN = ("words", "import", "files")


@dataclass(frozen=True, slots=True)
class Hub:
    """A track that many lists of a model hold, and the share of lists it is in."""

    track: str
    share_of_lists: float


@dataclass(frozen=True, slots=True)
class OtherLists:
    """Whether models that ask other lists were graded, and why not.

    ``reachable`` is the share of hidden tracks that another list holds.
    """

    asked: bool
    reachable: float
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Grade:
    """What `segue grade` found. ``lists`` counts lists by kind, ``hubs`` holds the most listed tracks by model."""

    comparison: ComparisonReport
    source: str
    lists: Mapping[str, int]
    n_lists_asked: int
    n_hidden: int
    enough: bool
    collaborative: OtherLists
    imported: tuple[str, ...]
    hubs: Mapping[str, tuple[Hub, ...]]
    words: tuple[str, ...] = ()
    files: Files | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """The graded models, best first by Recall@20."""
        return self.comparison.rows

    @property
    def best(self) -> Row | None:
        """The first model that is no control; None where there is none."""
        return next((row for row in self.rows if not row.is_control), None)

    def __document__(self) -> Mapping[str, object]:
        compared = {_RENAMED.get(k, k): v for k, v in document(self.comparison).items() if k not in _OWN}
        return compared | {
            "source": self.source,
            "lists": self.lists,
            "n_lists_asked": self.n_lists_asked,
            "n_hidden": self.n_hidden,
            "enough": self.enough,
            "collaborative": self.collaborative,
            "import": self.imported,
            "hubs": self.hubs,
            "words": self.words,
            "files": self.files,
        }
