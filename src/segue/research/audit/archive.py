"""What mel spectrograms say of a collection: which of its tracks are copies, and which cannot be checked by audio."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from segue.audit.copy_findings import Hashes, SpectralPair
from segue.copies.spectral import near_copies


def spectral_evidence(
    n_tracks: int, rows: Sequence[int], mel: np.ndarray
) -> tuple[Hashes, tuple[SpectralPair, ...]]:
    """Return the hashes of spectrograms, and the pairs of unequal ones that hold one recording.

    ``mel`` is uint8 ``(n, n_mels, n_frames)``, number i that of row ``rows[i]`` of ``n_tracks`` tracks; ``rows`` ascend
    within each pair or not. See segue.copies.spectral for the correlation and its threshold.
    """
    hashes: list[str | None] = [None] * n_tracks
    for row, levels in zip(rows, mel, strict=True):
        hashes[row] = hashlib.blake2b(levels.tobytes(), digest_size=16).hexdigest()
    pairs = (SpectralPair(rows[a], rows[b], score) for a, b, score in near_copies(mel))
    return (
        Hashes("spectrogram, number by number,", tuple(hashes)),
        tuple(pair for pair in pairs if hashes[pair.a] != hashes[pair.b]),
    )
