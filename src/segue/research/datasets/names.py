"""When two lines of an index mean the same artist or the same recording, by what they say.

Only letters and digits count (NFKD without accents, casefolded), so that "AC/DC" is "ACDC" and "Beyoncé" is
"Beyonce". What taggers write when they do not know matches nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from segue.research.datasets.index import Track

_GUEST = re.compile(r"[\s(\[]+(?:feat|ft|featuring)\b\.?\s+", re.IGNORECASE)
_NOBODY = frozenset(
    {"", "unknown", "unknownartist", "unknowntitle", "untitled", "various", "variousartists", "va"}
)


def artist_keys(track: Track) -> frozenset[str]:
    """Return what is equal for equal artists, one key for each artist named; empty where none is known.

    An artist field may name several, separated by ``;`` or by "feat."; each of them counts. A leading
    "the" does not. Bands are not taken apart at "&" or "," ("Earth, Wind & Fire").
    """
    return frozenset(artist_names(track))


def artist_names(track: Track) -> dict[str, str]:
    """Return the artists of ``track`` as ``{key: name as written}``; see `artist_keys`."""
    written = [name.strip(" ()[]") for field in track.artists for name in _GUEST.split(field)]
    return {key: name for name in written if (key := _artist_key(name)) is not None}


def artist_groups(tracks: Sequence[Track]) -> tuple[str, ...]:
    """Return a name for each track that is equal where two share an artist, also by way of others of ``tracks``.

    So "X", "X; Y" and "Y" are one group, named as the first of its tracks writes its artist. A track whose
    artist is not known stands alone.
    """
    first_with: dict[str, int] = {}
    pairs = [
        (first_with.setdefault(key, row), row)
        for row, track in enumerate(tracks)
        for key in sorted(artist_keys(track))
    ]
    return tuple(
        (tracks[first].artist or "") if artist_keys(tracks[first]) else f"unknown artist of {track.track_id}"
        for first, track in zip(groups_of(len(tracks), pairs), tracks, strict=True)
    )


def recording_key(track: Track) -> tuple[frozenset[str], str] | None:
    """Return what is equal for two lines with the same artists and title, or None where either is unknown."""
    artists, title = artist_keys(track), plain(track.title or "")
    return (artists, title) if artists and title not in _NOBODY else None


def plain(text: str) -> str:
    """Return only the letters and digits of ``text``, without case or accents; "&" reads "and"."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and "))
    return "".join(c for c in decomposed.casefold() if c.isalnum())


def groups_of(n: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Return n group numbers: the smallest member of each connected component of the graph with edges ``pairs``."""
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(i) for i in range(n)]


def _artist_key(name: str) -> str | None:
    words = name.strip()
    if words.casefold().startswith("the "):
        words = words[4:]
    key = plain(words)
    return None if key in _NOBODY else key
