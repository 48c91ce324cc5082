"""The facets of tracks in the library: written, read for one track or as a column, derived, counted where missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from segue.errors import FrontEndMismatch, NotInLibrary
from segue.facets.base import Column, FromFacets
from segue.facets.registry import Registry, Wanted, blamed
from segue.library.database import Database
from segue.library.rows import column_of, value_of

_DERIVABLE = """
SELECT a.track_id FROM analyses a JOIN models m ON m.id = a.model_id WHERE m.name = ?
AND NOT EXISTS (SELECT 1 FROM facet WHERE name = ? AND version = ? AND track_id = a.track_id)
"""
_AT_ONCE = 500


def put_values(
    database: Database,
    facets: Registry,
    track_id: int,
    values: Mapping[str, Any],
    model: str,
    front_end: str,
) -> None:
    """Store the values of a track's facets; those of older versions from the same model or front end go.

    Raises FrontEndMismatch when a facet whose values are all of one length would get one of another length.
    """
    for name, value in values.items():
        facet = facets[name]
        basis = facets.basis(name, model, front_end)
        version = f"{basis}/{facet.version}"
        with blamed(facet):
            data = None if value is None else facet.stored.encode(value)
            confidence = facet.confidence_of(value)
        if data is not None and facet.stored.one_length:
            held = database.value(
                "SELECT length(data) FROM facet WHERE name = ? AND version = ? AND data IS NOT NULL LIMIT 1",
                (name, version),
            )
            if held not in (None, len(data)):
                raise FrontEndMismatch(
                    f"The library holds a {name} of {held} bytes by {version} "
                    f"and was given one of {len(data)}: scan into another library."
                )
        database.execute(
            "DELETE FROM facet WHERE track_id = ? AND name = ? AND substr(version, 1, ?) = ?",
            (track_id, name, len(basis) + 1, basis + "/"),
        )
        database.execute(
            "INSERT INTO facet VALUES (?, ?, ?, ?, ?)",
            (track_id, name, version, data, confidence),
        )


def values_of(
    database: Database, facets: Registry, track_id: int, model: str, front_end: str
) -> dict[str, Any]:
    """Return the stored values of one track, in the versions of ``model`` and ``front_end``, by name.

    Facets that are not among ``facets`` are left out. Raises LibraryError for a value that cannot be read.
    """
    held = {
        (row["name"], row["version"]): row["data"]
        for row in database.rows("SELECT name, version, data FROM facet WHERE track_id = ?", (track_id,))
    }
    found = {}
    for facet in facets:
        key = facet.name, facets.stored_version(facet.name, model, front_end)
        if key in held:
            found[facet.name] = value_of(facet, held[key], str(database.path))
    return found


def missing_of(
    database: Database, track_id: int | None, n_windows: int | None, wanted: Wanted
) -> tuple[str, ...]:
    """Return the names of wanted facets that a track lacks, or has from fewer windows than wanted.

    ``n_windows`` is of its analysis by the model, None where there is none: then all are missing.
    """
    if track_id is None or n_windows is None:
        return tuple(name for name, _ in wanted.versions)
    held = {
        (row["name"], row["version"])
        for row in database.rows("SELECT name, version FROM facet WHERE track_id = ?", (track_id,))
    }
    short = n_windows < wanted.n_windows
    return tuple(
        name
        for name, version in wanted.versions
        if (name, version) not in held or (short and name in wanted.from_network)
    )


def column(database: Database, facets: Registry, name: str, version: str, track_ids: np.ndarray) -> Column:
    """Return one facet of the tracks ``track_ids``, int64 ``(n,)`` ascending; a track without it is a row without value.

    Raises FrontEndMismatch when the library holds the facet in other versions only, NotInLibrary (code
    ``facet-missing``) when it holds it of no track, SegueError for an unknown facet, and LibraryError for values that
    cannot be read.
    """
    facet = facets[name]
    require_version(database, name, version)
    data: list[bytes | None] = [None] * len(track_ids)
    confidences = np.full(len(track_ids), np.nan, np.float32)
    for batch in database.batches(
        "SELECT track_id, data, confidence FROM facet WHERE name = ? AND version = ? AND data IS NOT NULL",
        (name, version),
    ):
        ids = np.array([row[0] for row in batch], np.int64)
        places = np.minimum(np.searchsorted(track_ids, ids), max(len(track_ids) - 1, 0))
        there = track_ids[places] == ids if len(track_ids) else np.zeros(len(ids), bool)
        for row, place, wanted in zip(batch, places.tolist(), there.tolist(), strict=True):
            if wanted:
                data[place] = row[1]
                confidences[place] = row[2]
    return Column(name, version, column_of(facet, data, str(database.path)), confidences)


def require_version(database: Database, name: str, version: str) -> None:
    """Return nothing when the library holds this version of a facet.

    Raises FrontEndMismatch, which names both versions, when it holds others only, and NotInLibrary when it holds none.
    """
    if database.value("SELECT 1 FROM facet WHERE name = ? AND version = ? LIMIT 1", (name, version)):
        return
    others = [row[0] for row in database.rows("SELECT DISTINCT version FROM facet WHERE name = ?", (name,))]
    if others:
        raise FrontEndMismatch(
            f"The library {database.path} holds {name} by {', '.join(sorted(others))}, not by {version}: "
            "scan again to compute it."
        )
    raise NotInLibrary(
        f"The library {database.path} holds {name} of no track yet: scan again to compute it.",
        code="facet-missing",
    )


def derive_missing(database: Database, facets: Registry, model: str, front_end: str) -> int:
    """Store the derived facets that tracks lack and whose inputs are stored; return how many.

    Raises LibraryError for a stored input that cannot be read.
    """
    n_derived = 0
    for facet in facets.derived:
        assert isinstance(facet.source, FromFacets)
        version = facets.stored_version(facet.name, model, front_end)
        track_ids = [row[0] for row in database.rows(_DERIVABLE, (model, facet.name, version))]
        for track_id in track_ids:
            values = values_of(database, facets, track_id, model, front_end)
            derived = facets.derive({name: one for name, one in values.items() if name != facet.name})
            if facet.name in derived:
                with database.change():
                    put_values(
                        database, facets, track_id, {facet.name: derived[facet.name]}, model, front_end
                    )
                n_derived += 1
                if n_derived % _AT_ONCE == 0:
                    database.commit()
    return n_derived


def missing_counts(database: Database, facets: Registry, model: str, front_end: str) -> dict[str, int]:
    """Return how many tracks with a file lack each facet in the current version; facets that none lacks are left out."""
    has_file = "EXISTS (SELECT 1 FROM files f WHERE f.track_id = {0}.track_id)"
    n_tracks = database.value("SELECT count(DISTINCT track_id) FROM files")
    counts = {}
    for facet in facets:
        version = facets.stored_version(facet.name, model, front_end)
        held = database.value(
            f"SELECT count(*) FROM facet x WHERE name = ? AND version = ? AND {has_file.format('x')}",
            (facet.name, version),
        )
        if held < n_tracks:
            counts[facet.name] = n_tracks - held
    return counts
