"""Nothing is forgotten because a disk is away: missing, empty, unmounted and forbidden folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from segue.library.mounts import MountPoints, why_unreachable
from segue.library.store import Library
from segue.types import ScanCounts
from tests.library.examples import MODEL, scan_folder


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "library.db") as library:
        yield library


@pytest.fixture
def music(tmp_path):
    root = tmp_path / "music"
    fill(root)
    return root


def fill(root):
    (root / "album").mkdir(parents=True)
    for name in ("one", "two", "three"):
        (root / "album" / name).write_text(name)


def n_tracks(library):
    return library.stats().tracks


def test_a_missing_folder(library, music):
    scan_folder(library, music)
    music.rename(music.with_name("away"))
    end = scan_folder(library, music)
    assert end.counts == ScanCounts()
    (kept,) = end.kept
    assert (kept.root, kept.files, kept.reason) == (str(music), 3, "it is not there")
    assert n_tracks(library) == 3


def test_an_empty_folder(library, music):
    scan_folder(library, music)
    shutil.rmtree(music / "album")
    end = scan_folder(library, music)
    assert end.counts == ScanCounts()
    assert "not mounted" in end.kept[0].reason
    assert n_tracks(library) == 3


def test_force_forgets_even_so_but_no_analysis(library, music):
    scan_folder(library, music)
    shutil.rmtree(music / "album")
    end = scan_folder(library, music, force=True)
    assert end.counts == ScanCounts(removed=3)
    assert end.kept == ()
    assert n_tracks(library) == 0
    shutil.rmtree(music)
    fill(music)
    assert scan_folder(library, music).counts == ScanCounts(unchanged=3)


def test_an_emptied_album_is_forgotten(library, music):
    scan_folder(library, music)
    (music / "single").write_text("single")
    shutil.rmtree(music / "album")
    assert scan_folder(library, music).counts == ScanCounts(analysed=1, removed=3)


def test_one_reachable_and_one_missing_folder(library, music, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "four").write_text("four")
    scan_folder(library, music, disk)
    shutil.rmtree(disk)
    (music / "album/one").unlink()
    end = scan_folder(library, music, disk)
    assert end.counts == ScanCounts(unchanged=2, removed=1)
    assert [kept.root for kept in end.kept] == [str(disk)]
    assert library.track_for_path(disk / "four", MODEL)


def mount(folder):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "segue-test", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"mount: a tmpfs cannot be mounted here ({mounted.stderr.strip()})")


@pytest.fixture
def disk(music):
    """A disk mounted inside the music folder."""
    folder = music / "disk"
    folder.mkdir()
    mount(folder)
    yield folder
    subprocess.run(["umount", folder], capture_output=True)


def test_a_disk_unmounted_inside_the_folder(library, music, disk):
    (disk / "four").write_text("four")
    assert scan_folder(library, music).counts == ScanCounts(analysed=4)
    subprocess.run(["umount", disk], check=True)
    end = scan_folder(library, music)
    assert end.counts == ScanCounts(unchanged=3)
    assert (end.kept[0].files, end.kept[0].reason) == (1, f"the disk {disk} is not mounted")
    disk.rmdir()  # as udisks does with the mount points it makes
    assert scan_folder(library, music).counts == ScanCounts(unchanged=3)
    assert scan_folder(library, music, force=True).counts == ScanCounts(unchanged=3, removed=1)


def test_files_that_went_to_a_disk_of_their_own(library, music):
    """Where a file lies is noted anew whenever it is seen, though nothing else about it changed."""
    scan_folder(library, music)
    album, spare = music / "album", music.with_name("spare")
    shutil.copytree(album, spare)  # with their time stamps
    shutil.rmtree(album)
    album.mkdir()
    mount(album)
    try:
        shutil.copytree(spare, album, dirs_exist_ok=True)
        assert scan_folder(library, music).counts == ScanCounts(unchanged=3)
    finally:
        subprocess.run(["umount", album], check=True)
    (music / "single").write_text("single")
    assert scan_folder(library, music).counts == ScanCounts(analysed=1)
    assert n_tracks(library) == 4


def test_a_file_deleted_from_a_mounted_disk(library, music, disk):
    (disk / "four").write_text("four")
    (disk / "five").write_text("five")
    scan_folder(library, music)
    (disk / "four").unlink()
    assert scan_folder(library, music).counts == ScanCounts(unchanged=4, removed=1)


@pytest.fixture
def unprivileged():
    """Runs what follows as a user whom permissions bind."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions: this system has no effective user")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_a_forbidden_folder(unprivileged):
    root = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    try:
        fill(root / "music")
        with Library.open(root / "library.db") as library:
            scan_folder(library, root / "music")
            (root / "music/album").chmod(0)
            end = scan_folder(library, root / "music")
            assert end.counts == ScanCounts()
            assert (end.kept[0].files, end.kept[0].reason) == (
                3,
                "its files cannot be reached (Permission denied)",
            )
            (root / "music").chmod(0)
            assert why_unreachable(str(root / "music")) == "it cannot be read (Permission denied)"
            assert scan_folder(library, root / "music").counts == ScanCounts()
            assert n_tracks(library) == 3
    finally:
        (root / "music").chmod(0o700)
        (root / "music/album").chmod(0o700)
        shutil.rmtree(root)


def test_the_mount_point_above_a_path(music, disk):
    mounts = MountPoints()
    inside, beside = str(disk / "a" / "b"), str(music / "album" / "one")
    assert mounts.above(inside) == str(disk)
    assert os.path.ismount(mounts.above(beside))
    assert mounts.above(beside) != str(disk)
    assert [mounts.above(inside), mounts.above(str(disk / "c"))] == [str(disk)] * 2  # remembered
