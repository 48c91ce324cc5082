"""Labelled clips of GTZAN's published split, with what the shared data says of the training part."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segue.research.datasets.hashes import sha256_of
from segue.research.training.distil.material import read_gtzan
from segue.research.training.material import Part

_TEACHERS = (
    ("musicnn, 50 tags (ISC)", "data/weights/musicnn_keras/MSD_musicnn.h5"),
    ("EfficientAT mn04, AudioSet (MIT)", "data/weights/efficientat_mn04/mn04_as_mAP_432.pt"),
    ("FCN, 50 tags (MIT)", "data/weights/sota_music_tagging/msd_fcn.pth"),
    ("OpenL3 embeddings of GTZAN outside test", "data/gtzan/openl3_512_without_test.npz"),
    ("musicnn's tags of GTZAN's training part (ISC)", "data/gtzan/musicnn_msd_taggrams_train.npz"),
)


@dataclass(frozen=True, slots=True)
class Labels:
    """Training and validation clips; ``tags`` ``(n_train, n_units, 50)`` and ``openl3`` ``(n_train, 512)`` are teachers'."""

    classes: tuple[str, ...]
    train_mel: np.ndarray
    train_labels: np.ndarray
    artists: list[str]
    tags: np.ndarray
    openl3: np.ndarray
    valid_mel: np.ndarray
    valid_labels: np.ndarray
    valid_part: Part
    tag_names: tuple[str, ...]
    teachers: dict[str, str]  # name and SHA-256


def read_labels(shared: Path) -> Labels:
    """Return the labelled clips below ``shared``; the test part is not opened."""
    gtzan = shared / "data" / "gtzan"
    heard = read_gtzan(shared)
    row_of = {str(i): k for k, i in enumerate(heard["id"])}
    with np.load(gtzan / "mel128x387_uint8.npz") as file:
        mel, at = file["mel"], {str(i): k for k, i in enumerate(file["track_id"])}
    with (gtzan / "tracks.csv").open(encoding="utf-8") as stream:
        artist_of = {row["track_id"]: row["artist"] for row in csv.DictReader(stream)}
    with np.load(gtzan / "musicnn_msd_taggrams_train.npz") as file:
        tag_names = tuple(str(name) for name in file["tag_names"])

    def ids(name: str) -> list[str]:
        lines = (gtzan / "splits" / f"{name}_filtered.txt").read_text().split()
        return [stem for stem in (Path(line).stem for line in lines) if stem in at]

    train, valid = ids("train"), ids("valid")
    classes = tuple(sorted({i.split(".")[0] for i in train}))
    rows = [row_of[i] for i in train]
    valid_labels = np.array([classes.index(i.split(".")[0]) for i in valid])
    valid_mel = mel[[at[i] for i in valid]]
    groups = tuple(artist_of.get(i) or f"unknown artist of {i}" for i in valid)
    return Labels(
        classes=classes,
        train_mel=mel[[at[i] for i in train]],
        train_labels=np.array([classes.index(i.split(".")[0]) for i in train]),
        artists=[artist_of.get(i) or f"unknown artist of {i}" for i in train],
        tags=heard["tags"][rows],
        openl3=heard["openl3"][rows],
        valid_mel=valid_mel,
        valid_labels=valid_labels,
        valid_part=Part("valid", tuple(valid), valid_mel, valid_labels, groups),
        tag_names=tag_names,
        teachers={name: sha256_of(shared / path) for name, path in _TEACHERS},
    )
