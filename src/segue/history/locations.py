"""Paths on this machine that an entry of a playlist may mean, and one name for each such place.

Players write absolute and relative paths, file URIs, percent-encoded names, Windows paths with
drives and backslashes, and bytes that are no valid text. What a name means is only known when
something of that name is there, so each location gives several candidates, likeliest first.
"""

from __future__ import annotations

import ntpath
import os
import re
import unicodedata
from pathlib import PureWindowsPath
from urllib.parse import unquote

MAX_PATH_CHARACTERS = 32_768  # the longest path of Windows; Linux has 4,096 bytes
_SCHEME = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]+:(?=/)")  # two letters at least: "C:/" is a drive
_DRIVE = re.compile(r"\A/?[A-Za-z]:[\\/]")


def can_be_path(location: str) -> bool:
    """Return whether a file can have this location: at most `MAX_PATH_CHARACTERS`, and no NUL character."""
    return len(location) <= MAX_PATH_CHARACTERS and "\0" not in location


def is_address(location: str) -> bool:
    """Return whether ``location`` is an address on the net (a stream), not a file."""
    return bool(_SCHEME.match(location)) and not location.lower().startswith("file:")


def candidate_paths(location: str, folder: str) -> list[str]:
    """Return absolute paths ``location`` may mean, likeliest first; none for an address on the net.

    ``folder`` is the absolute folder relative locations start from.
    """
    if is_address(location):
        return []
    names = [_from_uri(location)] if location.lower().startswith("file:") else [location, _unquoted(location)]
    names += [name.replace("\\", "/") for name in names if "\\" in name]
    names += [again for name in names if (again := _as_windows_text(name)) is not None]
    names += [unicodedata.normalize(form, name) for form in ("NFC", "NFD") for name in names]
    names = [name for name in names if name and "\0" not in name]
    return list(dict.fromkeys(os.path.normpath(os.path.join(folder, name)) for name in names))


def place_of(location: str, folder: str) -> str:
    """Return the same text for every way of writing the place ``location``, as a list in ``folder`` has it.

    The real path (through links) of the first candidate that is there; where none is, the path it
    reads as, percent-decoded. A Windows path of another machine stays one, with its drive in
    capitals; an address on the net is returned as it stands.
    """
    if is_address(location):
        return location
    there = next((path for path in candidate_paths(location, folder) if os.path.lexists(path)), None)
    if there is not None:
        return unicodedata.normalize("NFC", os.path.realpath(there))
    name = _from_uri(location) if location.lower().startswith("file:") else _unquoted(location)
    if "\0" in name:  # percent-encoded
        return location
    text = _as_windows_text(name)
    name = unicodedata.normalize("NFC", name if text is None or "\ufffd" in text else text)
    if _DRIVE.match(name) or name.startswith("\\\\"):
        name = ntpath.normpath(name.removeprefix("/"))
        return name[:1].upper() + name[1:]
    return os.path.realpath(os.path.normpath(os.path.join(folder, name.replace("\\", "/"))))


def tail(path: str, n: int = 2) -> tuple[str, ...] | None:
    """Return the last ``n`` parts of a path, folded so that equal names compare equal; None where there are fewer.

    Two machines rarely share the beginning of a path and often its end: artist or album, and file.
    """
    text = _from_uri(path) if path.lower().startswith("file:") else path
    parts = PureWindowsPath(text).parts if _DRIVE.match(text) or "\\" in text else text.split("/")
    parts = [part for part in parts if part not in ("", ".", "..", "\\", "/")]
    folded = [unicodedata.normalize("NFC", part).casefold() for part in parts[-n:]]
    return tuple(folded) if len(folded) == n else None


def _from_uri(uri: str) -> str:
    # Neither url2pathname, which means this machine's paths, nor urlsplit, which raises for hosts such as "[x".
    path = uri[len("file:") :]
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]  # without the host
    path = _unquoted(path)
    return path[1:] if _DRIVE.match(path) and path.startswith("/") else path


def _unquoted(name: str) -> str:
    return unquote(name, errors="surrogateescape")


def _as_windows_text(name: str) -> str | None:
    """Return ``name``, whose bytes are not UTF-8, read as Windows-1252; None where it is valid already."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return None
