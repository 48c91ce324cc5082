"""Playlists other players open."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segue.errors import SegueError


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """One line of a playlist; ``duration_s`` is None when unknown."""

    path: str
    artist: str | None = None
    title: str | None = None
    duration_s: float | None = None


def write_m3u8(target: Path, entries: Iterable[PlaylistEntry]) -> None:
    """Write an extended M3U playlist in UTF-8, its paths relative to the playlist's own folder.

    The file appears whole or not at all. Raises SegueError when it cannot be written.
    """
    # The real file in its real folder: links are followed, not replaced, and players resolve "..", where
    # a linked folder's parent is not where it seems.
    target = Path(os.path.realpath(target))
    folder = str(target.parent)
    if target.exists() and not target.is_file():
        raise SegueError(
            f"The playlist {target} would replace something that is no file; choose another place."
        )
    lines = ["#EXTM3U"]
    for entry in entries:
        seconds = -1 if entry.duration_s is None else round(entry.duration_s)
        lines.append(f"#EXTINF:{seconds},{_one_line(_display_name(entry))}")
        lines.append(_location(os.path.abspath(entry.path), folder))
    content = ("\n".join(lines) + "\n").encode("utf-8")
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".segue-", suffix=".m3u8")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(temporary, 0o644)
            os.replace(temporary, target)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SegueError(
            f"The playlist {target} cannot be written ({error.strerror}); choose another place."
        ) from error


def _display_name(entry: PlaylistEntry) -> str:
    stem = Path(entry.path).stem
    return f"{entry.artist} - {entry.title or stem}" if entry.artist else entry.title or stem


def _one_line(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _location(path: str, folder: str) -> str:
    """Return how the playlist names a file: relative where a line of UTF-8 can hold that, else as a file URI."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive on Windows
        return path
    if "\n" in relative or "\r" in relative or not _is_text(relative):
        return Path(path).as_uri()
    # A leading "#" would read as a comment, and players trim blanks.
    return f".{os.sep}{relative}" if relative.startswith(("#", " ", "\t")) else relative


def _is_text(name: str) -> bool:
    """Whether a file's name is valid text; bytes that are none come as lone surrogates (PEP 383)."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
