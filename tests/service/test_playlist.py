"""Playlists: paths that other players resolve, odd names, and nothing replaced that is no playlist."""

import os

from segue.errors import SegueError
from segue.service.playlist import PlaylistEntry, write_m3u8
from tests.raising import raises


def lines(path):
    return path.read_bytes().decode("utf-8").splitlines()


def test_paths_are_relative_to_the_playlist(tmp_path):
    (tmp_path / "lists").mkdir()
    target = tmp_path / "lists" / "next.m3u8"
    write_m3u8(target, [PlaylistEntry(str(tmp_path / "music" / "a.flac"), "Ann", "One", 61.4)])
    assert lines(target) == [
        "#EXTM3U",
        "# Written by segue.",
        "#EXTINF:61,Ann - One",
        "../music/a.flac",
    ]


def test_odd_names_stay_one_line_each_and_lead_to_their_file(tmp_path):
    names = ["#1.flac", " 2.flac", "\t3.flac", "a\nb.flac", os.fsdecode(b"caf\xe9.flac"), "é 🎼.flac"]
    target = tmp_path / "next.m3u8"
    write_m3u8(target, [PlaylistEntry(str(tmp_path / name)) for name in names])
    paths = lines(target)[3::2]
    as_uri = [(tmp_path / name).as_uri() for name in names[3:5]]
    assert paths == ["./#1.flac", "./ 2.flac", "./\t3.flac", *as_uri, names[5]]
    assert paths[4].endswith("/caf%E9.flac") and "#EXTINF:-1,caf?" in lines(target)


def test_a_linked_folder_is_resolved_first(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    write_m3u8(tmp_path / "link" / "next.m3u8", [PlaylistEntry(str(tmp_path / "song.flac"))])
    assert lines(tmp_path / "deep" / "er" / "next.m3u8")[-1] == "../../song.flac"


def test_a_link_to_a_playlist_is_followed(tmp_path):
    write_m3u8(tmp_path / "real.m3u8", [PlaylistEntry(str(tmp_path / "old.flac"))])
    (tmp_path / "link.m3u8").symlink_to(tmp_path / "real.m3u8")
    write_m3u8(tmp_path / "link.m3u8", [])
    assert (tmp_path / "link.m3u8").is_symlink()
    assert lines(tmp_path / "real.m3u8") == ["#EXTM3U", "# Written by segue."]


def test_a_playlist_of_another_program_is_replaced_on_request_only(tmp_path):
    target = tmp_path / "mine.m3u8"
    target.write_text("#EXTM3U\nsong.ogg\n")
    with raises(SegueError, "output-not-replaced"):
        write_m3u8(target, [])
    assert lines(target) == ["#EXTM3U", "song.ogg"]
    write_m3u8(target, [], force=True)
    assert lines(target) == ["#EXTM3U", "# Written by segue."]


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.m3u8")
    for target in (tmp_path / "pipe.m3u8", tmp_path):
        with raises(SegueError, "output-not-a-file"):
            write_m3u8(target, [])
    with raises(SegueError, "output-not-written"):
        write_m3u8(tmp_path / "no" / "such" / "folder.m3u8", [])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pipe.m3u8"]
