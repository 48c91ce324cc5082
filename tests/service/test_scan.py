"""Scanning for real: files, processes, a database on disk."""

import os
import shutil
import sqlite3
import warnings
from pathlib import Path

import pytest

from segue.errors import LibraryError, LibraryInUse, SegueError
from segue.execution.contract import Trouble
from segue.execution.serial import SerialExecutor
from segue.library.store import Library
from segue.model.network import Network, shipped_model
from segue.service.scan import Damage, ScanSettings, scan_folders
from segue.service.state import library_stats, recorded_failures
from tests.raising import raises
from tests.service.failing import FailingExecutor
from tests.songs import write_song

MODEL = Network(shipped_model()).passport.model


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    write_song(folder / "a" / "one.flac", seed=1, artist="Ann", title="One")
    write_song(folder / "a" / "two.mp3", seed=2, artist="Ann", title="Two")
    write_song(folder / "b" / "three.ogg", seed=3, artist="Bob", title="Three")
    return folder


@pytest.fixture
def library(tmp_path):
    return tmp_path / "library.db"


def scan(library, *paths, executor=None, **settings):
    return scan_folders(
        [os.fspath(p) for p in paths],
        library=library,
        settings=ScanSettings(jobs=1, **settings),
        executor=executor,
    )


def counts(report):
    c = report.counts
    return {
        "analysed": c.analysed,
        "unchanged": c.unchanged,
        "moved": c.moved,
        "failed": c.failed,
        "removed": c.removed,
    }


def only(**expected):
    return {"analysed": 0, "unchanged": 0, "moved": 0, "failed": 0, "removed": 0} | expected


def rows(library):
    with sqlite3.connect(library) as db:
        return db.execute("SELECT count(*), max(analysed_at) FROM analyses").fetchone()


def test_a_second_scan_analyses_nothing(music, library):
    assert counts(scan(library, music)) == only(analysed=3)
    before = rows(library)
    assert counts(scan(library, music)) == only(unchanged=3)
    assert rows(library) == before


def test_touched_files_are_identified_but_not_analysed(music, library):
    scan(library, music)
    before = rows(library)
    for path in music.rglob("*.*"):
        os.utime(path, (1, 1))
    assert counts(scan(library, music)) == only(unchanged=3)
    assert rows(library) == before


def test_a_renamed_folder_costs_no_analysis(music, library):
    scan(library, music)
    before = rows(library)
    (music / "a").rename(music / "c")
    assert counts(scan(library, music)) == only(unchanged=1, moved=2)
    assert rows(library) == before


def test_a_root_that_moved_is_known_again_at_its_new_place(music, library, tmp_path):
    scan(library, music)
    before = rows(library)
    music.rename(tmp_path / "elsewhere")
    assert counts(scan(library, tmp_path / "elsewhere")) == only(moved=3)
    assert rows(library) == before
    assert library_stats(str(library)).files == 3


def test_a_copy_is_the_same_track(music, library):
    scan(library, music)
    shutil.copy(music / "a" / "one.flac", music / "b" / "copy.flac")
    assert counts(scan(library, music)) == only(unchanged=3)
    assert library_stats(str(library)).tracks == 3
    assert library_stats(str(library)).files == 4


def test_copies_in_one_scan_are_analysed_once(music, library):
    for i in range(4):
        shutil.copy(music / "a" / "one.flac", music / "b" / f"copy{i}.flac")
    assert counts(scan(library, music)) == only(analysed=3)
    assert library_stats(str(library)).files == 7


def test_a_changed_file_is_a_new_track(music, library):
    scan(library, music)
    write_song(music / "a" / "one.flac", seed=9)
    assert counts(scan(library, music)) == only(analysed=1, unchanged=2, removed=1)


def test_a_deleted_file_is_removed_and_comes_back_for_free(music, library, tmp_path):
    scan(library, music)
    before = rows(library)
    shutil.move(music / "b" / "three.ogg", tmp_path / "three.ogg")
    assert counts(scan(library, music)) == only(unchanged=2, removed=1)
    shutil.move(tmp_path / "three.ogg", music / "b" / "three.ogg")
    report = counts(scan(library, music))
    assert report["analysed"] == 0 and report["unchanged"] + report["moved"] == 3
    assert rows(library) == before


def test_an_empty_root_is_taken_for_an_unmounted_disk(music, library):
    scan(library, music)
    for folder in list(music.iterdir()):
        shutil.rmtree(folder)
    report = scan(library, music)
    assert counts(report) == only()
    assert any("empty" in note for note in report.notes)
    assert library_stats(str(library)).tracks == 3
    assert counts(scan(library, music, forget_missing=True)) == only(removed=3)


def test_a_missing_root_removes_nothing_and_does_not_stop_the_others(music, library, tmp_path):
    scan(library, music)
    (music / "b").rename(tmp_path / "away")
    report = scan(library, music / "a", music / "b")
    assert counts(report) == only(unchanged=2)
    assert any("There is nothing at" in note for note in report.notes)
    assert library_stats(str(library)).tracks == 3


def test_nothing_at_all_is_an_error(library, tmp_path):
    with raises(SegueError, "paths-missing"):
        scan(library, tmp_path / "no such folder")
    assert not library.exists()


def test_what_is_gone_is_forgotten_when_asked_also_alone(music, library):
    with raises(LibraryError):
        scan(library, music / "gone", forget_missing=True)
    scan(library, music)
    shutil.rmtree(music / "a")
    report = scan(library, music / "a", forget_missing=True)
    assert counts(report) == only(removed=2) and report.missing == (str(music / "a"),)
    assert report.notes == (
        f"There is nothing at {music / 'a'}; what the library knew below it was forgotten.",
    )
    assert library_stats(str(library)).tracks == 1


def test_failures_are_recorded_once_and_not_tried_again_until_asked(music, library):
    bad = music / "a" / "bad.flac"
    whole = (music / "a" / "one.flac").read_bytes()
    bad.write_bytes(whole[:100])
    assert counts(scan(library, music)) == only(analysed=3, failed=1)
    (failure,) = recorded_failures(str(library))
    assert failure.path == str(bad) and failure.stage and failure.cause.endswith(".")
    report = scan(library, music)
    assert counts(report) == only(unchanged=3, failed=1)
    assert [f.path for f in report.failures] == [str(bad)]
    write_song(bad, seed=7)
    assert counts(scan(library, music)) == only(analysed=1, unchanged=3)
    assert recorded_failures(str(library)) == []


def test_a_file_given_by_name_is_scanned_whatever_its_extension(music, library):
    odd = music / "a" / "song.data"
    write_song(music / "x.flac", seed=5).rename(odd)
    assert counts(scan(library, music)) == only(analysed=3)
    assert counts(scan(library, odd)) == only(analysed=1)


def test_two_scans_of_one_library_do_not_meet(music, library):
    scan(library, music)
    with Library.open(library) as opened, opened.scan([music]), pytest.raises(LibraryInUse):
        scan(library, music)
    assert counts(scan(library, music)) == only(unchanged=3)


@pytest.mark.parametrize(
    "name", ["a\nb.flac", "\N{MUSICAL SCORE} émoji.flac", os.fsdecode(b"caf\xe9.flac"), "#1.flac"]
)
def test_any_name_goes_in_and_comes_out(tmp_path, library, name):
    path = tmp_path / "music" / name
    try:
        write_song(tmp_path / "music" / "plain.flac", seed=4).rename(path)
    except OSError:
        pytest.skip(f"this file system cannot hold the name {name!r}")
    assert counts(scan(library, tmp_path / "music")) == only(analysed=1)
    assert counts(scan(library, tmp_path / "music")) == only(unchanged=1)
    with Library.open(library, read_only=True) as opened:
        assert [t.paths for t in opened.tracks(MODEL)] == [(str(path),)]


def retag_mp3(path):
    from mutagen.id3 import APIC, ID3, TIT2, TPE1

    tags = ID3()
    tags.add(TIT2(encoding=3, text="New title"))
    tags.add(TPE1(encoding=1, text="Nëw artist"))
    tags.add(APIC(encoding=3, mime="image/png", type=3, desc="", data=os.urandom(50_000)))
    tags.save(path, v1=2)


def retag_flac(path):
    from mutagen.flac import FLAC, Picture

    file = FLAC(path)
    file["title"], file["artist"] = "New title", "Nëw artist"
    picture = Picture()
    picture.data = os.urandom(50_000)
    file.add_picture(picture)
    file.save()


def retag_ogg(path):
    from mutagen.oggvorbis import OggVorbis

    file = OggVorbis(path)
    file["title"], file["artist"], file["comment"] = "New title", "Nëw artist", "x" * 200_000
    file.save()


@pytest.mark.parametrize(
    ("name", "retag"), [("two.mp3", retag_mp3), ("one.flac", retag_flac), ("three.ogg", retag_ogg)]
)
def test_a_retagged_file_keeps_its_analysis_and_gets_its_new_tags(music, library, name, retag):
    pytest.importorskip("mutagen", reason="mutagen does the re-tagging")
    scan(library, music)
    before = rows(library)
    (path,) = music.rglob(name)
    size = path.stat().st_size
    retag(path)
    assert path.stat().st_size > size
    assert counts(scan(library, music)) == only(unchanged=3)
    assert rows(library) == before
    with Library.open(library, read_only=True) as opened:
        tags = opened.track_for_path(path, MODEL).tags
    assert (tags.title, tags.artist) == ("New title", "Nëw artist")


def test_damage_is_told_and_kept(music, library):
    whole = write_song(music / "long.flac", seconds=20, seed=8)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    report = scan(library, music)
    assert counts(report) == only(analysed=4)
    with Library.open(library, read_only=True) as opened:
        analysis = opened.track_for_path(whole, MODEL).analysis
    assert report.n_damaged == 1 and report.damaged == (Damage(str(whole), analysis.damage),)
    assert library_stats(str(library)).damaged == 1
    assert scan(library, music).n_damaged == 0  # told once, by the scan that analysed it
    assert set(analysis.flags) & {"truncated", "damaged"}
    assert analysis.damage and analysis.damage.endswith(".")
    assert 5 < analysis.duration_s < 15


def test_hidden_things_and_playlists_are_passed_over(music, library):
    write_song(music / ".hidden" / "x.flac", seed=10)
    write_song(music / "quiet" / "y.flac", seed=11)
    (music / "quiet" / ".nomusic").touch()
    (music / "list.m3u8").write_text("#EXTM3U\na/one.flac\n")
    (music / "loop").symlink_to(music, target_is_directory=True)
    assert counts(scan(library, music)) == only(analysed=3)


def test_a_pipe_and_a_device_in_the_tree_do_no_harm_and_are_counted(music, library):
    os.mkfifo(music / "pipe.mp3")
    (music / "device.mp3").symlink_to("/dev/zero")
    (music / "dangling.mp3").symlink_to(music / "gone.mp3")
    (music / "cover.jpg").symlink_to(music / "gone.jpg")
    report = scan(library, music)
    assert counts(report) == only(analysed=3)
    assert report.notes == ("3 things named like music are no files: passed over.",)
    (music / "pipe.mp3").unlink()
    (music / "device.mp3").unlink()
    assert scan(library, music).notes == ("1 thing named like music is no file: passed over.",)


def test_memory_of_paths_given_twice(music, library):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert counts(scan(library, music, music / "a", Path(music) / "a" / "one.flac")) == only(analysed=3)


def test_a_file_replaced_while_it_is_read_is_not_filed_under_the_old_one(
    music, library, tmp_path, monkeypatch
):
    from segue.service.jobs import AnalyseJob

    path = music / "a" / "one.flac"
    analyse = AnalyseJob.__call__

    def replaced_meanwhile(job, name, layout, missing):
        analysis = analyse(job, name, layout, missing)
        if name == str(path):
            write_song(path, seconds=9, seed=99)
        return analysis

    monkeypatch.setattr(AnalyseJob, "__call__", replaced_meanwhile)
    # In this process, where the patch holds: what is tested is the check after the analysis.
    report = scan(library, music, executor=SerialExecutor())
    assert counts(report) == only(analysed=2, failed=1)
    assert "changed" in report.failures[0].cause
    monkeypatch.undo()
    assert counts(scan(library, music)) == only(analysed=1, unchanged=2)


def test_a_copy_without_tags_takes_none_away(music, library):
    scan(library, music)
    bare = music / "z.mp3"
    shutil.copy(music / "a" / "two.mp3", bare)
    from mutagen.id3 import ID3

    ID3(bare).delete(bare)
    assert counts(scan(library, music)) == only(unchanged=3)
    with Library.open(library, read_only=True) as opened:
        assert opened.track_for_path(bare, MODEL).tags.artist == "Ann"


def test_a_folder_that_cannot_be_listed_keeps_its_tracks(music, library, monkeypatch):
    scan(library, music)
    real = os.scandir

    def refused(folder):
        if str(folder).endswith("/b"):
            raise PermissionError(13, "Permission denied", str(folder))
        return real(folder)

    monkeypatch.setattr(os, "scandir", refused)  # root, as which tests may run, is never refused
    report = scan(library, music)
    assert counts(report) == only(unchanged=2, failed=1)
    assert any("cannot be listed" in note for note in report.notes)
    monkeypatch.undo()
    assert counts(scan(library, music)) == only(unchanged=3)


def test_more_effort_analyses_again_and_less_does_not(music, library):
    from segue.analysis.settings import AnalysisSettings

    quick = AnalysisSettings(n_windows=1, loudness=False)
    assert counts(scan(library, music, analysis=quick)) == only(analysed=3)
    assert counts(scan(library, music)) == only(analysed=3)
    assert counts(scan(library, music, analysis=quick)) == only(unchanged=3)
    with Library.open(library, read_only=True) as opened:
        assert all(t.analysis.loudness_lufs is not None for t in opened.tracks(MODEL))


def test_some_paths_missing_is_said_and_the_rest_done(music, library, tmp_path):
    report = scan(library, music, tmp_path / "none")
    assert counts(report) == only(analysed=3) and report.missing == (str(tmp_path / "none"),)


def scan_failing(library, music, trouble_of_name, **settings):
    executor = FailingExecutor(trouble_of_name)
    return scan(library, music, executor=executor, **settings), executor.analysed


@pytest.mark.parametrize("stage", ["open", "decode", "analyse", "crash", "timeout", "killed"])
def test_a_failure_is_not_that_of_its_copies(music, library, stage):
    for name in ("copy1.flac", "copy2.flac", "copy3.flac"):
        shutil.copy(music / "a" / "one.flac", music / "b" / name)
    trouble = Trouble(stage, "It failed.")
    report, analysed = scan_failing(library, music, {"one.flac": trouble, "copy1.flac": trouble})
    assert counts(report) == only(analysed=3, failed=2)
    assert {os.path.basename(f.path) for f in recorded_failures(str(library))} == {"one.flac", "copy1.flac"}
    # The first that is well is enough for the rest.
    assert sorted(analysed) == ["copy1.flac", "copy2.flac", "one.flac", "three.ogg", "two.mp3"]
    with Library.open(library, read_only=True) as opened:
        track = opened.track_for_path(music / "b" / "copy2.flac", MODEL)
    assert [os.path.basename(path) for path in track.paths] == ["copy2.flac", "copy3.flac"]


def test_when_all_copies_fail_each_says_so(music, library):
    shutil.copy(music / "a" / "one.flac", music / "b" / "copy.flac")
    troubles = {"one.flac": Trouble("crash", "First."), "copy.flac": Trouble("timeout", "Second.")}
    report, _ = scan_failing(library, music, troubles)
    assert counts(report) == only(analysed=2, failed=2)
    assert [(f.stage, f.cause) for f in report.failures] == [("crash", "First."), ("timeout", "Second.")]


def test_a_copy_outlives_one_that_vanishes_while_it_waits(music, library):
    one, copy = music / "a" / "one.flac", music / "b" / "copy.flac"
    shutil.copy(one, copy)
    executor = FailingExecutor({}, lambda name: one.unlink(missing_ok=True) if name == "one.flac" else None)
    report = scan(library, music, executor=executor)
    assert counts(report) == only(analysed=3, failed=1)
    assert [(f.path, f.stage) for f in report.failures] == [(str(one), "open")]


def test_what_was_killed_is_tried_by_the_next_scan(music, library):
    killed = Trouble("killed", "The worker was killed from outside (perhaps for want of memory).")
    report, _ = scan_failing(library, music, {"one.flac": killed})
    assert counts(report) == only(analysed=2, failed=1)
    assert counts(scan(library, music)) == only(analysed=1, unchanged=2)
    assert recorded_failures(str(library)) == []


def test_what_lost_a_lock_in_an_old_library_is_tried_by_the_next_scan(music, library):
    lost = Trouble("crash", "The decoder crashed (exit status 1); the file may be damaged.")
    own = Trouble("crash", "The decoder crashed (signal 11); the file may be damaged.")
    report, _ = scan_failing(library, music, {"one.flac": lost, "two.mp3": own})
    assert counts(report) == only(analysed=1, failed=2)
    assert counts(scan(library, music)) == only(analysed=1, unchanged=1, failed=1)
    assert [f.stage for f in recorded_failures(str(library))] == ["crash"]
