"""The one encoder: frozen dataclasses as the JSON documents that commands print and HTTP answers.

A field becomes a key of its own name. `json_field` changes that: another name, digits to round to, left out where
it is empty, or never shown. A type whose document is not a list of its fields has a method ``__document__`` that
returns another value to encode in its place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, field, fields, is_dataclass
from enum import Enum
from os import PathLike, fspath
from typing import Any

_KEY = "segue.json"
_PLAIN = (None, None, False, False, False)  # of a field that json_field did not make


def json_field(
    *,
    name: str | None = None,
    digits: int | None = None,
    omit_empty: bool = False,
    omit_none: bool = False,
    hidden: bool = False,
    default: Any = MISSING,
) -> Any:
    """Return a dataclass field with its place in the document.

    ``name`` is the key, by default the field's name; ``digits`` rounds numbers, also inside lists; ``omit_empty``
    leaves the key out for None and empty containers, ``omit_none`` for None alone; ``hidden`` always leaves it out.
    """
    metadata = {_KEY: (name, digits, omit_empty, omit_none, hidden)}
    return field(metadata=metadata) if default is MISSING else field(metadata=metadata, default=default)


def document(value: Any, digits: int | None = None) -> Any:
    """Return ``value`` as plain JSON: objects, lists, strings, numbers, booleans and None.

    NaN and infinity become None, since JSON has no word for them. Raises TypeError for a type that is neither
    plain, a dataclass, an array, a path nor an enumeration: a mistake of the program.
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return None if not math.isfinite(value) else value if digits is None else round(value, digits)
    if hasattr(value, "__document__"):
        return document(value.__document__(), digits)
    if is_dataclass(value) and not isinstance(value, type):
        return _object(value, digits)
    if isinstance(value, Mapping):
        return {str(key): document(one, digits) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [document(one, digits) for one in value]
    if isinstance(value, Enum):
        return document(value.value, digits)
    if isinstance(value, PathLike):
        return fspath(value)
    if hasattr(value, "tolist"):  # numpy scalars and arrays, without importing numpy
        return document(value.tolist(), digits)
    raise TypeError(f"no JSON for {type(value).__name__}")


def encode(value: Any) -> bytes:
    """Return ``value`` as indented JSON in UTF-8; text that UTF-8 cannot hold is escaped."""
    plain = document(value)
    try:
        return json.dumps(plain, indent=2, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(plain, indent=2).encode("ascii")


def _object(value: Any, digits: int | None) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in fields(value):
        name, own_digits, omit_empty, omit_none, hidden = one.metadata.get(_KEY, _PLAIN)
        content = getattr(value, one.name)
        is_empty = content is None or (hasattr(content, "__len__") and not len(content))
        if hidden or (omit_empty and is_empty) or (omit_none and content is None):
            continue
        found[name or one.name] = document(content, digits if own_digits is None else own_digits)
    return found
