"""A session: one open library with its model, vectors and fitted scorers in memory, for many questions.

`segue.open` makes one. Every command of the command line is one of its methods. Questions may be asked from many
threads at once; a scan that changes the library meanwhile, in this process or another, is noticed by the next
question.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from segue.analysis.settings import DEFAULT_WINDOWS, AnalysisSettings
from segue.errors import NotInLibrary, SegueError
from segue.facets.registry import registry
from segue.library.location import is_there, library_path
from segue.library.store import Library
from segue.service.jobs import AnalyseJob

if TYPE_CHECKING:
    import numpy as np

    from segue.audit.findings import AuditReport
    from segue.library.records import ListSummary
    from segue.model.passport import Passport
    from segue.recommend.query import Query
    from segue.recommend.rank import Ranking
    from segue.recommend.scorer import Scorer
    from segue.recommend.snapshot import Snapshot
    from segue.service.doctor import Examination
    from segue.service.genres import Named
    from segue.service.grade.report import Grade
    from segue.service.history import HistoryImport
    from segue.service.info import FileInfo
    from segue.service.like import Answer
    from segue.service.scan import Progress, ScanReport
    from segue.service.state import LibraryNumbers
    from segue.types import Failure


@dataclass(frozen=True, slots=True)
class Vectors:
    """Every track that has an embedding: ``paths[i]`` is a file of it, ``rows`` float32 ``(n, dim)`` of unit length."""

    paths: tuple[str, ...]
    rows: np.ndarray


class Session:
    """An open library; use as a context manager, or call ``close``.

    ``library`` is the library's file (default: ``SEGUE_LIBRARY`` or the user's data folder); it need not exist before
    the first scan. ``model`` is another model's .onnx file (default: the one inside the package). ``facets`` are files
    with facets beyond those of segue and of installed packages.
    """

    def __init__(
        self,
        library: str | os.PathLike[str] | None = None,
        model: str | os.PathLike[str] | None = None,
        facets: Sequence[str] = (),
    ) -> None:
        self.path = library_path(None if library is None else os.fspath(library))
        self._model = None if model is None else Path(model)
        self._facets = tuple(facets)
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._generation: object = None
        self._closed = False

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget what is in memory and close this thread's library; asking afterwards raises SegueError."""
        self._closed = True
        self._snapshot = None
        reader = self._threads.__dict__.pop("reader", None)
        if reader is not None:
            reader[1].close()

    # What questions rest on.

    @property
    def passport(self) -> Passport:
        """What the model is: name, classes, front end, dimension. Raises ModelError."""
        return self.job().analyser().network.passport

    def job(self, *, n_windows: int = DEFAULT_WINDOWS, loudness: bool = True) -> AnalyseJob:
        """Return the work of analysing one file with this session's model; the network is loaded once."""
        return AnalyseJob(self._model, AnalysisSettings(n_windows=n_windows, loudness=loudness), self._facets)

    @property
    def reader(self) -> Library:
        """This thread's open library, read only. Raises LibraryError when there is none yet."""
        if self._closed:
            raise SegueError("The session is closed; open another.", code="session-closed")
        file = _file_of(self.path)
        held = self._threads.__dict__.get("reader")
        if held is not None and held[0] == file:
            return held[1]
        if held is not None:  # another file lies there now
            held[1].close()
        opened = Library.open(self.path, read_only=True, facets=registry(self._facets))
        self._threads.reader = (_file_of(self.path), opened)
        return opened

    def snapshot(self) -> Snapshot:
        """Return the library's tracks in memory, read again when the library has changed.

        Raises LibraryError when there is no library, NotInLibrary (code ``library-empty``) when it holds no music,
        FrontEndMismatch when another model analysed it.
        """
        from segue.recommend.snapshot import Snapshot

        reader = self.reader
        generation = (_file_of(self.path), reader.generation())
        with self._lock:
            if self._snapshot is None or self._generation != generation:
                self._snapshot = Snapshot.read(reader, self.passport.model)
                self._generation = generation
            found = self._snapshot
        if not len(found):
            raise NotInLibrary(
                f"The library {self.path} holds no music yet; run `segue scan FOLDER` first.",
                code="library-empty",
            )
        return found

    def scorer(self, by: str = "content") -> Scorer:
        """Return the scorer of that name, fitted once for the library as it is; see `segue.service.like.scorer_of`."""
        from segue.service.like import scorer_of

        snapshot, reader = self.snapshot(), self.reader
        # A new grade may have chosen other settings, or another winner.
        return snapshot.keep(("scorer", by, repr(reader.grade())), lambda: scorer_of(by, snapshot, reader))

    def rank(self, query: Query, by: str = "content") -> Ranking:
        """Return the ranking of the library's tracks for a query; see `segue.recommend.rank.rank`."""
        from segue.recommend.rank import rank

        return rank(query, self.scorer(by), self.snapshot())

    # The deeds of the command line.

    def scan(
        self,
        *paths: str | os.PathLike[str],
        jobs: int | None = None,
        n_windows: int = DEFAULT_WINDOWS,
        loudness: bool = True,
        retry: bool = False,
        forget_missing: bool = False,
        progress: Progress | None = None,
    ) -> ScanReport:
        """Read music folders into the library; see `segue.service.scan.scan_folders`."""
        from segue.service.scan import ScanSettings, scan_folders

        settings = ScanSettings(
            jobs=jobs,
            analysis=AnalysisSettings(n_windows=n_windows, loudness=loudness),
            retry=retry,
            forget_missing=forget_missing,
            model=self._model,
            facets=self._facets,
        )
        names = [os.fspath(path) for path in paths]
        return scan_folders(names, library=self.path, settings=settings, progress=progress)

    def genres(
        self, *files: str, n_windows: int = DEFAULT_WINDOWS, jobs: int | None = None
    ) -> Iterator[Named]:
        """Yield the genres of each file in order, or its failure; see `segue.service.genres.name_genres`."""
        from segue.service.genres import name_genres

        return name_genres(files, model=self._model, n_windows=n_windows, jobs=jobs)

    def like(
        self,
        *seeds: str,
        by: str = "content",
        unlike: Sequence[str] = (),
        n: int = 10,
        per_artist: int = 2,
        chance: int = 0,
        feel: Mapping[str, float] | None = None,
    ) -> Answer:
        """Return what fits next after the files ``seeds``; see `segue.service.like.like`."""
        from segue.service.like import like

        return like(self, seeds, by=by, unlike=unlike, n=n, per_artist=per_artist, chance=chance, feel=feel)

    def info(self, file: str) -> FileInfo:
        """Return everything known about one file; see `segue.service.info.file_info`."""
        from segue.service.info import file_info

        return file_info(file, library=str(self.path), model=self._model, facets=self._facets)

    def stats(self) -> LibraryNumbers:
        """Return the library in numbers. Raises LibraryError when there is none."""
        from segue.service.state import library_stats

        return library_stats(str(self.path), model=self._model, facets=self._facets)

    def failures(self) -> list[Failure]:
        """Return the files that could not be analysed, by path. Raises LibraryError when there is no library."""
        from segue.service.state import recorded_failures

        return recorded_failures(str(self.path))

    def doctor(self) -> Examination:
        """Return whether everything needed is there and sound."""
        from segue.service.doctor import examine

        return examine(str(self.path), self._model)

    def import_history(self, path: str, *, kind: str | None = None, name: str | None = None) -> HistoryImport:
        """Import playlists or a listening history; see `segue.service.history.import_history`."""
        from segue.service.history import import_history

        return import_history(path, kind=kind, name=name, library=str(self.path))

    def history(self) -> list[ListSummary]:
        """Return what was imported, by name."""
        from segue.service.history import list_history

        return list_history(str(self.path))

    def forget_history(self, name: str) -> None:
        """Forget an imported list; tracks stay. Raises NotInLibrary."""
        from segue.service.history import forget_history

        forget_history(name, str(self.path))

    def grade(
        self, out: str | os.PathLike[str], *, lists: Sequence[str] | None = None, n_seeds: int = 5
    ) -> Grade:
        """Measure every scorer on the library's own lists, keep the winner, write a page below ``out``."""
        from segue.service.grade.best import keep
        from segue.service.grade.grade import grade
        from segue.service.grade.lists import lists_in_library

        what = lists_in_library(str(self.path), tuple(lists) if lists else None)
        found = grade(what, n_seeds=n_seeds, out=Path(out))
        keep(found, what.source)
        return found

    def audit(self, target: str | os.PathLike[str] | None = None) -> AuditReport:
        """Return damaged and duplicate files of a folder, by default of this library."""
        from segue.service.audit.run import audit

        return audit(os.fspath(target) if target is not None else str(self.path))

    def vectors(self) -> Vectors:
        """Return a path and the embedding of every track that has one, by ascending track id."""
        snapshot = self.snapshot()
        path_of: dict[int, str] = {}
        for path, track in self.reader.files():
            if track is not None:
                path_of.setdefault(track, path)
        return Vectors(tuple(path_of[item] for item in snapshot.items.tolist()), snapshot.vectors)


def _file_of(path: Path) -> tuple[int, int] | None:
    """What tells the file at ``path`` from another that takes its place."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_session(
    library: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | None = None,
    facets: Sequence[str] = (),
) -> Session:
    """Return a session over a library, which a scan makes if it does not exist. Raises LibraryError, ModelError."""
    session = Session(library, model, facets)
    if model is not None:
        _ = session.passport  # said now, not with the first question
    if is_there(session.path):
        _ = session.reader
    return session
