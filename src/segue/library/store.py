"""The library: one SQLite file that remembers every track segue has heard.

Conventions: paths come in as str or PathLike and go out as absolute str (os.fsdecode, so any
name survives); a track is an identity of the audio payload, so two equal files are one track
with two paths; a track that has lost its last file is *detached*: it keeps its analysis, should
the file turn up elsewhere, and is in no list. Everything is read here; tracks are written by a
scan (segue.library.scan), of which there is one at a time, and imported lists by ``put_list``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from segue.copies.sketch import Sketch
from segue.errors import FrontEndMismatch, LibraryError, NotInLibrary
from segue.facets.base import Column
from segue.facets.registry import Registry, Wanted, registry
from segue.library import facets as stored
from segue.library.albums import albums
from segue.library.columns import (
    StoredFile,
    StoredSong,
    TrackColumns,
    read_chunk_genres,
    read_columns,
    read_generation,
    read_song_at,
    read_songs,
)
from segue.library.database import Database
from segue.library.grades import KeptGrade, last_grade, put_grade
from segue.library.health import check, require_whole, stats
from segue.library.lists import forget_list, imported_lists, list_summaries, put_list, sessions
from segue.library.records import (
    Embeddings,
    KnownFile,
    KnownTrack,
    LibraryHealth,
    LibraryStats,
    ListEntry,
    ListSummary,
    StoredTrack,
    TrackList,
)
from segue.library.rows import analysis_of, is_unit, path_blob, tags_of, value_of
from segue.library.values import cannot_be_read
from segue.types import Failure, Tags

if TYPE_CHECKING:
    from segue.library.scan import Scan

_TRACK = """
SELECT t.id AS track_id, t.*, f.path, a.duration_s, a.flags, a.damage, a.n_windows
FROM tracks t {files} JOIN files f ON f.track_id = t.id
LEFT JOIN analyses a ON a.track_id = t.id AND a.model_id = :model_id
{where} ORDER BY t.id, f.path
"""
_N_WINDOWS = (
    "(SELECT a.n_windows FROM analyses a JOIN models m ON m.id = a.model_id "
    "WHERE a.track_id = {track} AND m.name = ?) AS n_windows"
)
ANYTHING = Wanted()  # any analysis by the model will do


class Library:
    """An open library; use as a context manager."""

    def __init__(self, database: Database, facets: Registry) -> None:
        self._db = database
        self.facets = facets

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        read_only: bool = False,
        facets: Registry | None = None,
    ) -> Library:
        """The library at ``path``, made if it is not there (unless ``read_only`` or not ``create``).

        ``facets`` None: those of segue and of installed packages. Facets of the file that are not among them are left alone.
        Raises LibraryError (not there, no library, newer, damaged, not readable or writable, no
        room) and LibraryInUse (another program writes to it).
        """
        facets = facets or registry()
        return cls(Database(Path(path), create=create, read_only=read_only), facets)

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    @property
    def path(self) -> Path:
        return self._db.path

    def require_in_place(self) -> None:
        """Raise LibraryError (code "library-gone") unless the file that is open is still the one at ``path``."""
        self._db.require_in_place()

    def scan(self, roots: Sequence[str | os.PathLike[str]]) -> Scan:
        """A scan of ``roots``, the only way to write; use as a context manager.

        Raises LibraryInUse when another scan holds the library, LibraryError when it cannot be
        written.
        """
        from segue.library.scan import Scan

        return Scan(self._db, roots, self.facets)

    def models(self) -> dict[str, str]:
        """Model name to front end name, of every model the library holds analyses of."""
        return {row["name"]: row["front_end"] for row in self._db.rows("SELECT * FROM models ORDER BY id")}

    def known_file(
        self, path: str | os.PathLike[str], model: str, wanted: Wanted = ANYTHING
    ) -> KnownFile | None:
        """What is known of the file at ``path``, or None, and which wanted facets its track lacks."""
        row = self._db.row(
            f"SELECT f.*, x.stage, x.cause, {_N_WINDOWS.format(track='f.track_id')} "
            "FROM files f LEFT JOIN failures x ON x.file_id = f.id WHERE f.path = ?",
            (model, path_blob(path)),
        )
        if row is None:
            return None
        name = os.fsdecode(row["path"])
        return KnownFile(
            file_id=row["id"],
            path=name,
            size=row["size"],
            mtime_ns=row["mtime_ns"],
            track_id=row["track_id"],
            analysed=row["n_windows"] is not None,
            missing=stored.missing_of(self._db, row["track_id"], row["n_windows"], wanted),
            failure=None if row["stage"] is None else Failure(name, row["stage"], row["cause"]),
        )

    def track_by_identity(self, identity: str, model: str, wanted: Wanted = ANYTHING) -> KnownTrack | None:
        """The track of that identity, detached or not, or None, and which wanted facets it lacks."""
        row = self._db.row(
            f"SELECT t.id, {_N_WINDOWS.format(track='t.id')} FROM tracks t WHERE t.identity = ?",
            (model, identity),
        )
        if row is None:
            return None
        missing = stored.missing_of(self._db, row["id"], row["n_windows"], wanted)
        return KnownTrack(row["id"], row["n_windows"] is not None, missing)

    def track_for_path(self, path: str | os.PathLike[str], model: str) -> StoredTrack:
        """The track that the file at ``path`` holds. Raises NotInLibrary."""
        row = self._db.row(
            "SELECT f.track_id, x.cause FROM files f LEFT JOIN failures x ON x.file_id = f.id WHERE f.path = ?",
            (path_blob(path),),
        )
        if row is not None and row["cause"] is not None:
            raise NotInLibrary(
                f"{os.fspath(path)!r} could not be analysed: {row['cause']}", code="track-failed"
            )
        if row is None or row["track_id"] is None:
            raise NotInLibrary(
                f"{os.fspath(path)!r} is not in the library {self.path}: scan it first.",
                code="file-not-in-library",
            )
        return self.track(row["track_id"], model)

    def track(self, track_id: int, model: str) -> StoredTrack:
        """The track of that id, with ``model``'s analysis if there is one. Raises NotInLibrary."""
        found = next(self._tracks(model, "WHERE t.id = :track_id", track_id, detached=True), None)
        if found is None:
            raise NotInLibrary(f"The library {self.path} holds no track {track_id}.", code="track-missing")
        return found

    def tracks(self, model: str) -> Iterator[StoredTrack]:
        """Every track that has a file, by ascending id, with ``model``'s analysis if there is one."""
        return self._tracks(model)

    def failures(self) -> Iterator[Failure]:
        """The files that could not be analysed, by path.

        Raises LibraryError when the library is damaged anywhere: none found must mean that there are none.
        """
        require_whole(self._db)
        for row in self._db.rows(
            "SELECT f.path, x.stage, x.cause FROM failures x JOIN files f ON f.id = x.file_id ORDER BY f.path"
        ):
            yield Failure(os.fsdecode(row["path"]), row["stage"], row["cause"])

    def vectors(self, model: str) -> Embeddings:
        """The embeddings by ``model`` of every track that has one and a file.

        Raises FrontEndMismatch when the library holds analyses, but by other models only, and
        LibraryError when a stored vector is damaged. An empty library gives an empty matrix.
        """
        front_end = self._front_end(model)
        version = self.facets.stored_version("timbre", model, front_end)
        batches = self._db.batches(
            "SELECT track_id, data FROM facet x WHERE name = 'timbre' AND version = ? AND data IS NOT NULL "
            "AND EXISTS (SELECT 1 FROM files f WHERE f.track_id = x.track_id) ORDER BY track_id",
            (version,),
        )
        ids: list[int] = []
        lengths: set[int] = set()
        packed = bytearray()  # grows in place: the matrix is in memory once
        for batch in batches:
            batch_ids, blobs = zip(*batch, strict=True)
            ids += batch_ids
            lengths.update(map(len, blobs))
            packed += b"".join(blobs)
        if len(lengths) > 1 or any(length % 4 for length in lengths):
            raise LibraryError(
                f"The library {self.path} holds vectors of several lengths by {model}: "
                "move it away and scan again.",
                code="library-damaged",
            )
        dim = lengths.pop() // 4 if lengths else 0
        vectors = np.frombuffer(packed, "<f4").reshape(len(ids), dim).astype(np.float32, copy=False)
        if not is_unit(vectors):
            raise cannot_be_read(str(self.path), f"an embedding by {model} that is not of unit length")
        return Embeddings(model, front_end, np.array(ids, np.int64), vectors)

    def column(self, name: str, track_ids: np.ndarray, model: str) -> Column:
        """One facet of the tracks ``track_ids``, int64 ``(n,)`` ascending, in the version of ``model``.

        A track that lacks it is a row without value. Raises FrontEndMismatch, naming both, when the library holds other
        versions only, SegueError for an unknown facet, and LibraryError for values that cannot be read.
        """
        version = self.facets.stored_version(name, model, self._front_end(model))
        return stored.column(self._db, self.facets, name, version, track_ids)

    def columns(self, model: str) -> TrackColumns:
        """Lengths and tags of every track that has a file and an embedding by ``model``, by column."""
        return read_columns(
            self._db, model, self.facets.stored_version("timbre", model, self._front_end(model))
        )

    def songs(self, track_ids: Sequence[int], model: str) -> dict[int, StoredSong]:
        """What a list shows of each of ``track_ids`` that has a file and an analysis by ``model``, by id."""
        return read_songs(self._db, model, track_ids)

    def song_at(self, path: str | os.PathLike[str], model: str) -> StoredFile | None:
        """The file at ``path`` as the last scan saw it, None where it is not known or has no embedding by ``model``."""
        if model not in self.models():
            return None
        version = self.facets.stored_version("timbre", model, self._front_end(model))
        return read_song_at(self._db, model, version, path_blob(path))

    def chunk_genres(self, model: str) -> list[tuple[int, bytes, bytes]]:
        """``(track_id, timeline, genres)`` of every track with chunks that ``model`` named, both as stored JSON."""
        versions = [
            self.facets.stored_version(name, model, self._front_end(model)) for name in ("timeline", "genre")
        ]
        return read_chunk_genres(self._db, *versions)

    def generation(self) -> tuple[int | float | None, ...]:
        """A value that is another one after every scan, during one as it goes on, and after every import."""
        return read_generation(self._db)

    def artists(self, track_ids: np.ndarray) -> list[str | None]:
        """The artist tag of each of ``track_ids``, which ascend, None where there is none."""
        found = dict(map(tuple, self._db.rows("SELECT id, artist FROM tracks WHERE artist IS NOT NULL")))
        return [found.get(track_id) for track_id in track_ids.tolist()]

    def sketch(self, track_id: int, model: str) -> Sketch:
        """Length, fingerprint and embedding of one track, from ``model``'s analysis. Raises NotInLibrary."""
        row = self._db.row(
            "SELECT a.duration_s, m.front_end FROM analyses a JOIN models m ON m.id = a.model_id "
            "WHERE a.track_id = ? AND m.name = ?",
            (track_id, model),
        )
        if row is None:
            raise NotInLibrary(
                f"The library {self.path} holds no analysis of track {track_id} by {model}.",
                code="analysis-missing",
            )
        return Sketch(
            row["duration_s"],
            self._value("fingerprint", track_id, model, row["front_end"]),
            self._value("timbre", track_id, model, row["front_end"]),
        )

    def _value(self, name: str, track_id: int, model: str, front_end: str) -> Any:
        version = self.facets.stored_version(name, model, front_end)
        data = self._db.value(
            "SELECT data FROM facet WHERE name = ? AND version = ? AND track_id = ?",
            (name, version, track_id),
        )
        return value_of(self.facets[name], data, str(self.path))

    def put_list(
        self, name: str, kind: str, source: str, entries: Sequence[ListEntry], unmatched: dict[str, int]
    ) -> None:
        """Store a playlist or history, in place of one of that name; committed on return."""
        put_list(self._db, name, kind, source, entries, unmatched)

    def forget_list(self, name: str) -> None:
        """Forget the imported list of that name; tracks stay. Raises NotInLibrary."""
        forget_list(self._db, name)

    def lists(self, kinds: Sequence[str] = ("playlist", "history")) -> list[TrackList]:
        """The lists of ``kinds``, with the tracks that have a file; empty ones are left out.

        ``playlist`` and ``history`` are what was imported, by name; ``session`` is a stretch of a history between
        pauses of half an hour; ``album`` is a library's own, see `albums`.
        """
        found = imported_lists(self._db, [kind for kind in kinds if kind in ("playlist", "history")])
        if "session" in kinds:
            found += [part for one in imported_lists(self._db, ["history"]) for part in sessions(one)]
        return found + (self.albums() if "album" in kinds else [])

    def list_summaries(self) -> list[ListSummary]:
        """Every imported list in numbers, by name."""
        return list_summaries(self._db)

    def albums(self) -> list[TrackList]:
        """The albums of the library as lists, by tags or else by folder; see segue.library.albums."""
        return albums(self._db)

    def files(self) -> Iterator[tuple[str, int | None]]:
        """Every file's path and the track it holds, None where it could not be analysed."""
        for row in self._db.rows("SELECT path, track_id FROM files ORDER BY path"):
            yield os.fsdecode(row["path"]), row["track_id"]

    def names(self) -> Iterator[tuple[int, Tags]]:
        """The tags of every track that has a file, by ascending id."""
        for row in self._db.rows(
            "SELECT * FROM tracks t WHERE EXISTS (SELECT 1 FROM files f WHERE f.track_id = t.id) ORDER BY id"
        ):
            yield row["id"], tags_of(row)

    def put_grade(self, found: KeptGrade) -> None:
        """Store what a grade found, in place of what was found before; committed on return."""
        put_grade(self._db, found)

    def grade(self) -> KeptGrade | None:
        """What the last grade found, None where nothing was graded."""
        return last_grade(self._db)

    def stats(self, model: str | None = None, front_end: str | None = None) -> LibraryStats:
        """The library in numbers; with a model and its front end, also what tracks lack in their versions."""
        missing = {}
        if model is not None and front_end is not None:
            missing = stored.missing_counts(self._db, self.facets, model, front_end)
        return stats(self._db, missing)

    def check(self) -> LibraryHealth:
        """What reading the whole file finds wrong with it."""
        return check(self._db, self.facets)

    def _front_end(self, model: str) -> str:
        held = self.models()
        if held and model not in held:
            names = ", ".join(f"{name} ({front_end})" for name, front_end in held.items())
            raise FrontEndMismatch(
                f"The library {self.path} was analysed by {names}, not by {model}: "
                "scan again to analyse it with this version's model."
            )
        return held.get(model, "")

    def _tracks(
        self, model: str, where: str = "", track_id: int | None = None, *, detached: bool = False
    ) -> Iterator[StoredTrack]:
        model_row = self._db.row("SELECT id, front_end FROM models WHERE name = ?", (model,))
        model_id, front_end = (None, "") if model_row is None else model_row
        sql = _TRACK.format(files="LEFT" if detached else "", where=where)
        rows = self._db.rows(sql, {"model_id": model_id, "track_id": track_id})
        for track_id, group in groupby(rows, key=itemgetter("track_id")):
            yield self._stored_track(track_id, list(group), model, front_end)

    def _stored_track(
        self, track_id: int, rows: list[sqlite3.Row], model: str, front_end: str
    ) -> StoredTrack:
        first = rows[0]
        analysis = None
        if first["n_windows"] is not None:
            values = stored.values_of(self._db, self.facets, track_id, model, front_end)
            analysis = analysis_of(first, values, model, front_end, str(self.path))
        return StoredTrack(
            track_id=track_id,
            identity=first["identity"],
            paths=tuple(os.fsdecode(row["path"]) for row in rows if row["path"] is not None),
            tags=tags_of(first),
            analysis=analysis,
        )
