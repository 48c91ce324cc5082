"""Near copies are found at any offset and level; like music is not."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from segue.copies.names import artist_keys, recording_key
from segue.copies.spectral import THRESHOLD, copies_in, near_copies
from segue.research.datasets.index import Track
from segue.research.datasets.mel_archive import read_mel_archive


def made_up(n, rng):
    """Spectrograms of noise in 16 notes that come and go: no two alike, none steady."""
    shape = rng.random((n, 16, 387)) * (rng.random((n, 16, 387)) > 0.6)
    return np.repeat(shape, 8, axis=1) * 200.0 + 20.0 * rng.random((n, 128, 387))


def test_found_at_every_offset_and_level():
    rng = np.random.default_rng(0)
    mel = made_up(20, rng)
    moved = [np.roll(mel[k], shift, axis=1) for k, shift in ((3, 40), (5, -100), (7, 0))]
    moved[0][:, :40] = made_up(1, rng)[0][:, :40]  # what was rolled in is other music
    moved[1][:, -100:] = made_up(1, rng)[0][:, -100:]
    quieter = 0.5 * moved[2] + 30.0
    found = near_copies(np.concatenate([mel, moved[:2], quieter[None]]).astype(np.uint8))
    assert [(i, j) for i, j, _ in found] == [(3, 20), (5, 21), (7, 22)]
    assert all(THRESHOLD <= score <= 1.0 for _, _, score in found)
    assert found[2][2] > 0.95


def test_blocks_do_not_show():
    rng = np.random.default_rng(1)
    mel = made_up(40, rng).astype(np.uint8)
    mel[39] = mel[0]
    mel[17] = mel[16]
    assert [(i, j) for i, j, _ in near_copies(mel)] == [(0, 39), (16, 17)]


@pytest.mark.parametrize("value", [0, 255])
def test_silence_is_no_copy_of_silence(value):
    assert near_copies(np.full((4, 128, 387), value, np.uint8)) == []


def test_little_input():
    assert near_copies(np.zeros((0, 128, 387), np.uint8)) == []
    assert near_copies(np.zeros((1, 128, 387), np.uint8)) == []
    assert near_copies(np.zeros((5, 128, 60), np.uint8)) == []
    with pytest.raises(ValueError):
        near_copies(np.zeros((5, 100, 387), np.uint8))


def test_threshold_on_clips_outside_the_test_part(shared_dir):
    """Looks at training, validation and excluded clips only, none of them tied to a test clip."""
    folder = shared_dir / "data/gtzan"
    with (folder / "tracks.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    track = {
        r["track_id"]: Track(r["track_id"], r["genre"], r["artist"], r["title"], sha256=r["kaggle_sha256"])
        for r in rows
    }
    asked = [track[r["track_id"]] for r in rows if r["filtered_split"] == "test"]
    titles, files = {recording_key(t.artist, t.title) for t in asked} - {None}, {t.sha256 for t in asked}
    archive = read_mel_archive(folder / "mel128x387_uint8.npz")
    free = [
        n
        for n, i in enumerate(archive.ids)
        if recording_key(track[i].artist, track[i].title) not in titles and track[i].sha256 not in files
    ]
    ids = [archive.ids[n] for n in free]
    found = {frozenset(pair) for pair in copies_in(archive.mel[free], ids)}
    strangers = [
        pair
        for pair in found
        for a, b in [sorted(pair)]
        if artist_keys(track[a].artist)
        and artist_keys(track[b].artist)
        and not artist_keys(track[a].artist) & artist_keys(track[b].artist)
    ]
    twins = {frozenset((a, b)) for a in ids for b in ids if a < b and track[a].sha256 == track[b].sha256}
    assert strangers == [] and twins <= found and len(twins) == 10
    assert (
        len(
            [
                pair
                for pair in found
                if len({recording_key(track[i].artist, track[i].title) for i in pair}) == 1
            ]
        )
        >= 45
    )
