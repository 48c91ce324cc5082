"""Equal artists and titles, whatever their spelling.

Only letters and digits count (NFKD without accents, case folded), so that "AC/DC" equals "ACDC" and "Beyoncé"
equals "Beyonce". Placeholders for an unknown artist or title equal nothing.
"""

from __future__ import annotations

import re
import unicodedata

from segue.text import MAX_NAME_CHARACTERS

# A blank or bracket is matched once: a run of them would be tried from each of its characters.
_GUEST = re.compile(r"[\s(\[](?:feat|ft|featuring)\b\.?\s", re.IGNORECASE)
_PLACEHOLDERS = frozenset(
    {"", "unknown", "unknownartist", "unknowntitle", "untitled", "various", "variousartists", "va"}
)


def artist_names(artist: str | None) -> dict[str, str]:
    """Return the artists that a tag names as ``{key: name as written}``; keys are equal for equal artists.

    A tag may name several, separated by ``;`` or by "feat."; each of them counts. A leading "the" does not. Bands
    are not split at "&" or "," ("Earth, Wind & Fire"). Empty where no artist is known.
    """
    fields = (artist or "")[:MAX_NAME_CHARACTERS].split(";")
    written = [name.strip(" ()[]") for field in fields for name in _GUEST.split(field.strip())]
    return {key: name for name in written if (key := _artist_key(name)) is not None}


def artist_keys(artist: str | None) -> frozenset[str]:
    """Return the keys of `artist_names`: one for each artist named, empty where none is known."""
    return frozenset(artist_names(artist))


def recording_key(artist: str | None, title: str | None) -> tuple[frozenset[str], str] | None:
    """Return a key that is equal for equal artists and titles, None where either is unknown."""
    artists, name = artist_keys(artist), plain(title or "")
    return (artists, name) if artists and name not in _PLACEHOLDERS else None


def plain(text: str) -> str:
    """Return only the letters and digits of ``text``, without case or accents; "&" reads "and".

    Cut after MAX_NAME_CHARACTERS.
    """
    decomposed = unicodedata.normalize("NFKD", text[:MAX_NAME_CHARACTERS].replace("&", " and "))
    return "".join(c for c in decomposed.casefold() if c.isalnum())


def _artist_key(name: str) -> str | None:
    words = name.strip()
    if words.casefold().startswith("the "):
        words = words[4:]
    key = plain(words)
    return None if key in _PLACEHOLDERS else key
