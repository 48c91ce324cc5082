"""Copies among tracks of which there is only a mel spectrogram."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from segue.audit.findings import Finding
from segue.audit.keeping import Recordings
from segue.copies.recordings import copy_finding, exact_copies, same_hash, to_tell
from segue.copies.spectral import near_copies
from segue.research.datasets.index import Track


@dataclass(frozen=True, slots=True)
class SpectralCopies:
    """Tracks whose spectrograms are equal, by ``hashes`` (one for each row, None without a spectrogram), or run alike.

    ``pairs`` are ``(row, later row, correlation)``.
    """

    hashes: tuple[str | None, ...]
    pairs: tuple[tuple[int, int, float], ...]

    def groups(self) -> list[tuple[int, ...]]:
        """Return the rows that are one recording, group by group."""
        return [*same_hash(self.hashes), *((a, b) for a, b, _ in self.pairs)]


def spectral_copies(n_rows: int, rows: Sequence[int], mel: np.ndarray) -> SpectralCopies:
    """Return the copies among the spectrograms ``mel``, uint8 ``(n, 128, 387)``, number i that of row ``rows[i]`` of ``n_rows``.

    What the correlation is and where its threshold comes from is told by segue.copies.spectral.
    """
    hashes: list[str | None] = [None] * n_rows
    for row, levels in zip(rows, mel, strict=True):
        hashes[row] = hashlib.blake2b(levels.tobytes(), digest_size=16).hexdigest()
    pairs = ((rows[a], rows[b], score) for a, b, score in near_copies(mel))
    return SpectralCopies(tuple(hashes), tuple(pair for pair in pairs if hashes[pair[0]] != hashes[pair[1]]))


def spectral_findings(tracks: Sequence[Track], found: SpectralCopies, of: Recordings) -> Iterator[Finding]:
    """Yield findings of exact and near copies among ``tracks`` by their spectrograms."""
    yield from exact_copies(tracks, found.hashes, "spectrogram, number by number,", of)
    for row, other, score in to_tell([(*pair, pair[2]) for pair in found.pairs], of):
        evidence = f"Its spectrogram runs as that of {tracks[other].track_id} does: correlation {score:.2f}."
        group = [tracks[n] for n in of.members(row)]
        yield copy_finding(
            "near-copy", tracks[row], tracks[other], evidence, group, correlation=round(score, 3)
        )
