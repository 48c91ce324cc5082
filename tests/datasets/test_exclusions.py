"""Exclusion lists survive being written and read, whatever a track is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.datasets.exclusions import read_exclusions, write_exclusions
from segue.errors import DatasetError

IDS = st.text(min_size=1)


@given(st.dictionaries(IDS, st.text()))
def test_what_is_written_is_read(tmp_path_factory, reasons):
    path = tmp_path_factory.mktemp("list") / "leave-out.tsv"
    writable = {i: r.encode("utf-8", "replace").decode() for i, r in reasons.items()}
    write_exclusions(path, writable)
    assert read_exclusions(path) == {i: " ".join(r.split()) for i, r in writable.items()}


def test_a_list_made_by_hand(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_text("# faults\n\nblues.00001\tmislabelled\njazz.00002\n", encoding="utf-8")
    assert read_exclusions(path) == {"blues.00001": "mislabelled", "jazz.00002": ""}


def test_a_track_named_twice_is_refused_with_its_line(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_text("a\tone\nb\ttwo\na\tthree\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="line 3 names a "):
        read_exclusions(path)


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "list.tsv"
    path.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_exclusions(path)
    with pytest.raises(DatasetError, match="cannot be read"):
        read_exclusions(tmp_path / "nowhere.tsv")
