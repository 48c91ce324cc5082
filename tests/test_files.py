"""Hashing files, and writing them whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat

from segue.errors import SegueError
from segue.files import sha256_of, write_whole
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
