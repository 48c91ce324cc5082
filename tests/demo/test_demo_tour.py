"""The tour from end to end, as `make demo` runs it, and how make hands it a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segue.service.like import like
from segue.service.session import Session

REPOSITORY = Path(__file__).resolve().parents[2]


def run_tour(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A tour in a fresh process; the user's own library file is one in ``cwd``."""
    paths = [str(REPOSITORY / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"PYTHONPATH": os.pathsep.join(paths), "SEGUE_LIBRARY": str(cwd / "own.db")}
    command = [sys.executable, REPOSITORY / "demo" / "tour.py", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **own})


def playlist_of(printed: str) -> Path:
    """The playlist that a tour says it wrote."""
    last = printed.splitlines()[-1]
    assert last.startswith("Open that playlist")
    return Path(last.split(": ", 1)[1])


@pytest.fixture(scope="module")
def toured(demo_library, tmp_path_factory) -> tuple[Path, str]:
    """A folder with a library file of the user's own, and what the tour that made it printed."""
    cwd = tmp_path_factory.mktemp("home")
    done = run_tour(demo_library, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return cwd, done.stdout


def test_tour_of_ones_own_music(demo_library, manifest, toured):
    """In a folder whose name holds a space; nothing is written to it."""
    home, printed = toured
    assert " " in str(demo_library)
    on_disk = {p.relative_to(demo_library).as_posix() for p in demo_library.rglob("*") if p.is_file()}
    assert on_disk == {entry["path"] for entry in manifest} | {"README.txt", "manifest.json"}
    assert (home / "own.db").exists()
    assert "24 analysed" in printed

    playlist = playlist_of(printed)
    named = [line for line in playlist.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(named) == 5
    assert all((playlist.parent / line).is_file() for line in named)


def test_what_fits_next_is_mostly_of_the_same_style(demo_library, manifest, toured):
    """The style of the first of 23 others; drawn blindly it would be the seed's 3 times in 24."""
    own = str(toured[0] / "own.db")
    right = 0
    for entry in manifest:
        answer = like(Session(own), [str(demo_library / entry["path"])], n=1, per_artist=0)
        right += Path(answer.tracks[0].song.path).parent.name == entry["genre"]
    assert right >= 18


def test_tour_of_composed_music_keeps_to_its_own_library(demo_library, tmp_path):
    """Music composed before is not composed again, and the user's library is left alone."""
    out = tmp_path / "demo-library"
    out.mkdir()
    shutil.copy(demo_library / "manifest.json", out)
    shutil.copytree(demo_library / "Metal", out / "Metal")
    done = run_tour(cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Composing" not in done.stdout
    assert "synthetic" in done.stdout
    assert "demo-library/Metal/01 Saturation.mp3" in done.stdout
    assert (out / "demo.db").exists()
    assert not (tmp_path / "own.db").exists()
    assert playlist_of(done.stdout) == out / "what fits next.m3u8"


def test_tour_starts_from_the_first_song_that_can_be_read(demo_library, tmp_path):
    music = tmp_path / "music"
    shutil.copytree(demo_library / "Reggae", music)
    (music / "00 not music.mp3").write_text("This is a text.\n" * 100)
    done = run_tour(music, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 analysed" in done.stdout
    assert "1 failed" in done.stdout
    assert playlist_of(done.stdout).is_file()


@pytest.mark.parametrize("make_it", [True, False], ids=["empty folder", "no such folder"])
def test_tour_without_music_ends_with_a_sentence(make_it, tmp_path):
    music = tmp_path / "silence"
    if make_it:
        music.mkdir()
    done = run_tour(music, cwd=tmp_path)
    assert done.returncode == 1
    assert str(music) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("music", ["", '/a b/it\'s "mine"; echo $HOME', "~/Music"])
def test_make_hands_over_the_folder_as_it_is(music, tmp_path):
    """Make runs with a `python` that only repeats what it is given."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "installed").touch()
    done = subprocess.run(
        ["make", "--no-print-directory", "demo", f"VENV={tmp_path}"],
        cwd=REPOSITORY,
        env={**os.environ, "MUSIC": music},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["demo/tour.py", *([music] if music else [])]
