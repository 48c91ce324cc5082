"""Copies among tracks of which there is only a mel spectrogram."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from segue.audit.copies import copy_finding, exact_copies
from segue.audit.findings import Finding
from segue.datasets.index import Track
from segue.datasets.near_copies import near_copies


def spectral_copies(tracks: Sequence[Track], mel: np.ndarray) -> Iterator[Finding]:
    """Yield findings of exact and near copies among ``tracks``, whose spectrograms are the rows of ``mel``.

    ``mel`` is uint8 ``(n, 128, 387)``. What the score is and where its threshold comes from is told by
    segue.datasets.near_copies.
    """
    hashes = [hashlib.blake2b(row.tobytes(), digest_size=16).hexdigest() for row in mel]
    yield from exact_copies(tracks, hashes, "spectrogram, number by number,")
    for a, b, score in near_copies(mel):
        if hashes[a] != hashes[b]:
            pair = tracks[b], tracks[a]
            evidence = f"Its spectrogram runs as that of {tracks[a].track_id} does: correlation {score:.2f}."
            yield copy_finding("near-copy", *pair, evidence, pair, correlation=round(score, 3))
