"""Reading music folders into the library."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from segue.analysis.settings import AnalysisSettings
from segue.audio.discover import walk
from segue.errors import SegueError
from segue.execution.contract import Executor
from segue.execution.default import default_executor
from segue.library.location import library_path
from segue.library.store import Library
from segue.service.jobs import AnalyseJob, require_model
from segue.service.visits import Damage, Progress, Silent, Visits
from segue.types import Failure, ScanCounts

__all__ = ["Damage", "Progress", "ScanReport", "ScanSettings", "Silent", "scan_folders"]


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """``jobs`` None: a worker for each core. ``retry``: also try unchanged files that failed before.

    ``forget_missing``: what was not met is gone, also where an unmounted disk could explain it. ``model`` None: the
    one inside the package. ``facets``: files with facets beyond those of segue and of installed packages.
    """

    jobs: int | None = None
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    retry: bool = False
    forget_missing: bool = False
    model: Path | None = None
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanReport:
    """Counts, the paths that were not there, the first few failures, and sentences a user should read.

    ``n_damaged`` of the tracks that this scan analysed have lost audio; ``damaged`` quotes the first few.
    """

    counts: ScanCounts
    missing: tuple[str, ...]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]
    n_damaged: int
    damaged: tuple[Damage, ...]


def scan_folders(
    paths: Sequence[str],
    *,
    library: str | os.PathLike[str] | None = None,
    settings: ScanSettings | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> ScanReport:
    """Return what became of every track below ``paths`` (folders or single files).

    ``executor`` reads the files (None: worker processes, as many as ``settings.jobs``); it is opened and closed here.
    Raises SegueError when none of the paths is there and they are not to be forgotten, LibraryError and LibraryInUse
    when the library cannot be written, was removed meanwhile, or there is none to forget them from, ModelError when
    the model cannot be used.
    """
    started_s = time.monotonic()
    settings, progress = settings or ScanSettings(), progress or Silent()
    missing = [path for path in paths if not os.path.lexists(path)]
    if len(missing) == len(paths) and not settings.forget_missing:
        raise SegueError(
            f"There is nothing at {', '.join(missing)}; give the path of a folder of music, or of the one above to forget it.",
            code="paths-missing",
        )
    job = AnalyseJob(settings.model, settings.analysis, settings.facets)
    analyser = job.analyser()  # nothing of the model runs here
    present = [path for path in paths if path not in missing]
    progress.total(sum(1 for _ in walk(present, on_failure=lambda failure: None)))
    with executor or default_executor(settings.jobs) as running:
        require_model(job, running)
        with (
            Library.open(library_path(library), create=bool(present), facets=analyser.facets) as opened,
            opened.scan(paths if settings.forget_missing else present) as writing,
        ):
            visits = Visits(opened, writing, job, settings.retry, progress)
            visits.run(present, running)
            passport = analyser.network.passport
            writing.derive(passport.model, passport.front_end.name)
            end = writing.finish(force=settings.forget_missing)
            opened.require_in_place()
    fate = "knew below it was forgotten" if settings.forget_missing else "knows below it was kept"
    notes = [f"There is nothing at {path}; what the library {fate}." for path in missing]
    if visits.n_no_files == 1:
        notes.append("1 thing named like music is no file: passed over.")
    elif visits.n_no_files:
        notes.append(f"{visits.n_no_files} things named like music are no files: passed over.")
    notes += [f"Kept {kept.files} files below {kept.root}: {kept.reason}." for kept in end.kept]
    counts = replace(end.counts, seconds=time.monotonic() - started_s)
    return ScanReport(
        counts,
        tuple(missing),
        tuple(visits.failures),
        tuple(notes),
        visits.n_damaged,
        tuple(visits.damaged),
    )
