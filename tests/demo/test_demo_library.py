"""The composed library on disk: what is there, what the tags say, that the same seed gives the same bytes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tinytag import TinyTag

from catalogue import STYLES, render
from compose import tags_of
from write import with_serial_number, write_track

COMPOSE = Path(__file__).resolve().parents[2] / "demo" / "compose.py"


def test_six_styles_of_four_pieces_each_in_every_format(demo_library, manifest):
    assert Counter(entry["genre"] for entry in manifest) == {style.genre: 4 for style in STYLES}
    for style in STYLES:
        suffixes = {Path(e["path"]).suffix for e in manifest if e["genre"] == style.genre}
        assert suffixes == {".flac", ".ogg", ".mp3", ".wav"}
    on_disk = {p.relative_to(demo_library).as_posix() for p in demo_library.rglob("*") if p.is_file()}
    assert on_disk == {entry["path"] for entry in manifest} | {"README.txt", "manifest.json"}


def test_every_style_has_an_artist_with_more_pieces_than_the_default_cap(manifest):
    for style in STYLES:
        per_artist = Counter(e["artist"] for e in manifest if e["genre"] == style.genre)
        assert sorted(per_artist.values()) == [1, 3]
    assert len({entry["title"] for entry in manifest}) == 24


def test_tags_come_back_from_every_format(demo_library, manifest):
    for entry in manifest:
        tags = TinyTag.get(demo_library / entry["path"])
        said = (tags.title, tags.artist, tags.album, tags.genre, tags.track)
        assert said == tuple(entry[k] for k in ("title", "artist", "album", "genre", "track_number"))
        assert tags.comment.startswith("Synthetic"), entry["path"]


def test_it_says_plainly_that_it_is_synthetic(demo_library, manifest):
    assert "synthetic" in (demo_library / "README.txt").read_text(encoding="utf-8")
    assert all(entry["album"].startswith("segue demo: ") for entry in manifest)


def test_audio_is_stereo_clean_and_of_the_declared_length(demo_library, manifest):
    for entry in manifest:
        audio, rate_hz = soundfile.read(demo_library / entry["path"], dtype="float32")
        assert (rate_hz, audio.shape[1]) == (44_100, 2), entry["path"]
        assert 20.0 <= len(audio) / rate_hz <= 40.0
        assert len(audio) / rate_hz == pytest.approx(entry["duration_s"], abs=0.1)
        assert np.isfinite(audio).all()
        assert np.abs(audio).max() < 10 ** (-0.3 / 20), entry["path"]  # -1 dBFS and what lossy coding adds
        assert np.abs(audio.mean(axis=0)).max() < 1e-3  # no DC
        assert not np.array_equal(audio[:, 0], audio[:, 1])
        assert np.abs(audio[-441:]).max() < 1e-3  # faded out


@pytest.mark.parametrize("s", range(len(STYLES)), ids=[style.genre for style in STYLES])
def test_same_seed_same_bytes(s, demo_library, manifest, tmp_path):
    number = s % 4 + 1
    entry = manifest[4 * s + number - 1]
    piece = render(STYLES[s], number, seed=0)
    again = tmp_path / Path(entry["path"]).name
    write_track(again, piece.audio, tags_of(piece))
    assert again.read_bytes() == (demo_library / entry["path"]).read_bytes()


def test_another_seed_is_another_piece():
    first, second = (render(STYLES[3], 1, seed=seed).audio for seed in (0, 1))
    n = min(first.shape[1], second.shape[1])
    assert abs(np.corrcoef(first[0, :n], second[0, :n])[0, 1]) < 0.3


def test_renumbered_ogg_is_a_valid_stream(tmp_path):
    """A wrong checksum would make a decoder drop the page, so every sample must still be there."""
    path = tmp_path / "noise.ogg"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, (44_100, 2)), 44_100)
    before, _ = soundfile.read(path)
    original = path.read_bytes()
    path.write_bytes(with_serial_number(original, 77))
    assert path.read_bytes()[14:18] == (77).to_bytes(4, "little") != original[14:18]
    np.testing.assert_array_equal(soundfile.read(path)[0], before)
    own_number = int.from_bytes(original[14:18], "little")
    assert with_serial_number(path.read_bytes(), own_number) == original  # libsndfile's own checksums


def test_wrong_words_on_the_command_line_are_refused(tmp_path):
    done = subprocess.run(
        [sys.executable, COMPOSE, tmp_path / "out", "--seed", "soon"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "invalid int value" in done.stderr
    assert not (tmp_path / "out").exists()
