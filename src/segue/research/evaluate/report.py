"""The report of an evaluation: one model's scores on one part of one dataset, and another model beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segue.encode import document
from segue.metrics.classification import ClassScores
from segue.research.datasets.exclusions import Exclusions
from segue.research.leaks import LeakVerdict
from segue.types import Failure


@dataclass(frozen=True, slots=True)
class Scores:
    """A model's scores on the tracks it was asked about; shares are in [0, 1].

    ``ci95`` is the interval of the accuracy over draws of artists. ``confusion`` is int64 ``(n_classes, n_classes)``:
    row true class, column named class. ``ece`` is the expected calibration error, ``nll`` the mean negative log
    likelihood in nats. ``failures`` could not be read, ``unknown_label`` have a label the model has no class for,
    ``excluded`` were to be left out.
    """

    protocol: str
    n: int
    accuracy: float
    macro_f1: float
    ci95: tuple[float, float]
    per_class: Mapping[str, ClassScores]
    confusion: np.ndarray
    ece: float
    nll: float
    classes: tuple[str, ...]
    n_artists: int
    failures: tuple[Failure, ...]
    unknown_label: tuple[str, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """Another model on the same tracks. ``difference`` is the first model's accuracy minus this one's.

    ``mcnemar_p`` is the p value of McNemar's exact test on the tracks that only one of the two named right.
    """

    scores: Scores
    model: str
    difference: float
    difference_ci95: tuple[float, float]
    only_first_right: int
    only_second_right: int
    mcnemar_p: float
    leaks: LeakVerdict

    def __document__(self) -> Mapping[str, object]:
        return document(self.scores) | {
            "model": self.model,
            "difference": self.difference,
            "difference_ci95": self.difference_ci95,
            "only_first_right": self.only_first_right,
            "only_second_right": self.only_second_right,
            "mcnemar_p": self.mcnemar_p,
            "leaks": self.leaks,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `segue evaluate` found; ``leaks`` is what the tracks asked about share with what the model learned from."""

    scores: Scores
    model: str
    dataset: str
    part: str
    seed: int
    exclusions: Exclusions | None
    remarks: tuple[str, ...]
    leaks: LeakVerdict
    against: Against | None = None

    def __document__(self) -> Mapping[str, object]:
        found = document(self.scores) | {
            "model": self.model,
            "dataset": self.dataset,
            "part": self.part,
            "seed": self.seed,
            "exclusions": self.exclusions and self.exclusions.to_dict(),
            "remarks": self.remarks,
            "leaks": self.leaks,
        }
        return found if self.against is None else found | {"against": self.against}
