"""Performers and albums that audio fingerprints name, read from a table beside an index.

Of GTZAN that is the table of seungheondoh/gtzan-bind: ``track_id``, ``fp_artist``, ``fp_album``. A fingerprint names
who plays, where an index of classical music names the composer, so it finds performers and albums in two parts that
no index by artist shows. It is a machine's answer: the names are kept apart from the artist, and the doubt is told.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from segue.copies.names import artist_keys
from segue.errors import DatasetError
from segue.research.datasets.index import NameSource, Track

FINGERPRINTS = "labels_extra.csv"


def with_fingerprints(
    tracks: Sequence[Track], folder: Path
) -> tuple[tuple[Track, ...], tuple[NameSource, ...]]:
    """Return ``tracks`` with performer and album by the table in ``folder``, and the sources of both fields.

    A performer or album that the index gives itself stays. The same tracks and no source where there is no such table,
    or it has neither column. Raises DatasetError (``not-readable``) where it cannot be read.
    """
    named = _read(folder / FINGERPRINTS)
    if not named:
        return tuple(tracks), ()
    nobody = (None, None)
    told = tuple(
        replace(
            track,
            performer=track.performer or named.get(track.track_id, nobody)[0],
            album=track.album or named.get(track.track_id, nobody)[1],
        )
        for track in tracks
    )
    doubt = f"A machine's answers, some of them wrong: {_disagreement(told)}."
    n_of_field = {
        field: sum(bool(getattr(track, field)) for track in told) for field in ("performer", "album")
    }
    source = f"audio fingerprints ({FINGERPRINTS})"
    return told, tuple(NameSource(field, source, n, doubt) for field, n in n_of_field.items())


def _disagreement(tracks: Sequence[Track]) -> str:
    keys = [(artist_keys(track.artist), artist_keys(track.performer)) for track in tracks]
    both = [(artist, performer) for artist, performer in keys if artist and performer]
    n_differ = sum(not artist & performer for artist, performer in both)
    return f"the performer is another than the artist of the index for {n_differ:,} of {len(both):,} tracks"


def _read(path: Path) -> dict[str, tuple[str | None, str | None]]:
    """Performer and album by track id; empty without a table or its columns."""
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{path} cannot be read ({error}); give it as CSV in UTF-8, or take it away.", code="not-readable"
        ) from error
    if not rows or "track_id" not in rows[0] or not {"fp_artist", "fp_album"} & set(rows[0]):
        return {}
    return {
        row["track_id"]: (row.get("fp_artist", "").strip() or None, row.get("fp_album", "").strip() or None)
        for row in rows
    }
