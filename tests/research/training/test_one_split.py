"""One seed and one protocol give one split, whoever asks: training, the leak check, the audit; labels or not."""

from __future__ import annotations

import csv

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")
pytest.importorskip("onnx", reason="training needs the extra 'train' (onnx)")

from segue.research.datasets.loose_index import read_loose_index
from segue.research.datasets.protocols import PROTOCOLS, ChunkSplit, split_tracks
from segue.research.datasets.registry import read_dataset
from segue.research.leaks import divided, gather_copies
from segue.research.training.material import material

HEADER = ("track_id", "genre", "artist", "title", "filtered_split")
GENRES = ("blues", "jazz")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty clips of two genres; every fifth has lost its label, two have no spectrogram, one is there twice."""
    folder = tmp_path_factory.mktemp("unlabelled")
    ids = [f"{genre}.{number:05d}" for genre in GENRES for number in range(30)]
    rows = [
        (
            track_id,
            "" if row % 5 == 2 else track_id.partition(".")[0],
            f"artist {row // 2}",
            f"title {row}",
            ("train", "valid", "test")[row % 3],
        )
        for row, track_id in enumerate(ids)
    ]
    with (folder / "tracks.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([HEADER, *rows])
    mel = np.random.default_rng(0).integers(0, 256, (len(ids), 128, 387), dtype=np.uint8)
    mel[31, :, :300] = mel[4, :, 87:]
    kept = [row for row in range(len(ids)) if row not in (8, 40)]
    np.savez(
        folder / "mel128x387_uint8.npz",
        mel=mel[kept],
        track_id=[ids[row] for row in kept],
        genre=[ids[row].partition(".")[0] for row in kept],
    )
    return folder


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_trained_on_is_what_is_checked_for_leaks(folder, protocol):
    dataset, index = read_dataset("gtzan", folder), read_loose_index("gtzan", folder)
    assert sum(track.label is None for track in dataset.tracks) == 12
    checked = divided(index, gather_copies(index)[0], protocol, 3)
    trained = [material(dataset, protocol, 3, fold=fold).split for fold in range(len(checked))]
    assert trained == checked
    unlabelled = {track.track_id for track in dataset.tracks if track.label is None}
    for split in checked:
        members = [i for part in ("train", "valid", "test") for i in getattr(split, part, ())]
        ids = {i for i, _ in members} if isinstance(split, ChunkSplit) else set(members)
        assert ids and not ids & unlabelled


@pytest.mark.parametrize("protocol", ["chunk-random", "size-matched-leaky"])
def test_tracks_without_a_label_are_not_cut_into_chunks(folder, protocol):
    lessons = material(read_dataset("gtzan", folder), protocol, 0)
    for name in ("train", "test"):
        part, failures = lessons.part(name)
        assert len(part.ids) == len(part.labels) > 10 and not failures
    n_labelled = len([t for t in lessons.dataset.tracks if t.label is not None])
    chunks = {*lessons.split.train, *lessons.split.test}
    if protocol == "chunk-random":
        assert len(chunks) == 10 * (n_labelled - 2), "two have no spectrogram, and so no chunks"


def test_copies_by_way_of_a_track_without_a_label_stay_together():
    from segue.research.datasets.index import Track

    tracks = [Track(str(n), "ab"[n % 2], f"artist {n}") for n in range(20)] + [Track("tie", None)]
    for seed in range(10):
        split = split_tracks(tracks, "artist-kfold", seed, copies=[("0", "tie"), ("tie", "7")])
        parts = {i: part for part in ("train", "valid", "test") for i in getattr(split, part)}
        assert parts["0"] == parts["7"] and "tie" not in parts
