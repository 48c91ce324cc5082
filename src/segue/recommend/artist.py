"""When two artist tags mean the same artist."""

from __future__ import annotations

import re
import unicodedata

_GUESTS = re.compile(r"\s[(\[]?(feat|ft|featuring)\b\.?\s.*$")
# What taggers write when they do not know, or when there are many.
_NOBODY = {"", "unknown", "unknown artist", "various", "various artists", "va", "<unknown>"}


def artist_key(artist: str | None) -> str | None:
    """What is equal for equal artists, or None when the tag names none.

    Compatible characters (NFKC), case, spaces, a leading "the" and guests ("feat. ...") do not
    count, nor do placeholders such as "Unknown Artist".
    """
    if artist is None:
        return None
    name = " ".join(unicodedata.normalize("NFKC", artist).casefold().split())
    name = _GUESTS.sub("", name).removeprefix("the ")
    return None if name in _NOBODY else name
