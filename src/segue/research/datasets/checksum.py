"""Whether a file is the one its publisher speaks of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from segue.research.datasets.sources import Source
from segue.research.datasets.transport import Progress, Step


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file measures; ``wrong`` says how it differs from what was published, None where it does not."""

    size: int
    sha256: str
    wrong: str | None


def check(path: Path, source: Source, progress: Progress) -> Checked:
    """Return what the file at ``path`` measures beside what ``source`` says of it."""
    digest = source.digest
    size = path.stat().st_size
    hashes = {"sha256": hashlib.sha256()}
    if digest:
        hashes[digest.algorithm] = hashlib.new(digest.algorithm, usedforsecurity=False)
    done = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            for running in hashes.values():
                running.update(block)
            done += len(block)
            progress(Step(source.name, "check", done, size))
    wrong = None
    if digest and (found := hashes[digest.algorithm].hexdigest()) != digest.hex:
        wrong = (
            f"is not what was published: its {digest.algorithm.upper()} is {found}, "
            f"and {digest.published_at} says {digest.hex}"
        )
    return Checked(size, hashes["sha256"].hexdigest(), wrong)
