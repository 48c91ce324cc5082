"""What a grade found, kept in the library: which way of recommending serves it best, or why none does."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from segue.encode import document
from segue.library.database import Database
from segue.library.rows import from_json
from segue.library.shape import GRADES


@dataclass(frozen=True, slots=True)
class GradedModel:
    """One graded model: its share of hidden tracks put back, in [0, 1], and the settings that were chosen for it."""

    model: str
    recall: float
    settings: dict[str, float | int | str | bool]


@dataclass(frozen=True, slots=True)
class KeptGrade:
    """``best`` is the winner, or None for the ``reason``, one sentence. ``kinds`` are those of the graded lists.

    ``models`` are all that were measured, best first.
    """

    best: str | None
    reason: str
    kinds: tuple[str, ...]
    models: tuple[GradedModel, ...]

    def of(self, model: str) -> GradedModel | None:
        """Return what was found of one model, None where it was not measured."""
        return next((one for one in self.models if one.model == model), None)


def put_grade(database: Database, grade: KeptGrade) -> None:
    """Store what a grade found in place of what was found before; committed on return."""
    with database.change():
        database.execute(GRADES)
        database.execute("DELETE FROM grades")
        database.execute(
            "INSERT INTO grades (graded_at, grade) VALUES (?, ?)",
            (time.time(), json.dumps(document(grade))),
        )
    database.commit()


def last_grade(database: Database) -> KeptGrade | None:
    """Return what the last grade found, None where nothing was graded."""
    if database.value("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'grades'") is None:
        return None
    text = database.value("SELECT grade FROM grades ORDER BY id DESC LIMIT 1")
    if text is None:
        return None
    return from_json(text, kept_grade, "grade", str(database.path))


def kept_grade(told: Any) -> KeptGrade:
    """What a grade found, from parsed JSON. Raises as ``float``, ``dict`` and look-ups do."""
    models = tuple(
        GradedModel(str(one["model"]), float(one["recall"]), dict(one["settings"])) for one in told["models"]
    )
    best = None if told["best"] is None else str(told["best"])
    return KeptGrade(best, str(told["reason"]), tuple(map(str, told["kinds"])), models)
