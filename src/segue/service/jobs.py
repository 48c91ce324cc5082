"""The pieces of work that workers do, as values that can travel to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from segue.analysis.settings import AnalysisSettings
from segue.audio.identity import Identified, identify
from segue.audio.layout import Layout
from segue.errors import AudioError, ModelError
from segue.execution.contract import Executor
from segue.execution.default import cores, default_executor
from segue.execution.limits import limit_memory
from segue.types import TrackAnalysis

if TYPE_CHECKING:
    from segue.analysis.track import Analyser

__all__ = [
    "AnalyseJob",
    "Identified",
    "cores",
    "identify",
    "naming",
    "timeout_for_file_s",
    "timeout_for_size_s",
]

# A hang must end, a slow disk must not be taken for one: two minutes, and 100 kB/s beyond.
_TIMEOUT_BASE_S = 120.0
_TIMEOUT_BYTES_PER_S = 100_000.0
_MODEL_TIMEOUT_S = 60.0  # to load a model and hear one window, which takes a second


def timeout_for_size_s(n_bytes: int) -> float:
    """Return how long the work on a file of ``n_bytes`` may take before it counts as hung."""
    return _TIMEOUT_BASE_S + n_bytes / _TIMEOUT_BYTES_PER_S


def timeout_for_file_s(path: str) -> float:
    """Return how long the work on the file may take; the base time when it cannot even be asked its size."""
    try:
        return timeout_for_size_s(os.stat(path).st_size)
    except OSError:
        return _TIMEOUT_BASE_S


@lru_cache(maxsize=2)
def _analyser(model: Path | None, settings: AnalysisSettings, facets: tuple[str, ...]) -> Analyser:
    # Kept for the life of the worker: loading a model costs more than a song.
    from segue.analysis.track import Analyser
    from segue.facets.registry import registry
    from segue.model.network import Network, shipped_model

    if model is not None:
        limit_memory()  # in a worker only: another model than the packaged one is a stranger's program
    return Analyser(Network(model or shipped_model()), settings, registry(facets))


@dataclass(frozen=True, slots=True)
class AnalyseJob:
    """Analyses files with one model (None: the one inside the package) and one setting of effort.

    ``facets`` are files with facets beyond those of segue and of installed packages.
    """

    model: Path | None
    settings: AnalysisSettings
    facets: tuple[str, ...] = ()

    def analyser(self) -> Analyser:
        """Return this process's analyser, loaded on first use. Raises ModelError when that fails."""
        return _analyser(self.model, self.settings, self.facets)

    def __call__(
        self, path: str, layout: Layout | None = None, missing: tuple[str, ...] | None = None
    ) -> TrackAnalysis:
        """Return the analysis of one file, with all facets or only those ``missing``.

        ``layout`` is what identifying it read. Raises AudioError when there is none to be had.
        """
        return self.analyser()(path, layout, missing)


@dataclass(frozen=True, slots=True)
class TryModel:
    """Loads a model and runs it once on silence, in a worker that may not come back."""

    job: AnalyseJob

    def __call__(self, path: str) -> None:
        """Return nothing when the model runs. Raises ModelError otherwise."""
        import numpy as np

        network = self.job.analyser().network
        front_end = network.passport.front_end
        network(np.zeros((front_end.n_mels, front_end.window_picks), np.float32))


def require_model(job: AnalyseJob, executor: Executor) -> None:
    """Return nothing when the model of ``job`` can be used; it is run in ``executor`` unless it is the packaged one.

    Raises ModelError when it cannot be read, fails, or does not answer in time.
    """
    job.analyser()  # its passport and its facets; this runs nothing of the model
    if job.model is None:
        return
    for outcome in executor.map(TryModel(job), [os.fspath(job.model)], lambda path: _MODEL_TIMEOUT_S):
        if (trouble := outcome.trouble) is None:
            continue
        if trouble.stage in ("timeout", "crash", "killed"):
            raise ModelError(
                f"The model {job.model} did not come through a trial on silence (stage {trouble.stage}): "
                "it asks for more time or memory than a model gets, or crashes.",
                code="model-runaway",
            )
        raise ModelError(trouble.cause, code="model-output")


def analyse_one(job: AnalyseJob, file: str, layout: Layout | None = None) -> TrackAnalysis:
    """Return the analysis of one file, made here, or in a process of its own with limits by any but the packaged model.

    Raises AudioError when there is none to be had and ModelError when the model cannot be used.
    """
    if job.model is None:
        return job(file, layout)
    with default_executor(1) as running:
        require_model(job, running)
        (outcome,) = running.map(job, [file], timeout_for_file_s)
    if outcome.trouble is not None:
        raise AudioError(outcome.trouble.cause, outcome.trouble.stage)
    assert outcome.value is not None
    return outcome.value


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Put the file's name before what an error in the block says of it."""
    try:
        yield
    except AudioError as error:
        raise AudioError(f"{file}: {error}", error.stage, code=error.code) from error
