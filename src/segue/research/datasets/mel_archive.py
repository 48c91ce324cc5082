"""The mel archive: spectrograms of every clip in one file, and whether they belong to the clips they name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from segue.errors import DatasetError
from segue.signal.front_end import MEL128_V1


@dataclass(frozen=True, slots=True)
class MelArchive:
    """Row i of ``mel``, uint8 ``(n, 128, 387)``, is the track ``ids[i]`` of ``labels[i]``."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    mel: np.ndarray

    def rows(self) -> dict[str, int]:
        """Row numbers by track id."""
        return {track_id: row for row, track_id in enumerate(self.ids)}


def read_mel_archive(path: Path) -> MelArchive:
    """Return what the archive holds.

    Raises DatasetError where it is damaged, where its arrays are not of the form, or where an id is there twice.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            ids, labels, mel = archive["track_id"], archive["genre"], archive["mel"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DatasetError(
            f"{path} is not a mel archive ({error}); fetch the dataset again.", code="not-a-mel-archive"
        ) from error
    shape = (len(ids), MEL128_V1.n_mels, MEL128_V1.window_picks)
    if mel.dtype != np.uint8 or mel.shape != shape or len(labels) != len(ids):
        raise DatasetError(
            f"{path} holds {mel.dtype} {mel.shape} where uint8 {shape} is due; fetch the dataset again.",
            code="not-a-mel-archive",
        )
    names = tuple(map(str, ids))
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise DatasetError(f"{path} holds {twice} twice; fetch the dataset again.", code="not-a-mel-archive")
    return MelArchive(names, tuple(map(str, labels)), mel)
