"""A dataset small enough to train on in a test: three kinds of spectra, plain to tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.index import Track

GENRES = ("high", "low", "pulsing")
SIZES = {"train": 12, "valid": 4, "test": 4}


def _mel(genre: str, rng: np.random.Generator) -> np.ndarray:
    bands = np.linspace(1.0, 0.0, 128) if genre == "low" else np.linspace(0.0, 1.0, 128)
    level = np.full((128, 387), 0.5) if genre == "pulsing" else np.repeat(bands[:, None], 387, axis=1)
    if genre == "pulsing":
        level = level + 0.4 * np.sign(np.sin(2 * np.pi * 1.9 * np.arange(387) / 12.9))
    return np.clip(255 * level + rng.normal(0, 12, size=level.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Sixty clips of three made-up genres, with a teacher who knows them well."""
    folder: Path = tmp_path_factory.mktemp("toy")
    rng = np.random.default_rng(0)
    tracks = tuple(
        Track(
            f"{genre}.{part}.{k:02d}",
            genre,
            artist=f"{part} artist {k // 2} of {genre}",
            splits=(("fault-filtered", part),),
        )
        for genre in GENRES
        for part, size in sorted(SIZES.items())
        for k in range(size)
    )
    ids = np.array([track.track_id for track in tracks])
    mel = np.stack([_mel(track.label, rng) for track in tracks])
    genres = np.array([track.label for track in tracks])
    np.savez(folder / "mel128x387_uint8.npz", mel=mel, track_id=ids, genre=genres)
    known = [i for i, track in enumerate(tracks) if track.part_of("fault-filtered") != "test"]
    taught = (
        rng.normal(size=(len(known), 16)) + 4 * np.eye(3, 16)[[GENRES.index(tracks[i].label) for i in known]]
    )
    np.savez(folder / "openl3_512_without_test.npz", embedding=taught.astype(np.float32), track_id=ids[known])
    return Dataset(
        name="toy",
        root=folder,
        tracks=tracks,
        classes=GENRES,
        audio=FolderAudio(folder),
        licence="ours",
        citation="none",
        archive=folder / "mel128x387_uint8.npz",
    )
