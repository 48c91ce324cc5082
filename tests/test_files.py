"""Hashing files, and writing them whole or not at all."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat

import pytest

from segue.errors import SegueError
from segue.files import OutputKind, check_output, sha256_of, write_output, write_whole
from tests.raising import raises


def test_sha256_is_that_of_all_bytes(tmp_path):
    content = os.urandom(3 << 20)
    (tmp_path / "a").write_bytes(content)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    write_whole(tmp_path / "a.txt", b"one")
    write_whole(tmp_path / "a.txt", b"two")
    assert (tmp_path / "a.txt").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_the_umask_is_respected(tmp_path):
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "a.txt", b"one")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o600


def test_a_link_is_followed_not_replaced(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_where_nothing_can_be_written_the_error_says_so(tmp_path):
    with raises(SegueError, "output-not-written"):
        write_whole(tmp_path / "no" / "a.txt", b"one")


KIND = OutputKind("list", rb"# list\n")
OURS = b"# list\n1\n"


def test_what_segue_wrote_is_replaced(tmp_path):
    write_output(tmp_path / "a.txt", OURS, KIND)
    write_output(tmp_path / "a.txt", OURS + b"2\n", KIND)
    assert (tmp_path / "a.txt").read_bytes() == OURS + b"2\n"


def test_an_empty_file_holds_nothing_to_lose(tmp_path):
    (tmp_path / "a.txt").touch()
    write_output(tmp_path / "a.txt", OURS, KIND)
    assert (tmp_path / "a.txt").read_bytes() == OURS


@pytest.mark.parametrize("content", [b"my notes\n", b"\n", b"# lists\n", b"\n# list\n"])
def test_what_segue_did_not_write_is_replaced_on_request_only(tmp_path, content):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    for ask in (lambda: check_output(path, KIND), lambda: write_output(path, OURS, KIND)):
        with raises(SegueError, "output-not-replaced"):
            ask()
    assert path.read_bytes() == content
    write_output(path, OURS, KIND, force=True)
    assert path.read_bytes() == OURS


def test_what_is_meant_to_be_edited_is_never_replaced_unasked(tmp_path):
    edited = OutputKind("list", None)
    write_output(tmp_path / "a.txt", OURS, edited)
    with raises(SegueError, "output-not-replaced"):
        write_output(tmp_path / "a.txt", OURS, edited)
    write_output(tmp_path / "a.txt", b"new", edited, force=True)


@pytest.mark.parametrize("name", ["library.db", "library", "song.ogg"])
@pytest.mark.parametrize("linked", [False, True])
def test_a_library_is_never_replaced_whatever_its_name_and_whoever_asks(tmp_path, name, linked):
    with sqlite3.connect(tmp_path / name) as library:
        library.execute("CREATE TABLE track (id)")
    before, path = (tmp_path / name).read_bytes(), tmp_path / name
    if linked:
        path = tmp_path / "link.csv"
        path.symlink_to(name)
    for ask in (
        lambda: check_output(path, KIND, force=True),
        lambda: write_output(path, OURS, KIND, force=True),
        lambda: write_whole(path, OURS),
    ):
        with raises(SegueError, "output-protected"):
            ask()
    assert (tmp_path / name).read_bytes() == before and not list(tmp_path.glob(".segue-*"))


@pytest.mark.parametrize("name", ["damaged.mp3", "EMPTY.FLAC"])
def test_a_file_that_is_called_music_is_never_replaced(tmp_path, name):
    (tmp_path / name).write_bytes(b"" if "EMPTY" in name else b"# list\n")
    with raises(SegueError, "output-protected"):
        write_output(tmp_path / name, OURS, KIND, force=True)


def test_folders_devices_and_missing_folders_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/null"):
        with raises(SegueError, "output-not-a-file"):
            write_output(path, OURS, KIND, force=True)
    with raises(SegueError, "output-not-written"):
        check_output(tmp_path / "no" / "a.txt", KIND)
    (tmp_path / "file").write_text("")
    with raises(SegueError, "output-not-written"):
        check_output(tmp_path / "file" / "a.txt", KIND)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path, mode):
    write_whole(tmp_path / "a.txt", OURS)
    os.chmod(tmp_path / "a.txt", mode)
    write_whole(tmp_path / "a.txt", OURS)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    write_whole(tmp_path / "a.txt", b"old")

    def no_space(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with raises(SegueError, "output-not-written"):
        write_whole(tmp_path / "a.txt", b"new")
    assert os.listdir(tmp_path) == ["a.txt"] and (tmp_path / "a.txt").read_bytes() == b"old"
