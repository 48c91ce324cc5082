"""The index of GTZAN: what it promises on the real data, and what it says about damaged copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from segue.datasets.gtzan import PARTS, Gtzan, read_gtzan, sha256_of_ids
from segue.errors import DatasetError


@pytest.fixture(scope="module")
def folder(shared_dir: Path) -> Path:
    return shared_dir / "data" / "gtzan"


@pytest.fixture(scope="module")
def gtzan(folder: Path) -> Gtzan:
    return read_gtzan(folder)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of everything small, with the archive linked, to be damaged."""
    for name in ("tracks.csv", "exact_duplicates_by_sha256.txt", "excluded_by_fault_filter.txt"):
        shutil.copyfile(folder / name, tmp_path / name)
    (tmp_path / "splits").mkdir()
    for part in PARTS:
        shutil.copyfile(
            folder / "splits" / f"{part}_filtered.txt", tmp_path / "splits" / f"{part}_filtered.txt"
        )
    (tmp_path / "mel128x387_uint8.npz").symlink_to(folder / "mel128x387_uint8.npz")
    return tmp_path


def test_parts_have_the_published_sizes_less_the_unreadable_clip(gtzan):
    sizes = {name: len(gtzan.part(name).ids) for name in PARTS}
    assert sizes == {"train": 442, "valid": 197, "test": 290}
    assert gtzan.ids_of("train") - set(gtzan.part("train").ids) == {"jazz.00054"}


def test_rows_belong_to_their_clips(gtzan, folder):
    part = gtzan.part("valid")
    with np.load(folder / "mel128x387_uint8.npz") as archive:
        names = archive["track_id"].tolist()
        for row in (0, 100, 196):
            assert np.array_equal(part.mel[row], archive["mel"][names.index(part.ids[row])])
    assert [gtzan.classes[label] for label in part.labels] == [clip.genre for clip in part.clips]


def test_no_clip_and_no_copy_of_a_recording_is_in_two_parts(gtzan):
    parts = [gtzan.ids_of(name) for name in PARTS]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    part_of = {clip.track_id: clip.part for clip in gtzan.clips}
    for copies in gtzan.copies:
        assert len({part_of[track_id] for track_id in copies} & set(PARTS)) <= 1


def test_artists_the_split_overlooked_are_named(gtzan):
    assert len(gtzan.with_artists_elsewhere("test")) == 27
    assert "reggae.00034" in gtzan.with_artists_elsewhere("test")  # Burning Spear, nine clips in training


def test_teacher_speaks_of_training_and_validation_only(gtzan):
    assert gtzan.teacher_embeddings(gtzan.part("train")).shape == (442, 512)
    with pytest.raises(DatasetError, match="test part"):
        gtzan.teacher_embeddings(gtzan.part("test"))


def test_an_unknown_part_is_refused(gtzan):
    with pytest.raises(DatasetError, match="no part 'excluded'"):
        gtzan.part("excluded")


def test_names_of_sets_do_not_depend_on_order():
    assert sha256_of_ids(["b", "a"]) == sha256_of_ids(["a", "b"]) != sha256_of_ids(["ab"])


@pytest.mark.parametrize("missing", ["tracks.csv", "mel128x387_uint8.npz", "splits/test_filtered.txt"])
def test_a_missing_file_is_named(copy, missing):
    (copy / missing).unlink()
    with pytest.raises(DatasetError, match=r"is missing"):
        read_gtzan(copy)


def test_an_index_without_its_columns_is_refused(copy):
    (copy / "tracks.csv").write_text("track_id,genre\nblues.00000,blues\n")
    with pytest.raises(DatasetError, match="no column 'artist'"):
        read_gtzan(copy)


def test_a_clip_moved_to_another_part_is_noticed(copy):
    index = copy / "tracks.csv"
    index.write_text(
        index.read_text().replace('One Scotch And One Beer",valid', 'One Scotch And One Beer",train')
    )
    with pytest.raises(DatasetError, match="lists"):
        read_gtzan(copy)


def test_copies_in_two_parts_are_noticed(copy):
    duplicates = copy / "exact_duplicates_by_sha256.txt"
    duplicates.write_text(duplicates.read_text() + "blues.00000.wav blues.00012.wav\n")
    with pytest.raises(DatasetError, match="two parts"):
        read_gtzan(copy)
