"""Bad files, each the real thing, through the real commands: one sentence, the right status, nothing lost."""

import json
import os
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from segue.service.genres import name_genres
from tests.songs import RATE_HZ, tune, write_song

# Name: what becomes of it. "fails" has an error and no genres; others list the flags that must be there.
FAILS = "fails"
SCAN_KEYS = {"analysed", "unchanged", "moved", "failed", "removed", "seconds"}


def wav(path, samples, rate_hz=RATE_HZ, subtype="PCM_16"):
    soundfile.write(path, samples, rate_hz, subtype=subtype, format="WAV")


def cut(path, whole, share):
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])


def build(folder):
    """Write every bad file and return what is expected of each."""
    folder.mkdir(parents=True, exist_ok=True)
    song = tune(12, seed=1)
    mp3 = write_song(folder / "good.mp3", seconds=12, seed=2)
    flac = write_song(folder / "good.flac", seconds=12, seed=3)
    (folder / "empty.mp3").touch()
    (folder / "text.mp3").write_text("This is no music.\n" * 500)
    cut(folder / "cut.mp3", mp3, 0.5)
    cut(folder / "cut.flac", flac, 0.5)
    middle = mp3.stat().st_size // 2
    data = mp3.read_bytes()
    garbage = np.random.default_rng(0).bytes(4000)
    (folder / "garbage.mp3").write_bytes(data[:middle] + garbage + data[middle:])
    wav(folder / "tenth.wav", song[: RATE_HZ // 10])
    wav(folder / "sample.wav", song[:1])
    wav(folder / "silence.wav", np.zeros(10 * RATE_HZ))
    wav(folder / "dc.wav", np.full(10 * RATE_HZ, 0.5))
    for name, value in (("nan", np.nan), ("infinite", np.inf)):
        bad = song.copy()
        bad[5000:5010] = value
        wav(folder / f"{name}.wav", bad, subtype="FLOAT")
    wav(folder / "eight.wav", np.stack([song] * 8, axis=1))
    wav(folder / "8k.wav", song[: 6 * 8000], rate_hz=8000)
    wav(folder / "192k.wav", tune(6, 4, 192_000), rate_hz=192_000)
    wav(folder / "24bit.wav", song, subtype="PCM_24")
    wav(folder / "float.wav", song, subtype="FLOAT")
    huge = bytearray((folder / "24bit.wav").read_bytes())
    at = huge.index(b"data") + 4
    huge[4:8] = huge[at : at + 4] = struct.pack("<I", 0xFFFFFFF0)
    (folder / "huge.wav").write_bytes(huge)
    shutil.copy(flac, folder / "really-flac.mp3")
    return {
        "good.mp3": [],
        "good.flac": [],
        "empty.mp3": FAILS,
        "text.mp3": FAILS,
        "cut.mp3": [],  # how much an MP3 without a length in its header lacks cannot be known
        "cut.flac": ["truncated"],
        "garbage.mp3": [],
        "tenth.wav": ["short"],
        "sample.wav": ["silent", "short"],
        "silence.wav": ["silent"],
        "dc.wav": ["silent"],
        "nan.wav": FAILS,
        "infinite.wav": FAILS,
        "eight.wav": [],
        "8k.wav": [],
        "192k.wav": [],
        "24bit.wav": [],
        "float.wav": [],
        "huge.wav": ["truncated"],
        "really-flac.mp3": [],
    }


def segue(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "segue", *map(os.fspath, arguments)],
        capture_output=True,
        timeout=300,
        env=os.environ | environment,
    )


def one_sentence(done):
    """The single line of standard error that a failed command leaves."""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith("segue: ") and lines[0].endswith("."), lines
    return lines[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad") / "music"
    return folder, build(folder)


def test_genres_answers_every_file_it_can(files):
    folder, expected = files
    done = segue("genres", "--json", *(folder / name for name in expected))
    assert done.returncode == 3 and done.stderr == b""
    answers = json.loads(done.stdout)
    assert [os.path.basename(a["path"]) for a in answers] == list(expected)
    for answer, (name, fate) in zip(answers, expected.items(), strict=True):
        if fate == FAILS:
            assert answer["error"].endswith(".") and "\n" not in answer["error"], name
            assert answer["genres"] == [], name
            continue
        assert "error" not in answer, (name, answer)
        assert set(fate) <= set(answer.get("flags", [])), (name, answer.get("flags"))
        if "silent" in fate:
            assert answer["genres"] == [], name
        else:
            assert sum(g["probability"] for g in answer["genres"]) == pytest.approx(1, abs=0.01), name
            assert answer["genres"] == sorted(answer["genres"], key=lambda g: -g["probability"]), name
        if {"truncated", "damaged"} & set(answer.get("flags", [])):
            assert answer["damage"].endswith("."), name


@pytest.mark.parametrize("asked", [True, False])
def test_every_answer_has_a_timeline_where_it_is_asked_for(files, asked):
    folder, _ = files
    words = ["--timeline"] if asked else []
    done = segue("genres", "--json", *words, folder / "text.mp3", folder / "tenth.wav")
    failed, heard = json.loads(done.stdout)
    assert "error" in failed and failed["genres"] == []
    assert (failed.get("timeline"), bool(heard.get("timeline"))) == (([], True) if asked else (None, False))


def test_the_same_from_the_terminal_without_a_traceback(files):
    folder, expected = files
    done = segue("genres", *(folder / name for name in expected))
    assert done.returncode == 3 and done.stderr == b""
    assert b"Traceback" not in done.stdout
    assert done.stdout.count(b"failed:") == sum(fate == FAILS for fate in expected.values())


def test_scan_records_what_fails_and_keeps_the_rest(files, tmp_path):
    folder, expected = files
    library = tmp_path / "library.db"
    done = segue("scan", "--library", library, "--json", folder)
    assert done.returncode == 3
    report = json.loads(done.stdout)
    failing = {name for name, fate in expected.items() if fate == FAILS}
    assert report["failed"] == len(failing)
    # really-flac.mp3 holds the audio of good.flac and huge.wav that of 24bit.wav: one track each.
    assert report["analysed"] == len(expected) - len(failing) - 2
    recorded = json.loads(segue("failures", "--library", library, "--json").stdout)
    assert {os.path.basename(f["path"]) for f in recorded} == failing
    assert all(f["stage"] in ("open", "probe", "decode") and f["cause"].endswith(".") for f in recorded)
    again = json.loads(segue("scan", "--library", library, "--json", folder).stdout)
    assert (again["analysed"], again["unchanged"], again["failed"]) == (0, report["analysed"], len(failing))


def test_scan_says_which_analysed_tracks_are_damaged(tmp_path):
    whole = write_song(tmp_path / "whole.flac", seconds=12, seed=7)
    for i in range(12):
        (tmp_path / "music").mkdir(exist_ok=True)
        cut(tmp_path / "music" / f"{i:02d}.flac", whole, 0.5 + 0.02 * i)
    shutil.move(whole, tmp_path / "music")
    for form, told in (("--json", "stderr"), ("--no-loudness", "stdout")):
        done = segue("scan", "--library", tmp_path / f"{form}.db", form, tmp_path / "music")
        assert done.returncode == 0
        lines = getattr(done, told).decode().splitlines()
        if form == "--json":
            assert set(json.loads(done.stdout)) == SCAN_KEYS
        else:
            assert lines.pop(0).startswith("13 analysed, ") and done.stderr == b""
        assert lines[0] == "12 analysed tracks are damaged:"
        assert all(line.startswith(f"  {tmp_path}/music/") and line.endswith(".") for line in lines[1:11])
        assert lines[11:] == ["  and 2 more; `segue info FILE` tells of each."]
        stats = json.loads(segue("stats", "--json", "--library", tmp_path / f"{form}.db").stdout)
        assert stats["damaged"] == 12 and stats["failures"] == 0


def test_gain_of_eight_channels_is_that_of_one(files):
    folder, _ = files
    done = segue("info", "--json", folder / "eight.wav")
    assert json.loads(done.stdout)["duration_s"] == pytest.approx(12.0, abs=0.01)


@pytest.mark.parametrize("seed", ["silence.wav", "nan.wav", "text.mp3", "no such file.mp3"])
def test_a_seed_that_cannot_be_heard_is_one_sentence(files, tmp_path, seed):
    folder, _ = files
    library = tmp_path / "library.db"
    segue("scan", "--library", library, folder / "good.mp3")
    done = segue("like", "--library", library, folder / seed)
    assert done.returncode == 1 and seed in one_sentence(done)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX users")
def test_a_file_without_permission(tmp_path):
    path = write_song(tmp_path / "music" / "locked.flac", seed=5)
    assert next(iter(name_genres([os.fspath(path)]))).failure is None  # all modules are loaded by now
    path.chmod(0)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65_534)  # root may read everything; nobody may not
    try:
        (named,) = name_genres([os.fspath(path)])
    finally:
        os.seteuid(before)
    assert named.failure.stage == "open" and "permission" in named.failure.cause


def test_a_pipe_given_by_name_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp3")
    done = segue("genres", "--json", tmp_path / "pipe.mp3", "/dev/null")
    assert done.returncode == 3
    assert all("error" in answer for answer in json.loads(done.stdout))


def test_names_that_are_no_text_come_out_as_the_bytes_they_are(tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9\nbar.flac"
    try:
        os.rename(write_song(tmp_path / "plain.flac", seed=6), name)
    except OSError:
        pytest.skip("this file system refuses names that are no UTF-8")
    done = segue("genres", os.fsdecode(name))
    assert done.returncode == 0 and b"caf\xe9\\nbar.flac" in done.stdout
    answer = json.loads(segue("genres", "--json", os.fsdecode(name)).stdout)
    assert os.fsencode(answer[0]["path"]) == name


@pytest.fixture
def music(tmp_path):
    write_song(tmp_path / "music" / "a.flac", seed=1)
    return tmp_path / "music"


def test_a_library_that_is_none(tmp_path, music):
    (tmp_path / "library.db").write_text("Dear diary, " * 1000)
    for command in (["scan", music], ["stats"], ["failures"], ["like", music / "a.flac"]):
        done = segue(command[0], "--library", tmp_path / "library.db", *command[1:])
        assert done.returncode == 1
        one_sentence(done)
    assert (tmp_path / "library.db").read_text().startswith("Dear diary")


def test_a_damaged_library(tmp_path, music):
    library = tmp_path / "library.db"
    segue("scan", "--library", library, music)
    whole = bytearray(library.read_bytes())
    whole[4096:20_000] = np.random.default_rng(0).bytes(20_000 - 4096)
    library.write_bytes(whole)
    for command in (["failures"], ["failures", "--json"], ["stats"], ["like", music / "a.flac"]):
        done = segue(command[0], "--library", library, *command[1:])
        assert done.returncode == 1 and done.stdout == b""
        assert "is damaged" in one_sentence(done)


def test_a_library_from_the_future(tmp_path, music):
    import sqlite3

    library = tmp_path / "library.db"
    segue("scan", "--library", library, music)
    with sqlite3.connect(library) as db:
        db.execute("PRAGMA user_version = 999")
    done = segue("scan", "--library", library, music)
    assert done.returncode == 1 and "version 999" in one_sentence(done)


def test_a_library_on_a_full_disk(tmp_path, music):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("a full disk needs the right to mount a small one")
    try:
        done = segue("scan", "--library", disk / "library.db", music)
    finally:
        subprocess.run(["umount", disk], check=True)
    assert done.returncode == 1 and "full" in one_sentence(done)


def test_a_library_on_a_disk_mounted_read_only(tmp_path, music):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True
    ).returncode:
        pytest.skip("a read-only disk needs the right to mount one")
    try:
        assert segue("scan", "--library", disk / "library.db", music).returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = segue("scan", "--library", disk / "library.db", music)
        stats = segue("stats", "--library", disk / "library.db")
    finally:
        subprocess.run(["umount", disk], check=True)
    assert done.returncode == 1 and "is read-only" in one_sentence(done)
    assert stats.returncode == 0


def test_no_library_yet_says_how_to_make_one(tmp_path, music):
    for command in (["stats"], ["failures"], ["like", music / "a.flac"]):
        done = segue(command[0], "--library", tmp_path / "none.db", *command[1:])
        assert done.returncode == 1 and "segue scan" in one_sentence(done)
    for words, environment in (
        ([], {"SEGUE_LIBRARY": str(tmp_path / "none.db")}),
        (["--library", tmp_path / "none.db"], {}),
    ):
        done = segue("info", "--json", music / "a.flac", *words, **environment)
        assert done.returncode == 0 and json.loads(done.stdout)["in_library"] is False
    assert segue("doctor", "--library", tmp_path / "none.db").returncode == 0
    assert not (tmp_path / "none.db").exists()


def test_the_environment_names_the_library_and_the_option_overrides_it(tmp_path, music):
    env = {"SEGUE_LIBRARY": str(tmp_path / "env.db")}
    assert segue("scan", music, **env).returncode == 0
    assert (tmp_path / "env.db").exists()
    assert segue("--library", tmp_path / "group.db", "scan", music, **env).returncode == 0
    assert segue("scan", "--library", tmp_path / "own.db", music, **env).returncode == 0
    assert (tmp_path / "group.db").exists() and (tmp_path / "own.db").exists()


def test_an_empty_name_is_not_the_default_library(tmp_path, music):
    default = tmp_path / "default.db"
    for words in (["scan", music, "--library", ""], ["--library=", "scan", music], ["stats", "--library="]):
        done = segue(*words, SEGUE_LIBRARY=str(default))
        assert done.returncode == 1 and "empty" in one_sentence(done)
    assert not default.exists()


def test_words_that_are_not_understood(tmp_path):
    for words in (
        ["scan"],
        ["genres"],
        ["like", "-n", "0", "x"],
        ["sing"],
        ["scan", "--windows", "none", "x"],
        ["scan", "--windows", "²", "x"],
        ["scan", "--windows", "9" * 20, "x"],
    ):
        done = segue(*words)
        assert done.returncode == 2 and b"Traceback" not in done.stderr
