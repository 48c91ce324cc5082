"""Finds the files of a music folder that may be audio, by name; what they are is for probing."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from segue.files import mtime_ns
from segue.types import Failure

AUDIO_EXTENSIONS = frozenset(
    ".aac .adts .aif .aifc .aiff .alac .ape .au .bwf .caf .flac .m4a .m4b .m4r .mka .mp1 .mp2 .mp3 .oga .ogg"
    " .opus .rf64 .snd .spx .w64 .wav .wave .weba .wma .wv".split()
)
NO_MUSIC_FILE = ".nomusic"


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file that may be audio. Names that are no UTF-8 keep their bytes as surrogate escapes.

    ``mtime_ns`` is that of `segue.files.mtime_ns`.
    """

    path: str
    size: int
    mtime_ns: int


def _ignore(path: str) -> None:
    """Tell nobody."""


def walk(
    roots: Iterable[str | os.PathLike[str]],
    on_failure: Callable[[Failure], None],
    on_no_file: Callable[[str], None] = _ignore,
) -> Iterator[Found]:
    """Audio files under the ``roots`` in a fixed order, absolute paths, each file once.

    Folders are walked in order of name, symbolic links to folders after everything else, so
    that a file has its real path where it has one; no folder is entered twice, whatever links
    or overlapping roots lead to it. Hidden files and folders are passed over, folders with a
    ``.nomusic`` file in them too, whole. A file given as a root is taken whatever its name.
    Only regular files are yielded and nothing is opened but folders. What cannot be listed is
    told to ``on_failure`` (stage "open"), what is named like audio in a folder and is a pipe, a device or
    a link to nothing to ``on_no_file``; a file that vanishes meanwhile is passed over.

    Memory grows with the number of folders, not of files.
    """
    given = [os.path.abspath(os.fsdecode(root)) for root in roots]
    given_files: dict[tuple[int, int], set[str]] = {}
    folders: deque[str] = deque()
    for path in given:
        try:
            status = os.stat(path)
        except (OSError, ValueError) as error:
            on_failure(Failure(path, "open", f"This cannot be opened: {_reason(error)}."))
            continue
        if stat.S_ISDIR(status.st_mode):
            folders.append(path)
            continue
        if not stat.S_ISREG(status.st_mode):
            on_failure(Failure(path, "open", "This is neither a folder nor a regular file."))
            continue
        seen = given_files.setdefault((status.st_dev, status.st_ino), set())
        if os.path.realpath(path) not in seen:
            seen.add(os.path.realpath(path))
            yield Found(path, status.st_size, mtime_ns(status))
    for found, key in _walk_folders(folders, on_failure, on_no_file):
        if key not in given_files or os.path.realpath(found.path) not in given_files[key]:
            yield found


def _walk_folders(
    folders: deque[str], on_failure: Callable[[Failure], None], on_no_file: Callable[[str], None]
) -> Iterator[tuple[Found, tuple[int, int]]]:
    """Files below ``folders`` with their device and inode; links to folders join the end of the queue."""
    visited: set[tuple[int, int]] = set()
    while folders:
        stack = [folders.popleft()]
        while stack:
            folder = stack.pop()
            try:
                entries = _list_once(folder, visited)
            except FileNotFoundError:
                continue
            except OSError as error:
                on_failure(Failure(folder, "open", f"This folder cannot be listed: {_reason(error)}."))
                continue
            below = []
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
                    elif entry.is_symlink() and entry.is_dir():
                        folders.append(entry.path)
                    elif not is_candidate(entry.name):
                        continue
                    elif not entry.is_file():
                        on_no_file(entry.path)
                    else:
                        status = entry.stat()
                        found = Found(entry.path, status.st_size, mtime_ns(status))
                        yield found, (status.st_dev, status.st_ino)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    on_failure(Failure(entry.path, "open", f"This cannot be looked at: {_reason(error)}."))
            stack.extend(reversed(below))


def is_candidate(name: str) -> bool:
    """True where a file's name ends like audio; playlists do not."""
    return os.path.splitext(name)[1].lower() in AUDIO_EXTENSIONS


def _list_once(folder: str, visited: set[tuple[int, int]]) -> list[os.DirEntry[str]]:
    """Entries that are not hidden, by name; none of a folder visited before or without music."""
    status = os.stat(folder)
    key = status.st_dev, status.st_ino
    if key in visited:
        return []
    visited.add(key)
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    if any(entry.name == NO_MUSIC_FILE for entry in entries):
        return []
    return [entry for entry in entries if not entry.name.startswith(".")]


def _reason(error: OSError | ValueError) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return reason[:1].lower() + reason[1:]
