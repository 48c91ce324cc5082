"""Anybody's own genres: a folder ``<label>/<files>`` whose folders are the labels."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

from segue.audio.discover import walk
from segue.audio.tags import read_tags
from segue.errors import DatasetError
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset, classes_of
from segue.research.datasets.index import Track
from segue.types import Failure, Tags

LICENCE = "Your own files: what you may do with them is for you to know."
CITATION = "None: a folder of your own."


def read_folder(root: Path, *, tags: Callable[[Path], Tags] = read_tags) -> Dataset:
    """Return the audio files below ``root`` as a dataset; a file's label is the first folder on its way.

    Deeper folders do not matter: ``rock/album/song.flac`` is rock. Hidden files, folders with a file
    ``.nomusic`` and what does not end like audio are passed over, each file is taken once however many
    links lead to it. An id is the path below ``root``. Artist and title come from ``tags``, so that
    artist-aware splits know who plays. Files in no label's folder, and what cannot be listed, are
    ``problems``.

    Raises DatasetError where ``root`` is no folder or no labelled audio is below it.
    """
    if not root.is_dir():
        raise DatasetError(
            f"There is no folder {root}; give one that holds <label>/<audio files>.", code="nothing-there"
        )
    root = Path(os.path.abspath(root))
    problems: list[Failure] = []
    tracks = []
    for found in walk([root], problems.append):
        path = Path(found.path)
        parts = path.relative_to(root).parts
        if len(parts) == 1:
            problems.append(
                Failure(found.path, "open", "The file is in no label's folder: move it into one.")
            )
            continue
        known = tags(path)
        name = "/".join(parts)
        tracks.append(Track(name, label_text(parts[0]), known.artist, known.title, path=name))
    if not tracks:
        raise DatasetError(
            f"No audio with a label is below {root}; lay it out as <label>/<audio files>.",
            code="no-labelled-audio",
        )
    ordered = tuple(sorted(tracks, key=lambda track: os.fsencode(track.track_id)))
    return Dataset(
        name=root.name,
        root=root,
        tracks=ordered,
        classes=classes_of(ordered),
        audio=FolderAudio(root),
        licence=LICENCE,
        citation=CITATION,
        problems=tuple(problems),
    )


def label_text(name: str) -> str:
    """Return a label fit for any file or page: composed as Unicode's NFC, stripped, odd bytes as ``\\xe9``.

    What one system writes as one letter and another as letter and accent is one label.
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", text).strip()
