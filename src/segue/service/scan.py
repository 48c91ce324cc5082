"""Reading music folders into the library.

Each file passes two gates, both in worker processes: *identify* reads it once to learn which
recording it holds, and only a recording the library does not know goes on to *analyse*. What
comes out is committed at once, so a scan that is killed loses the files in flight and no more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from segue.analysis.settings import AnalysisSettings
from segue.audio.discover import Found, walk
from segue.errors import AudioError, SegueError
from segue.execution.contract import KILLED, Executor, Outcome, Trouble
from segue.execution.processes import ProcessExecutor
from segue.library.location import library_path
from segue.library.records import KnownFile
from segue.library.scan import Scan
from segue.library.store import Library
from segue.service.jobs import AnalyseJob, Identified, cores, identify, timeout_for_size_s
from segue.types import Failure, ScanCounts, TrackAnalysis

# Failures that say nothing lasting about the file: what is mended then (a permission, a decoder, the memory)
# does not change it, so every scan tries again.
_PASSING_STAGES = ("open", "probe", KILLED)

# How many failures, and how many damaged tracks, a report quotes; the library keeps them all.
_QUOTED = 10


class Progress(Protocol):
    """Who wants to know how far a scan is."""

    def total(self, n_files: int) -> None:
        """Hear how many files there are."""
        ...

    def step(self, failed: bool) -> None:
        """Hear that one file is done with."""
        ...


class Silent:
    """Progress for nobody."""

    def total(self, n_files: int) -> None:
        """Ignore it."""

    def step(self, failed: bool) -> None:
        """Ignore it."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """``jobs`` None: a worker for each core. ``retry``: also try unchanged files that failed before.

    ``forget_missing``: what was not met is gone, also where an unmounted disk could explain it.
    """

    jobs: int | None = None
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    retry: bool = False
    forget_missing: bool = False


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that was analysed although some of its audio was lost; ``sentence`` says what."""

    path: str
    sentence: str


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


@dataclass(frozen=True, slots=True)
class _Work:
    """A file whose recording is not in the library yet."""

    found: Found
    identified: Identified


@dataclass(frozen=True, slots=True)
class _AnalyseWork:
    """The second gate as a value that travels to workers."""

    job: AnalyseJob

    def __call__(self, work: _Work) -> TrackAnalysis:
        analysis = self.job(work.found.path)
        now = os.stat(work.found.path)
        # Else one recording's sound would be filed under another's identity, for good.
        if (now.st_size, now.st_mtime_ns) != (work.found.size, work.found.mtime_ns):
            raise AudioError("The file changed while it was being read; scan again.", "open")
        return analysis


def _identify(found: Found) -> Identified:
    return identify(found.path)


def scan_folders(
    paths: Sequence[str],
    *,
    library: str | os.PathLike[str] | None = None,
    settings: ScanSettings | None = None,
    progress: Progress | None = None,
) -> ScanReport:
    """Return what became of every track below ``paths`` (folders or single files).

    Raises SegueError when none of the paths is there and they are not to be forgotten, LibraryError and
    LibraryInUse when the library cannot be written, or there is none to forget them from, ModelError when
    the model cannot be used.
    """
    started_s = time.monotonic()
    settings, progress = settings or ScanSettings(), progress or Silent()
    missing = [path for path in paths if not os.path.lexists(path)]
    if len(missing) == len(paths) and not settings.forget_missing:
        raise SegueError(
            f"There is nothing at {', '.join(missing)}; give the path of a folder of music, or of the one above to forget it."
        )
    job = AnalyseJob(None, settings.analysis)
    job.analyser()
    present = [path for path in paths if path not in missing]
    progress.total(sum(1 for _ in walk(present, on_failure=lambda failure: None)))
    with (
        Library.open(library_path(library), create=bool(present)) as opened,
        opened.scan(paths if settings.forget_missing else present) as writing,
        ProcessExecutor(settings.jobs or cores()) as executor,
    ):
        scanning = _Scanning(opened, writing, executor, job, settings, progress)
        scanning.run(present)
        end = writing.finish(force=settings.forget_missing)
    fate = "knew below it was forgotten" if settings.forget_missing else "knows below it was kept"
    notes = [f"There is nothing at {path}; what the library {fate}." for path in missing]
    if scanning.n_no_files == 1:
        notes.append("1 thing named like music is no file: passed over.")
    elif scanning.n_no_files:
        notes.append(f"{scanning.n_no_files} things named like music are no files: passed over.")
    notes += [f"Kept {kept.files} files below {kept.root}: {kept.reason}." for kept in end.kept]
    counts = replace(end.counts, seconds=time.monotonic() - started_s)
    return ScanReport(
        counts,
        tuple(missing),
        tuple(scanning.failures),
        tuple(notes),
        scanning.n_damaged,
        tuple(scanning.damaged),
    )


class _Scanning:
    """One scan under way."""

    def __init__(
        self,
        library: Library,
        writing: Scan,
        executor: Executor,
        job: AnalyseJob,
        settings: ScanSettings,
        progress: Progress,
    ) -> None:
        self._library = library
        self._writing = writing
        self._executor = executor
        self._job = job
        self._model = job.analyser().network.passport.model
        self._wanted = job.analyser().wanted
        self._retry = settings.retry
        self._progress = progress
        # Recordings being analysed now, each with the further files found to hold the same one.
        self._in_flight: dict[str, list[_Work]] = {}
        self.failures: list[Failure] = []
        self.n_no_files = 0
        self.n_damaged = 0
        self.damaged: list[Damage] = []

    def run(self, paths: Sequence[str]) -> None:
        """Take every file below ``paths`` to its end."""
        work = self._unknown(paths)
        while True:
            copies: list[_Work] = []
            for outcome in self._executor.map(_AnalyseWork(self._job), work, _timeout_of_work_s):
                copies += self._conclude(outcome)
            if not copies:
                return
            work = iter(copies)

    def _conclude(self, outcome: Outcome[_Work, TrackAnalysis]) -> list[_Work]:
        """Store what became of an analysis, and return the copy to try instead where it failed.

        Copies share the bytes of their audio, not a file that vanished, a worker that died or a
        container that is damaged around them: so each fails for itself, and one that is well is enough.
        """
        work = outcome.item
        found, identity = work.found, work.identified.identity
        copies = self._in_flight.pop(identity)
        if outcome.trouble is not None:
            self._fail(found, outcome.trouble)
            if copies:
                self._in_flight[identity] = copies[1:]
            return copies[:1]
        assert outcome.value is not None
        track_id = self._writing.put_track(
            found.path, found.size, found.mtime_ns, identity, work.identified.tags, outcome.value
        )
        if outcome.value.damage is not None:
            self._note_damage(Damage(found.path, outcome.value.damage))
        self._progress.step(failed=False)
        for copy in copies:
            self._point(copy.found, track_id, copy.identified)
        return []

    def _unknown(self, paths: Sequence[str]) -> Iterator[_Work]:
        """Yield the files whose recording must be analysed; deal with all others on the way."""
        identified = self._executor.map(_identify, self._changed(paths), _timeout_of_file_s)
        for outcome in identified:
            found, value = outcome.item, outcome.value
            if value is None:
                assert outcome.trouble is not None
                self._fail(found, outcome.trouble)
                continue
            work = _Work(found, value)
            track = self._library.track_by_identity(value.identity, self._model, self._wanted)
            if track is not None and track.complete:
                self._point(found, track.track_id, value)
            elif value.identity in self._in_flight:
                self._in_flight[value.identity].append(work)
            else:
                self._in_flight[value.identity] = []
                yield work

    def _changed(self, paths: Sequence[str]) -> Iterator[Found]:
        """Yield the files that are new or not as the library remembers them."""
        for found in walk(paths, self._fail_folder, self._count_no_file):
            known = self._library.known_file(found.path, self._model, self._wanted)
            if known is None or not self._settled(found, known):
                yield found
                continue
            self._writing.mark_seen(known)
            if known.failure is not None:
                self._quote(known.failure)
            self._progress.step(failed=known.failure is not None)

    def _settled(self, found: Found, known: KnownFile) -> bool:
        """Whether nothing new can be learned from a file the library knows."""
        if (found.size, found.mtime_ns) != (known.size, known.mtime_ns):
            return False
        if known.failure is not None:
            return not self._retry and known.failure.stage not in _PASSING_STAGES
        return known.complete

    def _point(self, found: Found, track_id: int, identified: Identified) -> None:
        self._writing.point_file(found.path, found.size, found.mtime_ns, track_id, identified.tags)
        self._progress.step(failed=False)

    def _fail(self, found: Found, trouble: Trouble) -> None:
        self._writing.put_failure(found.path, found.size, found.mtime_ns, trouble.stage, trouble.cause)
        self._quote(Failure(found.path, trouble.stage, trouble.cause))
        self._progress.step(failed=True)

    def _fail_folder(self, failure: Failure) -> None:
        """A folder that cannot be listed is a failure like any other; what is known below it stays."""
        self._writing.put_unlisted(failure.path, failure.stage, failure.cause)
        self._quote(failure)

    def _count_no_file(self, path: str) -> None:
        self.n_no_files += 1

    def _note_damage(self, damage: Damage) -> None:
        self.n_damaged += 1
        if len(self.damaged) < _QUOTED:
            self.damaged.append(damage)

    def _quote(self, failure: Failure) -> None:
        if len(self.failures) < _QUOTED:
            self.failures.append(failure)


def _timeout_of_file_s(found: Found) -> float:
    return timeout_for_size_s(found.size)


def _timeout_of_work_s(work: _Work) -> float:
    return timeout_for_size_s(work.found.size)
