"""What ships of GTZAN: ids, lengths, hashes and one published split, so that a bare folder of clips can be checked.

``facts/gtzan.csv`` holds no text of anybody's: ids, lengths in samples and SHA-256 of the files in the form in
which GTZAN goes round today (1,000 wav files, 22,050 Hz, 16 bits, mono), measured on them; and the
fault-filtered split of Kereliuk, Sturm and Larsen (2015), published by Jongpil Lee under the MIT licence.
"""

from __future__ import annotations

import csv
import hashlib
import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from segue.research.datasets.dataset import Fault

LICENCE = (
    "None stated: the clips are excerpts of commercial recordings, collected for research without the"
    " rights holders; do not pass them on. Ids, hashes and the fault-filtered split (MIT) ship with segue."
)
CITATION = (
    "G. Tzanetakis and P. Cook, Musical genre classification of audio signals, IEEE Transactions on Speech"
    " and Audio Processing 10(5), 2002; split: C. Kereliuk, B. L. Sturm and J. Larsen, Deep learning and"
    " music adversaries, IEEE Transactions on Multimedia 17(11), 2015"
)
RATE_HZ = 22_050
SPLIT_NAME = "fault-filtered"


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """One clip: its length in samples at 22,050 Hz, the SHA-256 of its wav, its part of the fault-filtered split.

    ``part`` is None for the 70 clips the split leaves out.
    """

    track_id: str
    n_samples: int
    sha256: str
    part: str | None

    @property
    def genre(self) -> str:
        """The label, which GTZAN's ids begin with."""
        return self.track_id.partition(".")[0]


@cache
def clips() -> tuple[ClipFacts, ...]:
    """Return the facts on all 1,000 clips, in order of id."""
    with (files("segue.research.datasets") / "facts" / "gtzan.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        return tuple(
            ClipFacts(row["track_id"], int(row["n_samples"]), row["sha256"], row["fault_filtered"] or None)
            for row in csv.DictReader(lines)
        )


def faults() -> tuple[Fault, ...]:
    """Return what is known to be wrong with GTZAN, with its sources."""
    same: dict[str, list[str]] = {}
    for clip in clips():
        same.setdefault(clip.sha256, []).append(clip.track_id)
    twice = tuple(track_id for ids in same.values() if len(ids) > 1 for track_id in ids)
    sturm = "B. L. Sturm, The GTZAN dataset: its contents, its faults, their effects on evaluation, 2013 (arXiv 1306.1461)"
    return (
        Fault(
            "unreadable in every wav copy that goes round today",
            "found when all clips were decoded: 999 of 1,000 could be",
            ("jazz.00054",),
            True,
        ),
        Fault(
            f"byte for byte the same, in {len(twice) // 2} pairs",
            "their SHA-256",
            twice,
        ),
        Fault("repetitions, mislabellings, distortions, and many clips of few artists", sturm),
        Fault(
            "left out by the fault-filtered split; the cause of each is not published",
            "Kereliuk, Sturm and Larsen 2015",
            tuple(clip.track_id for clip in clips() if clip.part is None),
        ),
        Fault(
            "by today's corrected index the fault-filtered split has artists in two parts;"
            " `segue datasets leaks gtzan DIR --protocol fault-filtered` names them",
            "B. L. Sturm's index of 2014 with later corrections",
        ),
    )


def wav_sha256(pcm: np.ndarray) -> str:
    """Return the SHA-256 that a clip's wav has, from its samples int16 ``(n,)`` at 22,050 Hz.

    The wav that goes round is 44 bytes of header before the samples, so that the same samples in any
    lossless form give its hash (so they do for all 60 clips at hand in FLAC).
    """
    n_bytes = 2 * len(pcm)
    form = struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    header = b"RIFF" + struct.pack("<I", 36 + n_bytes) + b"WAVEfmt " + form
    hashed = hashlib.sha256(header + b"data" + struct.pack("<I", n_bytes))
    hashed.update(pcm.astype("<i2").tobytes())
    return hashed.hexdigest()
