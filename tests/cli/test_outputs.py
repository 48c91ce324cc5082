"""Files that commands write where the user says: nothing is lost by a slip of the fingers."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.cli.main import segue
from segue.errors import SegueError
from segue.service.scan import ScanSettings, scan_folders
from tests.songs import write_song


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A library of three songs."""
    home = tmp_path_factory.mktemp("home")
    for seed in range(3):
        write_song(home / "music" / f"{seed}.ogg", 6.0, seed)
    scan_folders([home / "music"], library=str(home / "lib.db"), settings=ScanSettings(jobs=1))
    return home


def audit(home, *options):
    return ["audit", str(home / "music"), "--cache", str(home / "c.db"), *map(str, options)]


def like(home, *options):
    return ["like", str(home / "music" / "0.ogg"), "--library", str(home / "lib.db"), *map(str, options)]


WRITERS = {
    "--csv": (audit, "found.csv"),
    "--page": (audit, "found.html"),
    "--exclusions": (audit, "out.tsv"),
    "--m3u": (like, "next.m3u8"),
}
writers = pytest.mark.parametrize("option", WRITERS)


def run(home, option, path, *more):
    """The error code of the command that writes ``path`` by ``option``; None where it did."""
    command, _ = WRITERS[option]
    done = CliRunner().invoke(segue, command(home, option, path, *more))
    if done.exception is None:
        return None
    assert isinstance(done.exception, SegueError), done.output
    return done.exception.code


@writers
@pytest.mark.parametrize("target", ["music/1.ogg", "lib.db", "link.m3u8"])
def test_neither_a_song_nor_the_library_is_replaced(home, option, target):
    link = home / "link.m3u8"
    if not link.exists():
        link.symlink_to(home / "music" / "1.ogg")
    before = (home / target).read_bytes()
    assert run(home, option, home / target) == "output-protected"
    assert (home / target).read_bytes() == before


@writers
def test_notes_are_replaced_on_request_only(home, tmp_path, option):
    path = tmp_path / WRITERS[option][1]
    path.write_text("my notes")
    assert run(home, option, path) == "output-not-replaced"
    assert path.read_text() == "my notes"
    assert run(home, option, path, "--force") is None
    assert path.read_text(encoding="utf-8") != "my notes"


@writers
def test_what_the_command_wrote_it_replaces_but_for_what_is_meant_to_be_edited(home, tmp_path, option):
    path = tmp_path / WRITERS[option][1]
    assert run(home, option, path) is None
    assert run(home, option, path) == ("output-not-replaced" if option == "--exclusions" else None)


@writers
def test_the_umask_is_respected(home, tmp_path, option):
    before = os.umask(0o077)
    try:
        assert run(home, option, tmp_path / "out") is None
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_it_is_said_before_anything_is_decoded(home, tmp_path):
    (tmp_path / "notes").write_text("my notes")
    cache = tmp_path / "cache.db"
    done = CliRunner().invoke(
        segue, ["audit", str(home / "music"), "--cache", str(cache), "--csv", str(tmp_path / "notes")]
    )
    assert done.exception is not None and not cache.exists()
