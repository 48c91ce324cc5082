"""A facet from outside the package: an old library catches up, and every command knows it."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from segue.audio.identity import identify
from segue.cli.main import segue
from segue.errors import NotInLibrary, SegueError
from segue.library.store import Library
from segue.model.network import shipped_model
from segue.model.passport import read_passport
from tests.facets.outside import source
from tests.songs import RATE_HZ, tune, write_song

PASSPORT = read_passport(shipped_model().with_suffix(".json"))
OLD = Path(__file__).parents[1] / "library" / "library_v2.sql"


def run(*words: object, code: int = 0) -> dict:
    done = CliRunner().invoke(segue, [*map(str, words), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.fixture
def facet_file(tmp_path) -> Path:
    path = tmp_path / "brightness.py"
    path.write_text(source(), encoding="utf-8")
    return path


@pytest.fixture
def old(tmp_path) -> Path:
    """A library as version 2 of the file wrote it, whose first two tracks are now real files in music/."""
    path = tmp_path / "library.db"
    connection = sqlite3.connect(path)
    connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.execute("UPDATE models SET name = ?, front_end = ?", (PASSPORT.model, PASSPORT.front_end.name))
    connection.execute("UPDATE analyses SET n_windows = 3")
    connection.execute("DELETE FROM files WHERE id NOT IN (1, 3)")
    connection.execute("DELETE FROM failures")
    for track_id, file_id in ((1, 1), (2, 3)):
        song = write_song(tmp_path / "music" / f"{track_id}.flac", 5.0, seed=track_id)
        status = os.stat(song)
        connection.execute(
            "UPDATE tracks SET identity = ? WHERE id = ?", (identify(str(song)).identity, track_id)
        )
        connection.execute(
            "UPDATE files SET path = ?, size = ?, mtime_ns = ? WHERE id = ?",
            (os.fsencode(song), status.st_size, status.st_mtime_ns, file_id),
        )
    connection.commit()
    connection.close()
    return path


def scan(library: Path, *more: object) -> dict:
    return run("scan", library.parent / "music", "--jobs", "1", "--library", library, *more)


def test_the_page_s_file_is_short():
    assert len(source().splitlines()) <= 60


def test_an_old_library_catches_up(old, facet_file, tmp_path):
    assert scan(old)["analysed"] == 2, "facets that are newer than the file: doubt and tags"
    assert scan(old)["unchanged"] == 2
    with Library.open(old) as library:
        before = [library.track(track_id, PASSPORT.model).analysis for track_id in (1, 2)]
    stats = run("stats", "--library", old, "--facets", facet_file)
    assert stats["missing"] == {"brightness": 2}
    assert "missing" not in run("stats", "--library", old)

    counts = scan(old, "--facets", facet_file)
    assert (counts["analysed"], counts["unchanged"], counts["failed"]) == (2, 0, 0)
    assert "missing" not in run("stats", "--library", old, "--facets", facet_file)
    with Library.open(old) as library:
        for track_id, was in zip((1, 2), before, strict=True):
            now = library.track(track_id, PASSPORT.model).analysis
            # What was stored, made-up numbers and all, was not computed again.
            assert (now.genres, now.tempo, now.key, now.loudness_lufs) == (
                was.genres,
                was.tempo,
                was.key,
                was.loudness_lufs,
            )
            assert now.embedding.tobytes() == was.embedding.tobytes() and now.n_windows == was.n_windows
    assert scan(old, "--facets", facet_file)["unchanged"] == 2

    song = tmp_path / "music" / "1.flac"
    shown = run("info", song, "--library", old, "--facets", facet_file)
    assert shown["in_library"] and 100 < shown["facets"]["brightness"] < 8000
    assert "facets" not in run("info", song, "--library", old)
    text = CliRunner().invoke(segue, ["info", str(song), "--library", str(old), "--facets", str(facet_file)])
    assert "brightness" in text.output and " Hz" in text.output


def test_a_new_version_is_computed_again_and_the_old_one_goes(old, facet_file, tmp_path):
    scan(old, "--facets", facet_file)
    newer = tmp_path / "brighter.py"
    newer.write_text(source().replace('version="1"', 'version="2"'), encoding="utf-8")
    assert run("stats", "--library", old, "--facets", newer)["missing"] == {"brightness": 2}
    assert scan(old, "--facets", newer)["analysed"] == 2
    connection = sqlite3.connect(old)
    held = connection.execute("SELECT DISTINCT version FROM facet WHERE name = 'brightness'").fetchall()
    connection.close()
    assert held == [(f"{PASSPORT.front_end.name}/2",)]


def test_a_derived_facet_opens_no_file(old, tmp_path):
    derived = tmp_path / "pace.py"
    derived.write_text(
        "from segue.facets.base import Facet, FromFacets\n"
        "from segue.facets.stored import Numbers\n"
        "PACE = Facet(name='pace', version='1',\n"
        "    source=FromFacets(('tempo',), lambda values: values['tempo'] and values['tempo'].bpm / 2),\n"
        "    stored=Numbers('<f8', 1, lambda bpm: (bpm,), lambda row: float(row[0])),\n"
        "    distance=lambda bpm, column: abs(column[:, 0] - bpm) / 300, words=lambda bpm: f'{bpm:.0f}')\n",
        encoding="utf-8",
    )
    scan(old)
    counts = scan(old, "--facets", derived)
    assert (counts["analysed"], counts["unchanged"]) == (0, 2)
    shown = run("info", tmp_path / "music" / "1.flac", "--library", old, "--facets", derived)
    assert shown["facets"]["pace"] == pytest.approx(120.5 / 2)


def test_an_installed_package_adds_a_facet_by_its_entry_point(tmp_path, monkeypatch):
    from segue.facets.registry import _registry, registry

    (tmp_path / "brightness.py").write_text(source(), encoding="utf-8")
    info = tmp_path / "brightness-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brightness\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[segue.facets]\nbrightness = brightness:BRIGHTNESS\n")
    monkeypatch.syspath_prepend(tmp_path)
    _registry.cache_clear()
    try:
        assert "brightness" in registry()
    finally:
        _registry.cache_clear()


@pytest.mark.parametrize(
    "harm",
    [
        ("self.power += power.sum(axis=1, dtype=np.float64)", "1 / 0"),
        ("total = self.power.sum()", "total = 1 / 0"),
        ("pack=lambda hz: (hz,)", "pack=lambda hz: (hz, hz)"),
    ],
)
def test_a_facet_that_fails_stops_the_scan_and_costs_no_track(old, tmp_path, harm):
    assert harm[0] in source()
    broken = tmp_path / "broken.py"
    broken.write_text(source().replace(*harm), encoding="utf-8")
    words = ("scan", old.parent / "music", "--jobs", "1", "--library", old, "--facets", broken)
    done = CliRunner().invoke(segue, [*map(str, words)])
    assert isinstance(done.exception, SegueError) and done.exception.code == "facet-failed"
    assert "brightness" in str(done.exception)
    scan(old)  # fills in what is newer than this file: doubt and tags
    assert scan(old)["unchanged"] == 2
    assert run("stats", "--library", old)["failures"] == 0


def test_like_compares_by_a_facet_from_outside(tmp_path, facet_file):
    """Of a low and a high tone of one kind of noise, the one whose brightness is the seed's comes first."""
    rng = np.random.default_rng(1)
    music = tmp_path / "music"
    music.mkdir()
    for number, (name, hz) in enumerate((("seed", 500), ("dark", 450), ("bright", 6000), ("middle", 2000))):
        samples = tune(6.0, seed=number) * 0.2
        t = np.arange(len(samples)) / RATE_HZ
        loud = 0.3 * np.sin(2 * np.pi * hz * t) * (1 + 0.3 * np.sin(2 * np.pi * 2 * t))
        soundfile.write(music / f"{name}.wav", samples + loud + 0.001 * rng.standard_normal(len(t)), RATE_HZ)
    library = tmp_path / "library.db"
    words = (
        "like",
        music / "seed.wav",
        "--library",
        library,
        "--facets",
        facet_file,
        "--feel",
        "brightness=1000",
    )
    scan(library)
    done = CliRunner().invoke(segue, [*map(str, words)])
    assert isinstance(done.exception, NotInLibrary) and done.exception.code == "facet-missing"
    scan(library, "--facets", facet_file)
    heard = {
        name: run("info", music / f"{name}.wav", "--library", library, "--facets", facet_file)
        for name in ("seed", "dark", "bright", "middle")
    }
    hz = {name: one["facets"]["brightness"] for name, one in heard.items()}
    expected = sorted(hz.keys() - {"seed"}, key=lambda name: abs(np.log2(hz[name] / hz["seed"])))
    found = run(*words)["tracks"]
    assert [Path(track["path"]).stem for track in found] == expected == ["dark", "middle", "bright"]
    # Weight 0, the default, leaves the list as it is.
    plain = run(*words[:4])
    assert run(*words[:6], "--feel", "brightness=0")["tracks"] == plain["tracks"]
