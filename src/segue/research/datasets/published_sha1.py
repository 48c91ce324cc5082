"""The SHA-1 of every clip that FMA's archives bring along, in a file named ``checksums``."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

_LINE = re.compile(r"^([0-9a-f]{40}) [ *](.+)$")


def published_sha1(root: Path) -> dict[str, str]:
    """Return the published SHA-1 (hex) by file name, from ``checksums`` in ``root`` and in the folders in it.

    FMA's clips are named by their number, so that a name says which clip it is in whatever folder. Empty
    where there is no such file.
    """
    found = {}
    for path in sorted((*root.glob("checksums"), *root.glob("*/checksums"))):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if matched := _LINE.match(line.strip()):
                found[PurePosixPath(matched[2]).name] = matched[1]
    return found
