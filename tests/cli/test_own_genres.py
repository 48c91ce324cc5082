"""A user's own folder of labels: trained, evaluated and used, by three commands in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")
pytest.importorskip("onnx", reason="training needs the extra 'train' (onnx)")

import numpy as np
import soundfile

from segue.audit.exclusions import read_exclusions
from tests.songs import RATE_HZ, tune, write_song

SOURCE = Path(__file__).resolve().parents[2] / "src"
QUICK = """
preset = "segue-s"
name = "mine"
epochs = 8
batch_size = 8
ema_decay = 0.8
embedding_dims = 8

[network]
n_hidden = 16
trunk_widths = [4, 4, 4, 4, 8]
n_texture = 8

[outliers]
n_windows = 0
"""


def segue(*words: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does and expect an exit status."""
    paths = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "segue", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def hiss(seed: int) -> np.ndarray:
    """Six seconds of noise that no tune is like."""
    return (0.1 * np.random.default_rng(seed).standard_normal(6 * RATE_HZ)).astype(np.float32)


@pytest.fixture(scope="module")
def music(tmp_path_factory) -> Path:
    """Two genres of ten files, by ten artists, one of the files no audio at all."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "quick.toml").write_text(QUICK)
    for k in range(10):
        write_song(folder / "genres" / "tune" / f"{k}.flac", seed=k, artist=f"artist {k // 2}", title=f"t{k}")
        path = folder / "genres" / "hiss" / f"{k}.ogg"
        path.parent.mkdir(exist_ok=True)
        with soundfile.SoundFile(path, "w", RATE_HZ, 1, "VORBIS", format="OGG") as file:
            file.artist, file.title = f"noise {k // 2}", f"h{k}"
            file.write(hiss(k))
    write_song(folder / "one" / "tune" / "0.flac")
    (folder / "genres" / "tune" / "broken.mp3").write_text("no music")
    return folder


@pytest.fixture(scope="module")
def trained(music):
    done = segue(
        "train", "--data", "genres", "--config", "quick.toml", "--out", "run", "--seed", "0", cwd=music
    )
    return music, done


def test_a_folder_of_labels_trains_evaluates_and_names_genres(trained):
    music, done = trained
    assert "artist-kfold" in done.stdout and "validation: accuracy" in done.stdout
    split = json.loads((music / "run" / "split.json").read_text())
    parts = [set(split[name]) for name in ("train", "valid", "test")]
    assert len(set.union(*parts)) == sum(map(len, parts)) and all(parts)

    unreadable = "tune/broken.mp3" in parts[2]
    code = 3 if unreadable else 0
    judged = json.loads(segue("evaluate", "run", "--data", "genres", "--json", cwd=music, code=code).stdout)
    assert judged["protocol"] == "artist-kfold" and judged["n"] == len(parts[2]) - unreadable
    assert judged["accuracy"] >= 0.75 and judged["ci95"][0] <= judged["accuracy"] <= judged["ci95"][1]
    assert set(judged["per_class"]) == {"hiss", "tune"}

    for name, samples in (("tune", tune(6.0, 99)), ("hiss", hiss(99))):
        soundfile.write(music / f"new {name}.wav", samples, RATE_HZ)
        answer = json.loads(
            segue("genres", "--model", "run/mine.onnx", f"new {name}.wav", "--json", cwd=music).stdout
        )
        assert answer[0]["genres"][0]["genre"] == name


def test_a_finished_run_is_not_overwritten(trained):
    music, _ = trained
    again = segue(
        "train",
        "--data",
        "genres",
        "--config",
        "quick.toml",
        "--out",
        "run",
        "--seed",
        "0",
        cwd=music,
        code=1,
    )
    assert "another folder" in again.stderr


def test_an_exclusion_list_keeps_tracks_out(trained):
    music, _ = trained
    (music / "without.tsv").write_text("# by hand\ntune/0.flac\tout of tune\ntune/1.flac\tout of tune\n")
    excluded = set(read_exclusions(music / "without.tsv"))
    segue(
        "train", "--data", "genres", "--config", "quick.toml", "--out", "run2", "--exclude", "without.tsv",
        "--epochs", "1", cwd=music,
    )  # fmt: skip
    split = json.loads((music / "run2" / "split.json").read_text())
    assert excluded and not excluded & {*split["train"], *split["valid"], *split["test"]}


def test_an_exclusion_list_of_a_library_keeps_tracks_out_and_its_other_lines_are_counted(trained):
    music, _ = trained
    inside = (music / "genres" / "tune" / "2.flac").resolve()
    (music / "library.tsv").write_text(f"{inside}\tclipped\n/elsewhere/song.mp3\tclipped\n")
    done = segue(
        "train", "--data", "genres", "--config", "quick.toml", "--out", "run3", "--exclude", "library.tsv",
        "--epochs", "1", cwd=music,
    )  # fmt: skip
    assert "1 of 2 lines of library.tsv name no track of this dataset" in done.stderr
    split = json.loads((music / "run3" / "split.json").read_text())
    assert "tune/2.flac" not in {*split["train"], *split["valid"], *split["test"]}
    assert split["exclusions"]["naming_no_track"] == ["/elsewhere/song.mp3"]
    told = json.loads((music / "run3" / "mine.json").read_text())["trained_on"]["exclusions"]
    assert told == {"file": "library.tsv", "lines": 2, "tracks": 1, "naming_no_track": 1}
    (music / "other.tsv").write_text("/elsewhere/song.mp3\tclipped\n")
    for command in (("train", "--data", "genres", "--out", "run4"), ("evaluate", "run3")):
        done = segue(*command, "--exclude", "other.tsv", cwd=music, code=1)
        assert "None of the 1 lines of other.tsv" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "genres/tune"), "lay it out"),
        (("--data", "one"), "at least two"),
        (("--data", "genres", "--protocol", "fault-filtered"), "publishes no split"),
        (("--data", "genres", "--device", "cuda"), "no device cuda"),
        (("--data", "genres", "--preset", "paper", "--protocol", "leap"), "leap"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(music, words, said, tmp_path):
    if "cuda" in words and __import__("torch").cuda.is_available():
        pytest.skip("there is a GPU here")
    done = segue("train", *words, "--out", str(tmp_path / "run"), cwd=music, code=1)
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1
