"""Writing: what a scan tells the library about the files it meets.

A scan meets each file once and says one thing about it: unchanged (``mark_seen``), a known track
under this path (``point_file``: moved, renamed, copied, re-tagged), analysed (``put_track``) or
failed (``put_failure``). ``finish`` then forgets what is gone and counts. A scan that ends without ``finish`` (killed,
Ctrl-C) forgets nothing, and the next one counts its moves.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from types import TracebackType

from segue.errors import FrontEndMismatch
from segue.facets.base import FromNetwork
from segue.facets.registry import Registry
from segue.library.database import Database
from segue.library.facets import derive_missing, put_values
from segue.library.lock import ScanLock
from segue.library.mounts import MountPoints
from segue.library.prune import find_missing, forget_missing, settle
from segue.library.records import KnownFile, ScanEnd
from segue.library.rows import TAG_COLUMNS, path_blob, tag_values, text
from segue.types import Tags, TrackAnalysis

# Marking a file as seen is cheap to do again, so its commits wait for company.
_COMMIT_EVERY = 1000
_COMMIT_AFTER_S = 0.5


class Scan:
    """One scan; use as a context manager. Made by ``Library.scan``."""

    def __init__(self, database: Database, roots: Sequence[str | os.PathLike[str]], facets: Registry) -> None:
        self._db = database
        self._facets = facets
        self._mounts = MountPoints()
        self._models: dict[str, tuple[int, str]] = {}
        self._unlisted: list[str] = []
        self._seen: list[tuple[int, bytes, int]] = []  # scan, mount and file of what is there and as it was
        self._seen_since = 0.0
        self.roots = tuple(os.path.abspath(root) for root in roots)
        self._lock = ScanLock(database.path)
        try:
            with database.change():
                self.id = database.insert("INSERT INTO scans (started_at) VALUES (?)", (time.time(),))
                for root in self.roots:
                    database.execute(
                        "INSERT INTO roots (path, scan_id) VALUES (?1, ?2) "
                        "ON CONFLICT (path) DO UPDATE SET scan_id = ?2",
                        (path_blob(root), self.id),
                    )
            database.commit()
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Scan:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.commit()
        finally:
            self._lock.release()

    def mark_seen(self, file: KnownFile) -> None:
        """The file is there and as it was. Written within 0.5 s or 1,000 files, or by ``commit``.

        Until then it is only remembered here: no transaction stays open between two calls, so that others can write
        to the library however long a scan listens.
        """
        now = time.monotonic()
        self._seen_since = self._seen_since if self._seen else now
        self._seen.append((self.id, os.fsencode(self._mounts.above(file.path)), file.file_id))
        if len(self._seen) >= _COMMIT_EVERY or now - self._seen_since >= _COMMIT_AFTER_S:
            self.commit()

    def put_track(
        self,
        path: str | os.PathLike[str],
        size: int,
        mtime_ns: int,
        identity: str,
        tags: Tags,
        analysis: TrackAnalysis,
    ) -> int:
        """The file was analysed: store its track, committed on return. Returns the track's id.

        The facets of ``analysis`` replace older ones of the same name; facets that it has not stay as they are.
        Raises FrontEndMismatch when the model is known with another front end or dimension.
        """
        with self._db.change():
            self._db.execute(
                "INSERT INTO tracks (identity, added_at) VALUES (?, ?) ON CONFLICT (identity) DO NOTHING",
                (identity, time.time()),
            )
            track_id = self._db.value("SELECT id FROM tracks WHERE identity = ?", (identity,))
            self._put_analysis(track_id, analysis)
            self._put_file(path, size, mtime_ns, track_id, tags)
        self.commit()
        return track_id

    def derive(self, model: str, front_end: str) -> int:
        """Compute the derived facets that tracks lack from what is stored; no file is opened. Returns how many."""
        n_derived = derive_missing(self._db, self._facets, model, front_end)
        self.commit()
        return n_derived

    def point_file(
        self, path: str | os.PathLike[str], size: int, mtime_ns: int, track_id: int, tags: Tags
    ) -> None:
        """The file holds a known track (moved, renamed, copied or re-tagged), committed on return.

        The analysis stays; the tags become this file's.
        """
        with self._db.change():
            self._put_file(path, size, mtime_ns, track_id, tags)
        self.commit()

    def put_failure(
        self, path: str | os.PathLike[str], size: int, mtime_ns: int, stage: str, cause: str
    ) -> None:
        """The file could not be analysed, committed on return; a track it held before lets go of it."""
        with self._db.change():
            file_id = self._put_path(path, size, mtime_ns, None)
            self._db.execute(
                "INSERT OR REPLACE INTO failures (file_id, stage, cause, failed_at) VALUES (?, ?, ?, ?)",
                (file_id, stage, text(cause), time.time()),
            )
        self.commit()

    def put_unlisted(self, folder: str | os.PathLike[str], stage: str, cause: str) -> None:
        """The folder could not be listed: a failure, and no reason to forget what is known below it."""
        self._unlisted.append(os.path.join(os.path.abspath(folder), ""))
        self.put_failure(folder, 0, 0, stage, cause)

    def commit(self) -> None:
        """Make everything said so far safe from a killed process."""
        if self._seen:
            with self._db.change():
                for values in self._seen:
                    self._db.execute("UPDATE files SET scan_id = ?, mount = ? WHERE id = ?", values)
            self._seen.clear()
        self._db.commit()

    def finish(self, *, force: bool = False) -> ScanEnd:
        """Forget the files below the roots that this scan did not meet, and count.

        What is kept although it was not met is told in segue.library.mounts; ``force`` forgets
        that too. Forgetting a file never deletes an analysis: a track that lost its last file is
        detached. Each track is counted once, as the first of these that holds: *analysed* in
        this scan; *moved*: since the last finished scan it left a path and is at a new one
        (renamed, moved, swapped); *unchanged*: seen otherwise (untouched, re-tagged, copied);
        *removed*: it left a path and has no file any more. *failed* counts the files seen in
        this scan that cannot be analysed, whether tried now or known from before.
        """
        self.commit()
        # Asks the disk for every file that was not met: before anything is locked.
        kept = find_missing(
            self._db, self.id, self.roots, self._mounts, unlisted=tuple(self._unlisted), force=force
        )
        with self._db.change():
            forget_missing(self._db)
            counts = settle(self._db, self.id)
            self._db.execute("UPDATE scans SET finished_at = ? WHERE id = ?", (time.time(), self.id))
        self.commit()
        return ScanEnd(counts, kept)

    def _put_file(
        self, path: str | os.PathLike[str], size: int, mtime_ns: int, track_id: int, tags: Tags
    ) -> None:
        file_id = self._put_path(path, size, mtime_ns, track_id)
        self._db.execute("DELETE FROM failures WHERE file_id = ?", (file_id,))
        # A copy without tags must not rob its recording of the tags another file gave it.
        others = self._db.value(
            "SELECT count(*) FROM files WHERE track_id = ? AND id <> ?", (track_id, file_id)
        )
        value = "COALESCE(?, {0})" if others else "?"
        columns = ", ".join(f"{column} = {value.format(column)}" for column in TAG_COLUMNS)
        self._db.execute(f"UPDATE tracks SET {columns} WHERE id = ?", (*tag_values(tags), track_id))

    def _put_path(self, path: str | os.PathLike[str], size: int, mtime_ns: int, track_id: int | None) -> int:
        blob = path_blob(path)
        mount = os.fsencode(self._mounts.above(os.fsdecode(blob)))
        self._db.execute(
            "INSERT INTO files (path, mount, size, mtime_ns, track_id, scan_id) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (path) DO UPDATE "
            "SET mount = ?2, size = ?3, mtime_ns = ?4, track_id = ?5, scan_id = ?6",
            (blob, mount, size, mtime_ns, track_id, self.id),
        )
        return self._db.value("SELECT id FROM files WHERE path = ?", (blob,))

    def _put_analysis(self, track_id: int, analysis: TrackAnalysis) -> None:
        model_id = self._model_id(analysis)
        of_network = {facet.name for facet in self._facets if isinstance(facet.source, FromNetwork)}
        self._db.execute(
            "INSERT INTO analyses (track_id, model_id, duration_s, flags, damage, n_windows, analysed_at, scan_id) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (track_id, model_id) DO UPDATE SET "
            # Of the facets that the network gives, the one that heard least counts.
            "duration_s = ?3, flags = ?4, damage = ?5, analysed_at = ?7, scan_id = ?8, "
            "n_windows = CASE WHEN ?9 THEN ?6 WHEN ?6 THEN min(n_windows, ?6) ELSE n_windows END",
            (
                track_id,
                model_id,
                float(analysis.duration_s),
                json.dumps(list(analysis.flags)),
                text(analysis.damage),
                analysis.n_windows,
                time.time(),
                self.id,
                of_network <= analysis.values.keys(),
            ),
        )
        put_values(self._db, self._facets, track_id, analysis.values, analysis.model, analysis.front_end)

    def _model_id(self, analysis: TrackAnalysis) -> int:
        row = self._db.row("SELECT id, front_end FROM models WHERE name = ?", (analysis.model,))
        if row is None:
            return self._db.insert(
                "INSERT INTO models (name, front_end) VALUES (?, ?)", (analysis.model, analysis.front_end)
            )
        if row["front_end"] != analysis.front_end:
            raise FrontEndMismatch(
                f"The library holds {analysis.model} with the front end {row['front_end']}, "
                f"not {analysis.front_end}: scan into another library."
            )
        return row["id"]
