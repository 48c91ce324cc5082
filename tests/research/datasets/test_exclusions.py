"""Exclusion lists survive being written and read, whatever a track is called."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.audit.exclusions import exclusion_text, read_exclusions
from segue.errors import DatasetError
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.exclusions import exclusions_in
from segue.research.datasets.index import Track
from tests.raising import raises

IDS = st.text(min_size=1)


def write_exclusions(path, reasons):
    path.write_text(exclusion_text(reasons), encoding="utf-8", newline="")


@given(st.dictionaries(IDS, st.text()))
def test_what_is_written_is_read(tmp_path_factory, reasons):
    path = tmp_path_factory.mktemp("list") / "leave-out.tsv"
    write_exclusions(path, reasons)
    shown = {i: r.encode("utf-8", "backslashreplace").decode() for i, r in reasons.items()}
    assert read_exclusions(path) == {i: " ".join(r.split()) for i, r in shown.items()}


def test_a_list_made_by_hand(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_text("# faults\n\nblues.00001\tmislabelled\njazz.00002\n", encoding="utf-8")
    assert read_exclusions(path) == {"blues.00001": "mislabelled", "jazz.00002": ""}


def test_a_track_named_twice_is_refused_with_its_line(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_text("a\tone\nb\ttwo\na\tthree\n", encoding="utf-8")
    with raises(DatasetError, "exclusions-duplicate") as caught:
        read_exclusions(path)
    assert "line 3" in str(caught.value)


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_bytes(b"\xff\xfe\x00binary")
    with raises(DatasetError, "exclusions-unreadable"):
        read_exclusions(path)
    with raises(DatasetError, "exclusions-unreadable"):
        read_exclusions(tmp_path / "nowhere.tsv")


def dataset_at(root):
    """Ids that are paths, as a folder's, and one that is none, as FMA's."""
    tracks = (
        Track("rock/a.flac", "rock", path="rock/a.flac"),
        Track("rock/b.flac", "rock", path="rock/b.flac"),
        Track("000002", "jazz", path="fma_small/000/000002.mp3"),
        Track("jazz.00054", "jazz"),
    )
    return Dataset("mine", root, tracks, ("jazz", "rock"), FolderAudio(root), "", "")


def test_a_line_is_an_id_or_a_path_absolute_or_from_the_datasets_folder(tmp_path):
    root, listed = tmp_path / "music", tmp_path / "list.tsv"
    lines = (
        "rock/a.flac",
        str(root / "rock" / ".." / "rock" / "b.flac"),
        "fma_small/000/000002.mp3",
        "jazz.00054",
    )
    listed.write_text("".join(f"{line}\twhy\n" for line in lines), encoding="utf-8")
    found = exclusions_in(listed, dataset_at(root))
    assert found.ids == {"rock/a.flac", "rock/b.flac", "000002", "jazz.00054"}
    assert (found.strangers, found.sentence()) == ((), None)


def test_a_folder_known_by_another_name_is_the_same_folder(tmp_path):
    (tmp_path / "real" / "rock").mkdir(parents=True)
    (tmp_path / "real" / "rock" / "a.flac").touch()
    try:
        os.symlink(tmp_path / "real", tmp_path / "linked", target_is_directory=True)
    except OSError:
        pytest.skip("no links can be made here")
    listed = tmp_path / "list.tsv"
    write_exclusions(listed, {str(tmp_path / "linked" / "rock" / "a.flac"): "clipped"})
    assert exclusions_in(listed, dataset_at(tmp_path / "real")).ids == {"rock/a.flac"}


def test_lines_that_name_no_track_are_counted(tmp_path):
    listed = tmp_path / "list.tsv"
    write_exclusions(
        listed, {"rock/a.flac": "", "/elsewhere/rock/b.flac": "", "music/rock/b.flac": "", "a\0b": ""}
    )
    found = exclusions_in(listed, dataset_at(tmp_path))
    assert found.ids == {"rock/a.flac"}
    assert found.sentence() == (
        f"3 of 4 lines of {listed} name no track of this dataset; the first is /elsewhere/rock/b.flac."
    )
    assert json.loads(json.dumps(found.to_dict())) == {
        "file": str(listed),
        "lines": 4,
        "tracks": ["rock/a.flac"],
        "naming_no_track": ["/elsewhere/rock/b.flac", "music/rock/b.flac", "a\0b"],
    }


def test_a_list_of_which_no_line_names_a_track_is_refused(tmp_path):
    listed = tmp_path / "list.tsv"
    write_exclusions(listed, {"music/rock/a.flac": "written from another folder"})
    with raises(DatasetError, "exclusions-name-no-track"):
        exclusions_in(listed, dataset_at(tmp_path))
    write_exclusions(listed, {})  # an audit that found nothing
    assert exclusions_in(listed, dataset_at(tmp_path)).ids == frozenset()
