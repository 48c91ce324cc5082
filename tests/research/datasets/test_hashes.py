"""Hashes of files whose index has none, so that copies in one's own folders are seen."""

from __future__ import annotations

import hashlib
import shutil

from segue.research.datasets.hashes import with_hashes
from segue.research.datasets.registry import read_dataset
from tests.songs import write_song


def test_copies_in_a_folder_are_found_by_their_bytes(tmp_path):
    song = write_song(tmp_path / "rock" / "a.wav", 1.0, 1)
    write_song(tmp_path / "rock" / "b.wav", 1.0, 2)
    (tmp_path / "jazz").mkdir()
    shutil.copyfile(song, tmp_path / "jazz" / "other name.wav")
    plain = read_dataset(tmp_path)
    assert plain.copies == ()
    hashed = with_hashes(plain)
    assert hashed.copies == (frozenset({"rock/a.wav", "jazz/other name.wav"}),)
    assert {t.track_id: t.sha256 for t in hashed.tracks}["rock/a.wav"] == hashlib.sha256(
        song.read_bytes()
    ).hexdigest()
    assert hashed.ids == plain.ids


def test_what_the_index_says_stands_and_what_cannot_be_read_has_none(tmp_path):
    write_song(tmp_path / "a.wav", 1.0)
    (tmp_path / "folder.wav").mkdir()
    table = tmp_path / "labels.csv"
    table.write_text(f"path,label,sha256\na.wav,rock,{'1' * 64}\ngone.wav,rock,\nfolder.wav,rock,\n")
    hashed = {track.track_id: track.sha256 for track in with_hashes(read_dataset(table)).tracks}
    assert hashed == {"a.wav": "1" * 64, "gone.wav": None, "folder.wav": None}
