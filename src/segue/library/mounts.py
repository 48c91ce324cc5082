"""Whether a file that was not found is gone, or only its disk is.

A file below a scanned folder that the scan did not meet is forgotten, except:

1. the folder cannot be listed (missing, not mounted, not allowed);
2. the folder lists as empty: that is what an unmounted disk looks like;
3. the mount point the file lay under when last seen is no mount point any more;
4. asking for the file fails for another reason than its absence (not allowed, I/O error).

What is kept for one of these reasons can be forgotten by force.
"""

from __future__ import annotations

import os


class MountPoints:
    """Finds the mount point above a path; remembers answers by folder, so keep one per scan."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self._is_mount: dict[str, bool] = {}

    def above(self, path: str) -> str:
        """The nearest folder at or above ``path``'s folder that is a mount point."""
        asked, folder = [], os.path.dirname(path)
        while folder not in self._above and not os.path.ismount(folder):
            asked.append(folder)
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
        mount = self._above.get(folder, folder)
        self._above.update(dict.fromkeys([*asked, folder], mount))
        return mount

    def is_mounted(self, mount: str) -> bool:
        if mount not in self._is_mount:
            self._is_mount[mount] = os.path.ismount(mount)
        return self._is_mount[mount]


def why_unreachable(root: str) -> str | None:
    """Why nothing below ``root`` may be forgotten (rules 1 and 2), or None when it may."""
    try:
        if not os.path.isdir(root):
            os.stat(root)
            return None  # a single file, and it is there
        with os.scandir(root) as entries:
            if next(entries, None) is None:
                return "it is empty, as a disk that is not mounted would be"
            return None
    except (FileNotFoundError, NotADirectoryError):
        return "it is not there"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"


def why_kept(path: str, mount: str, mounts: MountPoints) -> str | None:
    """Why a file that was not met is kept (rules 3 and 4), or None when it is gone."""
    if not mounts.is_mounted(mount):
        return f"the disk {printable(mount)} is not mounted"
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return f"its files cannot be reached ({error.strerror})"
    return None  # there, but no longer taken for music: hidden, or below a .nomusic


def is_gone(path: str, mount: str, mounts: MountPoints) -> bool:
    """Whether the file is certainly no more: its disk is there and it is not."""
    return why_kept(path, mount, mounts) is None and not os.path.lexists(path)


def printable(path: str) -> str:
    """``path`` with what is no text replaced, fit for a message."""
    return os.fsencode(path).decode("utf-8", "replace")
