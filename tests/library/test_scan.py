"""What becomes of each track from scan to scan: real folders, every way to rearrange them."""

from __future__ import annotations

import os

import pytest

from segue.library.store import Library
from segue.types import ScanCounts
from tests.library.examples import MODEL, put, scan_folder, walk_into


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        yield library


@pytest.fixture
def music(tmp_path):
    """Four files of three recordings in two folders, and a bad one."""
    root = tmp_path / "music"
    for name, content in {"x/1": "one", "x/2": "two", "y/3": "three", "y/copy": "two", "y/9": "bad"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write(root / name, content)
    return root


def write(path, content):
    """Write, with a time stamp that differs from the one before."""
    path.write_text(content)
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + len(content) * 1_000_000_007))


def counts(library, *roots, **settings):
    return scan_folder(library, *roots, **settings).counts


def paths_of(library, identity):
    return library.track(library.track_by_identity(identity, MODEL).track_id, MODEL).paths


def test_a_first_and_a_second_scan(library, music):
    assert counts(library, music) == ScanCounts(analysed=3, failed=1)
    assert counts(library, music) == ScanCounts(unchanged=3, failed=1)


def test_a_renamed_folder_costs_no_analysis(library, music):
    scan_folder(library, music)
    (music / "x").rename(music / "z")
    assert counts(library, music) == ScanCounts(moved=2, unchanged=1, failed=1)
    assert paths_of(library, "one") == (str(music / "z" / "1"),)
    assert counts(library, music) == ScanCounts(unchanged=3, failed=1)


def test_swapped_files(library, music):
    scan_folder(library, music)
    (music / "x/1").rename(music / "spare")
    (music / "y/3").rename(music / "x/1")
    (music / "spare").rename(music / "y/3")
    write(music / "x/1", "three")
    write(music / "y/3", "one")
    assert counts(library, music) == ScanCounts(moved=2, unchanged=1, failed=1)
    assert paths_of(library, "one") == (str(music / "y/3"),)


def test_renumbered_files(library, music):
    """1 becomes 2, 2 becomes 4: every name but the last belonged to another before."""
    scan_folder(library, music)
    write(music / "x/4", "two")
    write(music / "x/2", "one")
    (music / "x/1").unlink()
    assert counts(library, music) == ScanCounts(moved=2, unchanged=1, failed=1)


def test_a_copy_is_no_move(library, music):
    scan_folder(library, music)
    write(music / "z", "one")
    assert counts(library, music) == ScanCounts(unchanged=3, failed=1)
    (music / "z").unlink()  # and its end is no removal
    assert counts(library, music) == ScanCounts(unchanged=3, failed=1)


def test_new_tags_are_no_change(library, music):
    scan_folder(library, music)
    write(music / "x/1", "one|New Title")
    assert counts(library, music) == ScanCounts(unchanged=3, failed=1)
    assert library.track_for_path(music / "x/1", MODEL).tags.title == "New Title"


def test_moved_and_retagged_at_once(library, music):
    scan_folder(library, music)
    (music / "x/1").unlink()
    write(music / "x/01 New Title", "one|New Title")
    assert counts(library, music) == ScanCounts(moved=1, unchanged=2, failed=1)


def test_other_music_under_the_same_name(library, music):
    scan_folder(library, music)
    write(music / "x/1", "four")
    assert counts(library, music) == ScanCounts(analysed=1, unchanged=2, failed=1, removed=1)


def test_a_file_gone_bad_and_mended(library, music):
    scan_folder(library, music)
    write(music / "x/1", "bad too")
    assert counts(library, music) == ScanCounts(unchanged=2, failed=2)
    write(music / "x/1", "one")
    assert counts(library, music) == ScanCounts(unchanged=3, failed=1)  # its analysis was kept


def test_removed_files(library, music):
    scan_folder(library, music)
    (music / "x/1").unlink()
    (music / "x/2").unlink()  # its copy stays
    (music / "y/9").unlink()  # the bad one
    assert counts(library, music) == ScanCounts(unchanged=2, removed=1)
    assert list(library.failures()) == []
    assert library.stats().detached == 1


def test_a_removed_file_that_returns_is_not_analysed_again(library, music):
    scan_folder(library, music)
    (music / "x/1").unlink()
    assert counts(library, music).removed == 1
    write(music / "x/1", "one")
    assert counts(library, music) == ScanCounts(unchanged=3, failed=1)


def test_another_model_analyses_again(library, music):
    scan_folder(library, music)
    (music / "x").rename(music / "z")
    assert counts(library, music, model="next") == ScanCounts(analysed=3, failed=1)
    assert counts(library, music, model="next") == ScanCounts(unchanged=3, failed=1)
    assert library.stats().models == {MODEL: 3, "next": 3}


def test_a_scan_of_one_folder_leaves_the_others_alone(library, music):
    scan_folder(library, music)
    (music / "x/1").unlink()
    (music / "y/3").unlink()
    write(music / "xx", "four")  # sorts between the folder x and what is in it
    assert counts(library, music / "x") == ScanCounts(unchanged=1, removed=1)
    assert paths_of(library, "three") == (str(music / "y/3"),)
    assert counts(library, music) == ScanCounts(analysed=1, unchanged=1, removed=1, failed=1)


def test_moved_between_two_scanned_folders(library, music):
    scan_folder(library, music / "x", music / "y")
    (music / "x/1").rename(music / "y/1")
    assert counts(library, music / "x", music / "y") == ScanCounts(moved=1, unchanged=2, failed=1)


def test_moved_between_folders_scanned_one_after_the_other(library, music):
    """The old place is forgotten first; the analysis waits for the new one."""
    scan_folder(library, music / "x", music / "y")
    (music / "x/1").rename(music / "y/1")
    assert counts(library, music / "x") == ScanCounts(unchanged=1, removed=1)
    assert counts(library, music / "y") == ScanCounts(unchanged=3, failed=1)


def test_a_scan_cut_short_forgets_nothing_and_the_next_counts_its_moves(library, music):
    scan_folder(library, music)
    (music / "x").rename(music / "z")
    with library.scan([music]) as scan:
        walk_into(library, scan, music / "z")
    assert len(paths_of(library, "one")) == 2
    assert library.check().unfinished_scans == 1
    assert counts(library, music) == ScanCounts(moved=2, unchanged=1, failed=1)


def test_what_only_a_scan_cut_short_has_met_can_move_and_go_too(library, music):
    with library.scan([music]) as scan:
        walk_into(library, scan, music)
    (music / "x").rename(music / "z")
    (music / "y/3").unlink()
    assert counts(library, music) == ScanCounts(moved=2, removed=1, failed=1)


def test_overlapping_folders_count_once(library, music):
    scan_folder(library, music, music / "x")
    (music / "x/1").unlink()
    assert counts(library, music, music / "x") == ScanCounts(unchanged=2, removed=1, failed=1)


def test_one_file_as_root(library, music):
    with library.scan([music / "x/1"]) as scan:
        put(scan, music / "x/1", 1)
        end = scan.finish()
    assert end.counts == ScanCounts(analysed=1)


def test_a_folder_that_is_no_longer_music_is_forgotten(library, music):
    scan_folder(library, music)
    (music / "x/.nomusic").touch()
    assert counts(library, music) == ScanCounts(unchanged=2, removed=1, failed=1)
