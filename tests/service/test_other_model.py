"""Another model for the whole library: its own results, its own front end, and never mixed with another's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.cli.main import segue
from segue.errors import FrontEndMismatch
from segue.library.store import Library
from segue.model.network import shipped_model
from segue.model.passport import read_passport
from tests.raising import raises
from tests.songs import write_song


def run(*words: object) -> dict:
    done = CliRunner().invoke(segue, [*map(str, words), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> Path:
    """A folder with music, and a model that listens only up to 8 kHz."""
    folder = tmp_path_factory.mktemp("models")
    for number in (1, 2):
        write_song(folder / "music" / f"{number}.flac", 6.0, seed=number)
    passport = json.loads(shipped_model().with_suffix(".json").read_text(encoding="utf-8"))
    passport["name"] = "other"
    passport["front_end"] |= {"name": "low-v1", "f_max_hz": 8000.0}
    shutil.copy(shipped_model(), folder / "other.onnx")
    (folder / "other.json").write_text(json.dumps(passport), encoding="utf-8")
    return folder


def test_a_library_keeps_what_two_models_say_apart(room):
    library, other = room / "library.db", room / "other.onnx"
    packaged = read_passport(shipped_model().with_suffix(".json")).model
    name = read_passport(room / "other.json").model
    scan = ("scan", room / "music", "--library", library, "--jobs", "1")
    assert run(*scan, "--model", other)["analysed"] == 2
    missing = run("stats", "--library", library)["missing"]
    assert set(missing) == {
        "genre",
        "doubt",
        "tags",
        "timeline",
        "timbre",
        "tempo",
        "key",
        "fingerprint",
    }  # loudness has no front end
    assert "missing" not in run("stats", "--library", library, "--model", other)

    with (
        Library.open(library, read_only=True) as opened,
        raises(FrontEndMismatch, "version-mismatch") as caught,
    ):
        opened.vectors(packaged)
    assert name in str(caught.value) and packaged in str(caught.value)

    assert run(*scan)["analysed"] == 2
    assert run(*scan, "--model", other)["unchanged"] == 2
    song = room / "music" / "1.flac"
    one, two = (run("info", song, "--library", library, *more) for more in ((), ("--model", other)))
    assert one["in_library"] and two["in_library"]
    assert (one["model"], one["front_end"]) == (packaged, "mel128-v2")
    assert (two["model"], two["front_end"]) == (name, "low-v1")
    assert one["genres"] != two["genres"] and one["loudness_lufs"] == two["loudness_lufs"]
    with Library.open(library, read_only=True) as opened:
        assert not (opened.vectors(packaged).vectors == opened.vectors(name).vectors).all()


def test_like_answers_by_the_model_that_is_named(room):
    library, song = room / "liked.db", room / "music" / "1.flac"
    run("scan", room / "music", "--library", library, "--jobs", "1", "--model", room / "other.onnx")
    found = run("like", song, "--library", library, "--model", room / "other.onnx")["tracks"]
    assert [Path(track["path"]).name for track in found] == ["2.flac"]
    done = CliRunner().invoke(segue, ["like", str(song), "--library", str(library)])
    assert isinstance(done.exception, FrontEndMismatch) and done.exception.code == "version-mismatch"


def test_asking_for_a_facet_in_another_version_names_both(room):
    from segue.facets.registry import registry

    library = room / "one.db"
    run("scan", room / "music", "--library", library, "--jobs", "1", "--model", room / "other.onnx")
    from segue.library.facets import column

    with Library.open(library, read_only=True) as opened:
        ids = opened.vectors(read_passport(room / "other.json").model).track_ids
        with raises(FrontEndMismatch, "version-mismatch") as caught:
            column(opened._db, registry(), "tempo", "mel128-v1/1", ids)
    assert "low-v1/1" in str(caught.value) and "mel128-v1/1" in str(caught.value)
