"""What a file says about itself, read with tinytag and cleaned; a bad tag is no tag."""

from __future__ import annotations

import os
import re
import struct
import unicodedata
from typing import BinaryIO

from segue.types import Tags

MAX_CHARACTERS = 500  # what is longer is no name but something in the wrong field

# tinytag reads bytes from strangers: what it does not expect surfaces as one of these.
_PARSER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def read_tags(path: str | os.PathLike[str]) -> Tags:
    """Return the tags of a file; empty Tags where there are none or they cannot be read. Never raises."""
    try:
        with open(path, "rb") as file:
            return tags_in(file)
    except (OSError, ValueError):  # ValueError: a null character in the name
        return Tags()


def tags_in(file: BinaryIO) -> Tags:
    """Return the tags of a file that is open for reading; otherwise as `read_tags`."""
    from tinytag import TinyTag, TinyTagException

    try:
        # By content, not by name: without a name tinytag looks at the first bytes.
        file.seek(0)
        tag = TinyTag.get(file_obj=file, duration=False, image=False)
    except (TinyTagException, *_PARSER_ERRORS):
        return Tags()
    return Tags(
        title=_clean(tag.title),
        artist=_clean(tag.artist),
        album=_clean(tag.album),
        album_artist=_clean(tag.albumartist),
        genre=_clean(tag.genre),
        year=_year(_clean(tag.year)),
        track_number=_positive(tag.track),
    )


def _clean(value: object) -> str | None:
    """Text on one line, composed (NFC), without control characters; None where nothing is left."""
    if value is None:
        return None
    first = next((part for part in str(value).split("\0") if part.strip()), "")
    kept = "".join(" " if unicodedata.category(c) == "Cc" else c for c in first if not _is_noise(c))
    text = unicodedata.normalize("NFC", " ".join(kept.split()))
    return text[:MAX_CHARACTERS].strip() or None


def _is_noise(character: str) -> bool:
    return character in "\ufeff\u00ad" or unicodedata.category(character) == "Cs"


def _year(text: str | None) -> str | None:
    """The four digits of a date, or the text as it stands where it has none."""
    digits = re.search(r"(?<!\d)\d{4}(?!\d)", text or "")
    return digits.group() if digits else text


def _positive(value: object) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if 0 < number < 1 << 31 else None
