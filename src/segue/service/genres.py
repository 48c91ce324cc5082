"""Naming the genres of files, in the library or not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segue.analysis.settings import DEFAULT_WINDOWS, AnalysisSettings
from segue.execution.contract import Executor, Outcome
from segue.execution.default import default_executor
from segue.service.jobs import AnalyseJob, require_model, timeout_for_file_s
from segue.types import Failure, TrackAnalysis


@dataclass(frozen=True, slots=True)
class Named:
    """One file's analysis, or the failure that stands in its place."""

    path: str
    analysis: TrackAnalysis | None = None
    failure: Failure | None = None


def name_genres(
    files: Sequence[str],
    *,
    model: Path | None = None,
    n_windows: int = DEFAULT_WINDOWS,
    jobs: int | None = None,
    executor: Executor | None = None,
) -> Iterator[Named]:
    """Yield one `Named` per file, in the order given, each as soon as it and those before it are known.

    A file that fails does not stop the others. ``executor`` runs the work (None: ``jobs`` processes where that pays).
    Raises ModelError when the model cannot be used.
    """
    job = AnalyseJob(model, AnalysisSettings(n_windows=n_windows, loudness=False))
    paths = [os.fspath(path) for path in files]
    done: dict[str, Outcome[str, TrackAnalysis]] = {}
    # Another model than the packaged one is a stranger's program: it gets a process of its own, with limits.
    n_harmless = len(paths) if model is None else None
    with executor or default_executor(1 if jobs is None and model else jobs, n_harmless) as running:
        require_model(job, running)  # a broken model is the user's first news, not every file's failure
        outcomes = running.map(job, dict.fromkeys(paths), timeout_for_file_s)
        for path in paths:
            while path not in done:
                outcome = next(outcomes)
                done[outcome.item] = outcome
            trouble = done[path].trouble
            failure = Failure(path, trouble.stage, trouble.cause) if trouble else None
            yield Named(path, done[path].value, failure)
