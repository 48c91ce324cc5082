"""Artists of the tracks of an index; how names are compared is told in segue.copies.names."""

from __future__ import annotations

from collections.abc import Sequence

from segue.copies.groups import groups_of
from segue.copies.names import artist_keys
from segue.research.datasets.index import Track


def artist_groups(tracks: Sequence[Track]) -> tuple[str, ...]:
    """Return a name for each track that is equal where two share an artist, also by way of others of ``tracks``.

    So "X", "X; Y" and "Y" are one group, named as the first of its tracks writes its artist. A track whose
    artist is not known is a group of its own.
    """
    first_with: dict[str, int] = {}
    pairs = [
        (first_with.setdefault(key, row), row)
        for row, track in enumerate(tracks)
        for key in sorted(artist_keys(track.artist))
    ]
    return tuple(
        (tracks[first].artist or "")
        if artist_keys(tracks[first].artist)
        else f"unknown artist of {track.track_id}"
        for first, track in zip(groups_of(len(tracks), pairs), tracks, strict=True)
    )
