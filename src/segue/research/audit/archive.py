"""What mel spectrograms say of a collection: which of its tracks are copies, and which cannot be checked by audio."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from segue.audit.copy_findings import Hashes
from segue.copies.same import Link, Method, Reason
from segue.copies.spectral import near_copies


def spectral_evidence(n_tracks: int, rows: Sequence[int], mel: np.ndarray) -> tuple[Hashes, tuple[Link, ...]]:
    """Return the hashes of spectrograms, and links between unequal ones that hold one recording.

    ``mel`` is uint8 ``(n, n_mels, n_frames)``, number i that of row ``rows[i]`` of ``n_tracks`` tracks. See segue.copies.spectral for the correlation and its threshold.
    """
    hashes: list[str | None] = [None] * n_tracks
    for row, levels in zip(rows, mel, strict=True):
        hashes[row] = hashlib.blake2b(levels.tobytes(), digest_size=16).hexdigest()
    pairs = (Link(rows[a], rows[b], Reason(Method.SPECTRAL, score=score)) for a, b, score in near_copies(mel))
    return (
        Hashes("spectrogram, number by number,", tuple(hashes)),
        tuple(pair for pair in pairs if hashes[pair.a] != hashes[pair.b]),
    )
