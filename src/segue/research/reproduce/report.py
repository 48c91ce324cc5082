"""The results of the reproduction: one row for each protocol, and how the rows differ.

A row's ``result.json`` is the document of its `RowResult`; `read_row` reads one back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.encode import document, json_field
from segue.metrics.classification import ClassScores
from segue.research.datasets.leaks import SharedNames, SharedRecording
from segue.research.leaks import LeakVerdict
from segue.research.training.config import TrainConfig, from_mapping

ROWS = ("chunk-random", "size-matched-leaky", "track-random", "fault-filtered", "strict")
RESULT = "result.json"
_LONG = ("tracks", "right", "groups", "config")  # what the document of all rows leaves out

Confusion = tuple[tuple[int, ...], ...]  # (n_classes, n_classes): row true class, column named class


@dataclass(frozen=True, slots=True)
class ChunkScores:
    """Scores by chunk, in [0, 1]."""

    accuracy: float
    ci95: tuple[float, float]
    macro_f1: float
    confusion: Confusion


@dataclass(frozen=True, slots=True)
class VoteScores:
    """Scores by track, in [0, 1]: by the mean log-probability of its chunks, and by the majority of their winners."""

    accuracy: float
    ci95: tuple[float, float]
    hard_majority_accuracy: float
    macro_f1: float
    per_class: Mapping[str, ClassScores]
    confusion: Confusion

    def __document__(self) -> Mapping[str, object]:
        per_class = {
            name: {"precision": one.precision, "recall": one.recall, "f1": one.f1, "n": one.support}
            for name, one in self.per_class.items()
        }
        return {
            "accuracy": self.accuracy,
            "ci95": self.ci95,
            "hard_majority_accuracy": self.hard_majority_accuracy,
            "macro_f1": self.macro_f1,
            "per_class": per_class,
            "confusion": self.confusion,
        }


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One epoch: mean losses, and the scores on the watched part, empty between validations."""

    epoch: int
    n_epochs: int
    learning_rate: float
    losses: Mapping[str, float | None]
    valid: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class RowResult:
    """The network trained and judged under one protocol.

    ``right`` says of each of ``tracks`` whether the vote named it right (1 or 0), ``groups`` which tracks are tied by
    an artist. ``leaks`` is what the judged tracks share with what was learned from; None until it was looked for.
    """

    protocol: str
    leaky: bool
    source: str
    n_parameters: int
    n_train_tracks: int
    n_train_chunks: int
    classes: tuple[str, ...]
    n_test_tracks: int
    n_test_chunks: int
    chunk: ChunkScores
    vote: VoteScores
    tracks: tuple[str, ...]
    right: tuple[int, ...]
    groups: tuple[str, ...]
    curves: tuple[CurvePoint, ...]
    config: TrainConfig
    leaks: LeakVerdict | None = json_field(omit_empty=True, default=None)


@dataclass(frozen=True, slots=True)
class RowDifference:
    """How far the vote of the first of ``rows`` is above that of the second, in accuracy.

    ``paired``: over the same test tracks, track by track; else as independent samples.
    """

    rows: tuple[str, str]
    paired: bool
    difference: float
    ci95: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What `segue reproduce paper` found; ``missing`` are rows still to run, ``page`` where the page was written."""

    dataset: str
    seed: int
    command: str
    rows: tuple[RowResult, ...]
    differences: tuple[RowDifference, ...]
    missing: tuple[str, ...]
    page: Path | None = None

    def row(self, protocol: str) -> RowResult:
        """Return the row of a protocol. Raises KeyError for one that is missing."""
        return {row.protocol: row for row in self.rows}[protocol]

    def difference(self, first: str, second: str) -> RowDifference:
        """Return how two rows differ. Raises KeyError for a pair that was not compared."""
        return {one.rows: one for one in self.differences}[first, second]

    def __document__(self) -> Mapping[str, object]:
        return {
            "dataset": self.dataset,
            "seed": self.seed,
            "command": self.command,
            "rows": [_short(row) for row in self.rows],
            "differences": self.differences,
            "missing": self.missing,
            "page": None if self.page is None else str(self.page),
        }


def _short(row: RowResult) -> Mapping[str, object]:
    """A row's document without what is one line for each track."""
    leaks = row.leaks or LeakVerdict(None)
    counted = {
        "leak_free": leaks.leak_free,
        "artists": leaks.artists,
        "n_tracks": len(leaks.tracks),
        "n_recordings": len(leaks.recordings),
    }
    return {key: value for key, value in document(row).items() if key not in _LONG} | {"leaks": counted}


def read_row(path: Path) -> RowResult:
    """Return the row whose ``result.json`` is at ``path``.

    Raises OSError, or KeyError, TypeError or ValueError for what is no such document.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    chunk, vote = found.pop("chunk"), found.pop("vote")
    per_class = {
        name: ClassScores(one["precision"], one["recall"], one["f1"], one["n"])
        for name, one in vote.pop("per_class").items()
    }
    curves = tuple(CurvePoint(**line) for line in found.pop("curves"))
    config, leaks = from_mapping(found.pop("config")), found.pop("leaks", None)
    lists = {key: tuple(value) for key, value in found.items() if isinstance(value, list)}
    return RowResult(
        **found | lists,
        chunk=ChunkScores(**_frozen(chunk)),
        vote=VoteScores(**_frozen(vote), per_class=per_class),
        curves=curves,
        config=config,
        leaks=leaks and _read_leaks(leaks),
    )


def _frozen(scores: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**scores, "ci95": tuple(scores["ci95"]), "confusion": tuple(map(tuple, scores["confusion"]))}


def _read_leaks(found: Mapping[str, Any]) -> LeakVerdict:
    recordings = tuple(
        SharedRecording(tuple(one["tracks"]), tuple(one["reasons"])) for one in found["recordings"]
    )
    names = ("artists", "performers", "albums", "tracks", "validation_tracks", "unchecked")
    lists = {name: tuple(found.get(name, ())) for name in names}
    by = tuple(
        SharedNames(**{field: tuple(values) for field, values in one.items()})
        for _, one in sorted(found.get("by", {}).items())
    )
    return LeakVerdict(found["leak_free"], recordings=recordings, by=by, **lists)
