"""No output replaces an audio file, whatever it is called."""

from __future__ import annotations

import shutil

import pytest

from segue.errors import SegueError
from segue.files import OutputKind, write_output
from tests.audio.audio_recipes import RECIPES
from tests.raising import raises

KIND = OutputKind("table", rb"a,b\n")


@pytest.mark.parametrize("recipe", RECIPES)
def test_audio_of_every_format_is_recognised_by_its_content(encode, tmp_path, recipe):
    path = tmp_path / "no suffix"
    shutil.copy(encode(recipe), path)
    before = path.read_bytes()
    with raises(SegueError, "output-protected"):
        write_output(path, b"a,b\n", KIND, force=True)
    assert path.read_bytes() == before


def test_a_link_to_a_song_is_not_followed_into_the_song(encode, tmp_path):
    song, link = tmp_path / "song.flac", tmp_path / "list.m3u8"
    shutil.copy(encode("flac-16"), song)
    link.symlink_to(song)
    before = song.read_bytes()
    with raises(SegueError, "output-protected"):
        write_output(link, b"a,b\n", KIND)
    assert song.read_bytes() == before and link.is_symlink()
