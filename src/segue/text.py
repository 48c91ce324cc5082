"""Text from tags, files and users: comparing names, and showing text safely on one line."""

from __future__ import annotations

import re
import unicodedata

# A name longer than this is cut before anything is matched against it: no title or artist is, and every pattern
# below stays fast on what is left.
MAX_NAME_CHARACTERS = 1_000

_GUESTS = re.compile(r"\s[(\[]?(?:feat|ft|featuring)\b\.?\s.*$")
# What taggers write when they do not know the artist, or when there are many.
_NO_ARTIST = {"", "unknown", "unknown artist", "various", "various artists", "va", "<unknown>"}

# Characters that change the order in which a terminal or browser shows the text around them (Unicode UAX 9).
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def fold(text: str | None) -> str:
    """Return a form of a name that is equal where names differ only in case, spacing or compatible characters.

    NFKC, case folded, runs of blanks joined; None gives the empty string. Cut after MAX_NAME_CHARACTERS.
    """
    return " ".join(unicodedata.normalize("NFKC", (text or "")[:MAX_NAME_CHARACTERS]).casefold().split())


def artist_key(artist: str | None) -> str | None:
    """Return a form that is equal for equal artists, or None when the tag names none.

    Folded as by `fold`; a leading "the" and guests ("feat. ...") do not count, nor do placeholders such as
    "Unknown Artist".
    """
    name = _GUESTS.sub("", fold(artist)).removeprefix("the ")
    return None if name in _NO_ARTIST else name


def spreadsheet_cell(value: str) -> str:
    """Return text that a spreadsheet takes as text: what begins like a formula gets an apostrophe before it.

    After OWASP, "CSV Injection". Names of files and tags come from anywhere, and ``=`` at their start runs.
    """
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def visible(text: str) -> str:
    """Return text fit for one line of a terminal: control and bidirectional control characters are escaped."""
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) == "Cc" or c in _BIDI_CONTROLS else c
        for c in text
    )
