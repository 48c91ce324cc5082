"""Naming the genres of files, in the library or not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segue.analysis.settings import DEFAULT_WINDOWS, AnalysisSettings
from segue.execution.contract import Executor
from segue.execution.processes import ProcessExecutor
from segue.execution.serial import SerialExecutor
from segue.service.jobs import AnalyseJob, cores, timeout_for_file_s
from segue.types import Failure, TrackAnalysis

# Starting worker processes costs about as much as analysing so many songs here.
_WORTH_WORKERS = 4


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
) -> Iterator[Named]:
    """Yield one `Named` per file, in the order given, each as soon as it and those before it are known.

    A file that fails does not stop the others. Raises ModelError when the model cannot be used.
    """
    job = AnalyseJob(model, AnalysisSettings(n_windows=n_windows, loudness=False))
    job.analyser()  # a broken model is the user's first news, not every file's failure
    workers = min(jobs or cores(), len(files))
    executor: Executor = (
        ProcessExecutor(workers) if workers > 1 and len(files) >= _WORTH_WORKERS else SerialExecutor()
    )
    done: dict[int, Named] = {}
    following = 0
    with executor:
        numbered = ((i, os.fspath(path)) for i, path in enumerate(files))
        for outcome in executor.map(job.numbered, numbered, lambda item: timeout_for_file_s(item[1])):
            number, path = outcome.item
            trouble = outcome.trouble
            failure = Failure(path, trouble.stage, trouble.cause) if trouble else None
            done[number] = Named(path, outcome.value, failure)
            while following in done:
                yield done.pop(following)
                following += 1
