"""Walking real trees: links, loops, pipes, odd names, folders that cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segue.audio.discover import Found, walk
from segue.types import Failure


def paths(*roots: str | Path, failures: list[Failure] | None = None) -> list[str]:
    told: list[Failure] = [] if failures is None else failures
    found = [entry.path for entry in walk(roots, told.append)]
    if failures is None:
        assert told == []
    return found


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)


def test_audio_by_name_in_a_fixed_order(tmp_path: Path) -> None:
    make(tmp_path, "b/2.mp3", "b/1.FLAC", "a.ogg", "z.opus", "notes.txt", "cover.jpg", "b/c/x.m4a")
    root = str(tmp_path)
    expected = ["a.ogg", "z.opus", "b/1.FLAC", "b/2.mp3", "b/c/x.m4a"]
    assert paths(tmp_path) == [os.path.join(root, name) for name in expected]


def test_size_and_time_are_told(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    os.utime(tmp_path / "a.mp3", ns=(1, 1_234_567_890_123))
    assert list(walk([tmp_path], pytest.fail)) == [Found(str(tmp_path / "a.mp3"), 10, 1_234_567_890_123)]


def test_hidden_nomusic_and_playlists_are_passed_over(tmp_path: Path) -> None:
    make(
        tmp_path, ".a.mp3", ".hidden/a.mp3", "no/.nomusic", "no/a.mp3", "no/deep/b.mp3", "list.m3u", "l.m3u8"
    )
    make(tmp_path, "list.pls", "list.xspf", "yes/a.mp3")
    assert paths(tmp_path) == [str(tmp_path / "yes/a.mp3")]


def test_a_root_may_be_hidden_but_not_marked(tmp_path: Path) -> None:
    make(tmp_path, ".music/a.mp3", "no/.nomusic", "no/a.mp3")
    assert paths(tmp_path / ".music", tmp_path / "no") == [str(tmp_path / ".music/a.mp3")]


def test_a_file_given_directly_is_taken_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "song.bin", ".hidden")
    assert paths(tmp_path / "song.bin", tmp_path / ".hidden") == [
        str(tmp_path / "song.bin"),
        str(tmp_path / ".hidden"),
    ]


def test_overlapping_roots_yield_each_file_once(tmp_path: Path) -> None:
    make(tmp_path, "a/1.mp3", "a/b/2.mp3", "3.mp3")
    roots = [
        tmp_path / "a/b",
        tmp_path,
        tmp_path / "a",
        f"{tmp_path}/a/../a/",
        tmp_path / "3.mp3",
        tmp_path / "3.mp3",
    ]
    found = paths(*roots)
    assert sorted(found) == sorted(str(tmp_path / name) for name in ("a/1.mp3", "a/b/2.mp3", "3.mp3"))


def test_a_given_file_and_its_hard_link_are_two_files(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    os.link(tmp_path / "a.mp3", tmp_path / "b.mp3")
    assert paths(tmp_path / "a.mp3", tmp_path) == [str(tmp_path / "a.mp3"), str(tmp_path / "b.mp3")]


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    make(tmp_path, "music/z/1.mp3", "elsewhere/2.mp3", "elsewhere/sub/3.mp3")
    music = tmp_path / "music"
    (music / "a-link-to-z").symlink_to(music / "z")
    (music / "up").symlink_to(music)
    (music / "z/loop").symlink_to(tmp_path / "music")
    (music / "other").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(music)
    (music / "dangling.mp3").symlink_to(tmp_path / "nowhere.mp3")
    (music / "song.mp3").symlink_to(tmp_path / "elsewhere/2.mp3")
    # A real path is preferred to one over a link, whichever comes first by name.
    expected = ["song.mp3", "z/1.mp3", "other/2.mp3", "other/sub/3.mp3"]
    assert paths(music) == [str(music / name) for name in expected]


def test_a_root_that_is_a_link_is_followed(tmp_path: Path) -> None:
    make(tmp_path, "real/1.mp3")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert paths(tmp_path / "link") == [str(tmp_path / "link/1.mp3")]


def test_only_regular_files(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3", "folder.mp3/b.mp3")
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "device.mp3").symlink_to("/dev/zero")
    assert paths(tmp_path) == [str(tmp_path / "a.mp3"), str(tmp_path / "folder.mp3/b.mp3")]


def test_what_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    failures: list[Failure] = []
    roots = [tmp_path / "nowhere", tmp_path / "pipe", f"{tmp_path}/a\0b"]
    assert paths(*roots, failures=failures) == []
    assert [failure.path for failure in failures] == [str(root) for root in roots]
    assert all(failure.stage == "open" and failure.cause.endswith(".") for failure in failures)


def test_a_folder_that_cannot_be_listed_is_told_and_the_rest_walked(tmp_path: Path) -> None:
    make(tmp_path, "a/1.mp3", "b/2.mp3")
    (tmp_path / "a").chmod(0)
    tmp_path.chmod(0o755)
    program = (
        "import os, sys, segue.audio.discover as d\n"
        "os.chdir(sys.argv[1])\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"  # root may list everything
        "os.path.abspath = lambda path: path\n"  # nobody may not name the folders above
        "print([f.path for f in d.walk(['.'], lambda f: print(f.path, f.stage, f.cause))])"
    )
    answer = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True)
    (tmp_path / "a").chmod(0o755)
    assert answer.stdout.splitlines() == [
        "./a open This folder cannot be listed: permission denied.",
        "['./b/2.mp3']",
    ], answer.stderr


@pytest.mark.parametrize(
    "name", [b"two\nlines.mp3", "🎵 песня.mp3".encode(), b"\xff\xfe bad.mp3", b"-rf *.mp3"]
)
def test_any_name_comes_back_as_it_is(name: bytes, tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    try:
        with open(path, "wb"):
            pass
    except OSError:
        pytest.skip(f"names: this file system refuses {name!r}")
    [found] = paths(tmp_path)
    assert os.fsencode(found) == path
    assert paths(os.fsdecode(path)) == [found]


def test_files_and_folders_that_vanish_meanwhile(tmp_path: Path) -> None:
    make(tmp_path, "a/1.mp3", "a/2.mp3", "a/3.mp3", "b/4.mp3")
    walker = walk([tmp_path], pytest.fail)
    assert next(walker).path.endswith("1.mp3")
    (tmp_path / "a/2.mp3").unlink()
    (tmp_path / "b/4.mp3").unlink()
    (tmp_path / "b").rmdir()
    assert [found.path for found in walker] == [str(tmp_path / "a/3.mp3")]


def test_relative_roots_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/1.mp3")
    monkeypatch.chdir(tmp_path)
    assert paths("a") == paths(".") == [str(tmp_path / "a/1.mp3")]


def test_deep_trees_need_no_recursion(tmp_path: Path) -> None:
    folder = str(tmp_path)
    for _ in range(1_200):  # deeper than Python's stack; the name stays under the system's limit
        folder += "/d"
        os.mkdir(folder)
    with open(f"{folder}/1.mp3", "wb"):
        pass
    try:
        assert paths(tmp_path) == [f"{folder}/1.mp3"]
    finally:  # pytest's own clearing up does recurse
        os.remove(f"{folder}/1.mp3")
        while folder != str(tmp_path):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
