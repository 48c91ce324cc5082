"""Playlists other players open."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segue.files import OutputKind, write_output

_HEADING = ("#EXTM3U", "# Written by segue.")
PLAYLIST = OutputKind("playlist", rb"#EXTM3U\n# Written by segue\.\n")


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """One line of a playlist; ``duration_s`` is None when unknown."""

    path: str
    artist: str | None = None
    title: str | None = None
    duration_s: float | None = None


def write_m3u8(target: Path, entries: Iterable[PlaylistEntry], *, force: bool = False) -> None:
    """Write an extended M3U playlist in UTF-8, its paths relative to the playlist's own folder.

    Raises SegueError as `segue.files.write_output` does; ``force`` also replaces playlists of other programs.
    """
    # The real file in its real folder: links are followed, not replaced, and players resolve "..", where
    # a linked folder's parent is not where it seems.
    target = Path(os.path.realpath(target))
    folder = str(target.parent)
    lines = [*_HEADING]
    for entry in entries:
        seconds = -1 if entry.duration_s is None else round(entry.duration_s)
        lines.append(f"#EXTINF:{seconds},{_one_line(_display_name(entry))}")
        lines.append(_location(os.path.abspath(entry.path), folder))
    write_output(target, ("\n".join(lines) + "\n").encode("utf-8"), PLAYLIST, force=force)


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
