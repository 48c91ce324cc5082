"""Whether two recordings are the same, and by which method that was found.

Methods, the surest first:

- equal hashes of the file, of its audio payload (without tags) or of its decoded samples;
- the sketch: a fingerprint of the whole recording, or equal embeddings (`segue.copies.sketch`);
- passages: landmarks and alignment, also of cuts and at other speeds (`segue.copies.passages`);
- spectral: correlation of mel spectrograms (`segue.copies.spectral`);
- names: the same artists and title (`segue.copies.names`), which another version of a song has too. They decide only
  where no sound could be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from segue.copies.landmarks import landmarks
from segue.copies.names import recording_key
from segue.copies.passages import Alignment, shared_passages
from segue.copies.sketch import Sketch, same_embedding, same_recording
from segue.copies.spectral import near_copies


class Method(Enum):
    """How two recordings were found to be the same."""

    FILE_HASH = "file hash"
    PAYLOAD_HASH = "payload hash"
    SAMPLES_HASH = "samples hash"
    SKETCH = "sketch"
    EMBEDDING = "embedding"
    PASSAGES = "passages"
    SPECTRAL = "spectral"
    NAMES = "names"


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of one recording; None where it is unknown. Two recordings are compared by what both have.

    ``payload_hash`` is that of `segue.audio.identity`. ``peaks`` are int32 ``(n, 3)`` as PeakAccumulator gives them,
    ``mel`` is uint8 ``(n_mels, n_frames)``, decibels on any linear scale.
    """

    file_hash: str | None = None
    payload_hash: str | None = None
    samples_hash: str | None = None
    sketch: Sketch | None = None
    peaks: np.ndarray | None = None
    mel: np.ndarray | None = None
    artist: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two recordings are the same.

    ``score`` is the cosine (EMBEDDING) or the correlation (SPECTRAL), ``alignment`` the shared audio (PASSAGES); None for
    the other methods.
    """

    method: Method
    score: float | None = None
    alignment: Alignment | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Recordings number ``a`` and ``b`` of a collection are the same for ``reason``."""

    a: int
    b: int
    reason: Reason


def same(a: Evidence, b: Evidence) -> Reason | None:
    """Return the surest reason why ``a`` and ``b`` are the same recording, None where none is found.

    None does not prove that they differ: see `Evidence` for what is compared. Costs milliseconds with peaks of songs.
    For pairs among many recordings there are `segue.copies.groups`, `shared_passages`, `near_copies` and `SketchSet`.
    """
    hashes = (
        (Method.FILE_HASH, a.file_hash, b.file_hash),
        (Method.PAYLOAD_HASH, a.payload_hash, b.payload_hash),
        (Method.SAMPLES_HASH, a.samples_hash, b.samples_hash),
    )
    for method, of_a, of_b in hashes:
        if of_a and of_a == of_b:
            return Reason(method)
    sound_compared = False
    if a.sketch is not None and b.sketch is not None:
        x, y = a.sketch, b.sketch
        if x.fingerprint is not None and y.fingerprint is not None:
            sound_compared = True
            if same_recording(x.fingerprint, x.duration_s, y.fingerprint, y.duration_s):
                return Reason(Method.SKETCH)
        if (cosine := same_embedding(x, y)) is not None:
            return Reason(Method.EMBEDDING, score=cosine)
    if a.peaks is not None and b.peaks is not None:
        sound_compared = True
        peaks = (a.peaks, b.peaks)
        found = shared_passages([landmarks(one) for one in peaks], peaks.__getitem__)
        if found and found[0].is_copy:
            return Reason(Method.PASSAGES, alignment=found[0].alignment)
    if a.mel is not None and b.mel is not None and a.mel.shape == b.mel.shape:
        sound_compared = True
        for _, _, correlation in near_copies(np.stack((a.mel, b.mel))):
            return Reason(Method.SPECTRAL, score=correlation)
    key = recording_key(a.artist, a.title)
    if not sound_compared and key is not None and key == recording_key(b.artist, b.title):
        return Reason(Method.NAMES)
    return None
