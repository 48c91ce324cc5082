"""Records that a run wrote, read back and checked: one line of ``metrics.jsonl`` for each epoch."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from segue.errors import TrainingError

METRICS = "metrics.jsonl"


class EpochRecord(BaseModel):
    """One epoch as it was recorded; None where a value was no finite number. ``valid`` is empty between validations."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    n_epochs: int
    learning_rate: float | None
    losses: dict[str, float | None]
    valid: dict[str, float | None]


def read_metrics(run_dir: Path) -> list[EpochRecord]:
    """Return the epochs that the run in ``run_dir`` recorded; none where there is no file. Raises TrainingError."""
    return [read_epoch(line, run_dir / METRICS) for line in metrics_lines(run_dir)]


def metrics_lines(run_dir: Path) -> list[str]:
    """Return the lines of ``metrics.jsonl`` as they stand. Raises TrainingError (``run-damaged``)."""
    path = run_dir / METRICS
    if not path.exists():
        return []
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (ValueError, OSError) as error:
        raise unreadable(path) from error


def read_epoch(line: str, path: Path) -> EpochRecord:
    """Return what one line of the file at ``path`` says. Raises TrainingError (``run-damaged``)."""
    try:
        return EpochRecord.model_validate_json(line)
    except ValidationError as error:
        raise unreadable(path) from error


def unreadable(path: Path) -> TrainingError:
    """The error to raise where ``path``, a file of the run to be continued, is damaged."""
    return TrainingError(
        f"The run in {path.parent} cannot be continued ({path.name} cannot be read); delete the folder and train again.",
        code="run-damaged",
    )
