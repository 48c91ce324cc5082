"""The visits of one scan: which files workers read, and what the library is told of them.

A file that is new or changed is visited by a worker, which reads it once to identify the recording it holds. Only
a recording that the library does not know is visited again, to be analysed with what the first visit learned. What
comes out is committed at once, so a scan that is killed loses the files in flight and no more.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from segue.audio.discover import Found, walk
from segue.errors import AudioError, SegueError
from segue.execution.contract import LATER, Executor, Later, Trouble, says_nothing_of_the_item
from segue.facets.registry import FACET_FAILED
from segue.files import mtime_ns
from segue.library.records import KnownFile
from segue.library.scan import Scan
from segue.library.store import Library
from segue.service.jobs import AnalyseJob, Identified, identify, timeout_for_size_s
from segue.types import Failure, TrackAnalysis

# Failures that say nothing lasting about the file: what is mended then (a permission, a decoder, the memory)
# does not change it, so every scan tries again.
_PASSING_STAGES = ("open", "probe")

# So many files are identified before they are analysed: few, for what was read is still in the system's memory then.
_AHEAD = 16

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
class Damage:
    """A file that was analysed although some of its audio was lost; ``sentence`` says what."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Visit:
    """A file to be identified, or, where its recording is not in the library yet, to be analysed.

    ``missing`` are the facets that a recording in the library lacks; None: it is not there, and all are computed.
    """

    found: Found
    identified: Identified | None = None
    missing: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Visiting:
    """What a worker does with a file, as a value that travels to it."""

    job: AnalyseJob

    def __call__(self, visit: _Visit) -> Identified | TrackAnalysis:
        found = visit.found
        if visit.identified is None:
            return identify(found.path)
        try:
            return self.job(found.path, visit.identified.layout, visit.missing)
        finally:
            _require_unchanged(found)


class Visits:
    """The visits of one scan, and what came of them: counts, and the first few failures and damaged files."""

    def __init__(
        self,
        library: Library,
        writing: Scan,
        job: AnalyseJob,
        retry: bool,
        progress: Progress,
    ) -> None:
        self._library = library
        self._writing = writing
        self._job = job
        self._model = job.analyser().network.passport.model
        self._wanted = job.analyser().wanted
        self._retry = retry
        self._progress = progress
        self._identified: deque[_Visit] = deque()  # to be analysed next
        # Recordings being analysed, each with the further files found to hold the same one.
        self._in_flight: dict[str, list[_Visit]] = {}
        self._n_out = 0  # visits that were handed out and have no outcome yet
        self.failures: list[Failure] = []
        self.n_no_files = 0
        self.n_damaged = 0
        self.damaged: list[Damage] = []

    def run(self, paths: Sequence[str], executor: Executor) -> None:
        """Take every file below ``paths`` to its end."""
        for outcome in executor.map(_Visiting(self._job), self._visits(paths), _timeout_s):
            self._n_out -= 1
            visit, value, trouble = outcome.item, outcome.value, outcome.trouble
            if trouble is not None:
                if trouble.stage == FACET_FAILED:  # no fault of the file, and every file would fail alike
                    raise SegueError(trouble.cause, code="facet-failed")
                self._fail(visit.found, trouble)
                if visit.identified is not None:
                    self._try_next_copy(visit.identified.identity)
            elif visit.identified is None:
                assert isinstance(value, Identified)
                self._place(visit.found, value)
            else:
                assert isinstance(value, TrackAnalysis)
                self._store(visit.found, visit.identified, value)

    def _visits(self, paths: Sequence[str]) -> Iterator[_Visit | Later]:
        """Yield the files to be visited next; some are identified ahead, so that nobody waits for one at the end."""
        changed = self._changed(paths)
        more = True
        while more or self._identified or self._n_out:
            if more and len(self._identified) < _AHEAD:
                found = next(changed, None)
                if found is None:
                    more = False
                    continue
                visit = _Visit(found)
            elif self._identified:
                visit = self._identified.popleft()
            else:
                yield LATER
                continue
            self._writing.commit()  # nothing waits to be written while the workers are at it
            self._n_out += 1
            yield visit

    def _place(self, found: Found, identified: Identified) -> None:
        """Point the library to the recording it knows, or have a new one analysed, once for all its copies."""
        identity = identified.identity
        track = self._library.track_by_identity(identity, self._model, self._wanted)
        visit = _Visit(found, identified, track.missing if track is not None and track.analysed else None)
        if track is not None and track.complete:
            self._point(found, track.track_id, identified)
        elif identity in self._in_flight:
            self._in_flight[identity].append(visit)
        else:
            self._in_flight[identity] = []
            self._identified.append(visit)

    def _store(self, found: Found, identified: Identified, analysis: TrackAnalysis) -> None:
        track_id = self._writing.put_track(
            found.path, found.size, found.mtime_ns, identified.identity, identified.tags, analysis
        )
        if analysis.damage is not None:
            self._note_damage(Damage(found.path, analysis.damage))
        self._progress.step(failed=False)
        for copy in self._in_flight.pop(identified.identity):
            assert copy.identified is not None
            self._point(copy.found, track_id, copy.identified)

    def _try_next_copy(self, identity: str) -> None:
        """Have the next copy analysed where one failed.

        Copies share the bytes of their audio, not a file that vanished, a worker that died or a
        container that is damaged around them: so each fails for itself, and one that is well is enough.
        """
        copies = self._in_flight.pop(identity)
        if copies:
            self._in_flight[identity] = copies[1:]
            self._identified.append(copies[0])

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
            return not self._retry and not _is_passing(known.failure)
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


def _require_unchanged(found: Found) -> None:
    """Raise AudioError where the file is another by now: else its sound would be filed under the old one's identity."""
    try:
        now = os.stat(found.path)
    except OSError:
        raise AudioError("The file vanished while it was being read.", "open") from None
    if (now.st_size, mtime_ns(now)) != (found.size, found.mtime_ns):
        raise AudioError(
            "The file changed while it was being read; scan again.", "open", code="audio-changed"
        )


def _is_passing(failure: Failure) -> bool:
    return failure.stage in _PASSING_STAGES or says_nothing_of_the_item(failure.stage, failure.cause)


def _timeout_s(visit: _Visit) -> float:
    return timeout_for_size_s(visit.found.size)
