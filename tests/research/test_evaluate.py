"""segue evaluate, on runs and music written here, and on GTZAN's validation part."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from segue.encode import document
from segue.errors import DatasetError, ModelError
from segue.model.network import Network, packaged_models, shipped_model
from segue.research.cli.evaluate import evaluate as command
from segue.research.datasets.registry import read_dataset
from segue.research.evaluate.measure import Question
from segue.research.evaluate.measure import evaluate as evaluated
from segue.research.evaluate.predict import EvaluationTracks, predict
from segue.research.training.material import material
from tests.raising import raises
from tests.songs import write_song

KEYS = {"protocol", "n", "accuracy", "macro_f1", "ci95", "per_class", "confusion", "ece"}


def evaluate(*arguments, **named):
    """The JSON document of an evaluation."""
    return document(evaluated(*arguments, **named))


@pytest.fixture(scope="session")
def music(tmp_path_factory):
    """Ten songs under labels: Ann plays in training and test, one file is there twice, one is no audio."""
    folder = tmp_path_factory.mktemp("evaluate") / "music"
    for label, names in (("rock", "abcd"), ("jazz", "efgh")):
        for name in names:
            seed = ord(name)
            write_song(folder / label / f"{name}.flac", 6.0, seed, title=name, artist=f"artist {seed}")
    write_song(folder / "rock" / "ann-1.flac", 6.0, 1, title="One", artist="Ann")
    write_song(folder / "rock" / "ann-2.flac", 6.0, 2, title="Two", artist="The Ann")
    write_song(folder / "polka" / "p.flac", 6.0, 9, title="p", artist="Polly")
    shutil.copy(folder / "jazz/e.flac", folder / "jazz/e again.flac")
    (folder / "jazz/broken.flac").write_text("This is no music.\n")
    return folder


def run_of(folder, music, train, test, valid=(), **others):
    """A finished run's folder, as `segue train` leaves it, with the shipped network in it."""
    folder.mkdir()
    shipped = shipped_model()
    for suffix in (".onnx", ".json"):
        shutil.copy(shipped.with_suffix(suffix), folder / f"mine{suffix}")
    (folder / "config.json").write_text(json.dumps({"name": "mine"}))
    split = {
        "dataset": music.name,
        "data": str(music),
        "protocol": "artist-kfold",
        "seed": 3,
        "classes": ["jazz", "rock"],
        "train": list(train),
        "valid": list(valid),
        "test": list(test),
    }
    (folder / "split.json").write_text(json.dumps(split | others))
    return folder


def test_a_run_is_scored_on_its_own_test_part(tmp_path, music):
    run = run_of(
        tmp_path / "run", music, ["rock/a.flac", "jazz/e.flac"], ["rock/b.flac", "rock/c.flac", "jazz/f.flac"]
    )
    found = evaluate(str(run), Question())
    assert set(found) >= KEYS
    assert (found["protocol"], found["seed"], found["n"]) == ("artist-kfold", 3, 3)
    assert np.sum(found["confusion"]) == 3
    assert np.trace(found["confusion"]) / 3 == pytest.approx(found["accuracy"])
    assert found["ci95"][0] <= found["accuracy"] <= found["ci95"][1]
    assert [found["per_class"][name]["support"] for name in ("rock", "jazz", "pop")] == [2, 1, 0]
    # Nothing is shared, not by sound either, which without an archive is compared in the files.
    assert found["leaks"]["leak_free"] is True
    assert found["leaks"]["unchecked"] == []


def test_what_leaks_is_named(tmp_path, music):
    train, test = ["rock/ann-1.flac", "jazz/e.flac"], ["rock/ann-2.flac", "jazz/e again.flac", "rock/b.flac"]
    leaks = evaluate(str(run_of(tmp_path / "run", music, train, test)), Question())["leaks"]
    assert leaks["leak_free"] is False
    assert leaks["artists"] == ["Ann", "artist 101"]
    assert leaks["tracks"] == ["jazz/e again.flac", "rock/ann-2.flac"]
    assert leaks["recordings"] == [
        {
            "tracks": ["jazz/e again.flac", "jazz/e.flac"],
            "reasons": ["same file hash", "same artist and title", "same decoded samples"],
        }
    ]


def test_another_protocol_is_held_against_what_the_run_learned_from(tmp_path, music):
    run = run_of(tmp_path / "run", music, ["rock/a.flac", "jazz/e.flac"], ["rock/b.flac"])
    everything = evaluate(str(run), Question(protocol="all"))
    assert everything["n"] == 11
    assert {"rock/a.flac", "jazz/e.flac"} <= set(everything["leaks"]["tracks"])


def test_another_seed_or_fold_divides_anew_and_tells_what_leaks(tmp_path, music):
    own = material(read_dataset(music), "track-random", 0)
    run = run_of(tmp_path / "run", music, own.split.train, own.split.test, protocol="track-random", seed=0)
    for asked in (Question(), Question(protocol="track-random"), Question(seed=0)):
        assert evaluate(str(run), asked)["n"] == len(own.split.test)
    other = material(read_dataset(music), "track-random", 5).split
    assert other.test != own.split.test
    found = evaluate(str(run), Question(protocol="track-random", seed=5))
    assert found["seed"] == 5
    assert set(other.test) & set(own.split.train) <= set(found["leaks"]["tracks"])


def test_another_fold_is_one_of_the_runs_own_division(tmp_path, music):
    shutil.copytree(music, tmp_path / "music", ignore=shutil.ignore_patterns("polka"))
    dataset = read_dataset(tmp_path / "music")
    first, second = (material(dataset, "artist-kfold", 3, fold=fold).split for fold in (0, 1))
    run = run_of(tmp_path / "run", tmp_path / "music", first.train, first.test, first.valid)
    own = evaluate(str(run), Question(fold=0, part="valid"))
    assert (own["n"], own["leaks"]["tracks"]) == (len(first.valid), []), "these are the run's own parts"
    other = evaluate(str(run), Question(fold=1))
    assert (other["n"], other["seed"]) == (len(second.test), 3)
    assert set(second.test) & set(first.train + first.valid) <= set(other["leaks"]["tracks"])
    assert other["leaks"]["tracks"], "what the run chose its weights on"


def test_the_validation_part_has_its_own_scores(tmp_path, music):
    run = run_of(
        tmp_path / "run", music, ["rock/a.flac"], ["rock/b.flac"], valid=["jazz/e.flac", "jazz/f.flac"]
    )
    found = evaluate(str(run), Question(part="valid"))
    assert (found["n"], found["part"], found["leaks"]["tracks"]) == (2, "valid", [])


def test_nothing_is_dropped_silently(tmp_path, music):
    test = ["rock/b.flac", "jazz/broken.flac", "polka/p.flac", "rock/gone.flac"]
    found = evaluate(str(run_of(tmp_path / "run", music, ["rock/a.flac"], test)), Question())
    assert found["n"] == 1
    assert {failure["path"] for failure in found["failures"]} == {"jazz/broken.flac", "rock/gone.flac"}
    assert found["unknown_label"] == ["polka/p.flac"]


def test_an_exclusion_list_is_obeyed_and_counted(tmp_path, music):
    run = run_of(tmp_path / "run", music, ["rock/a.flac"], ["rock/b.flac", "rock/c.flac"])
    listed = tmp_path / "exclusions.tsv"
    listed.write_text("# a comment\nrock/c.flac\tclipped\nrock/d.flac\tin no part\n")
    found = evaluate(str(run), Question(exclude=listed))
    assert (found["n"], found["excluded"]) == (1, ["rock/c.flac"])
    assert found["exclusions"]["naming_no_track"] == []
    listed.write_text(f"{music / 'rock/c.flac'}\tclipped\nsomewhere/else.flac\tclipped\n")
    told: list[str] = []
    found = evaluate(str(run), Question(exclude=listed), tell=told.append)
    assert (found["n"], found["excluded"]) == (1, ["rock/c.flac"])
    assert found["exclusions"]["naming_no_track"] == ["somewhere/else.flac"]
    assert told == [
        f"1 of 2 lines of {listed} name no track of this dataset; the first is somewhere/else.flac."
    ]


def test_a_model_is_asked_about_music_it_has_nothing_to_do_with(music):
    found = evaluate(str(shipped_model()), Question(dataset="folder", data=music))
    assert (found["protocol"], found["n"]) == ("all", 11)
    assert found["leaks"]["leak_free"] is None
    assert "not known" in found["leaks"]["unchecked"][0]


def test_a_moved_folder_is_still_the_runs_own(tmp_path, music):
    run = run_of(tmp_path / "run", music, ["rock/a.flac", "jazz/e.flac"], ["rock/b.flac"])
    moved = tmp_path / "moved"
    shutil.copytree(music, moved)
    found = evaluate(str(run), Question(data=moved))
    assert (found["protocol"], found["n"]) == ("artist-kfold", 1)


def test_two_models_are_compared_track_by_track(tmp_path, music):
    run = run_of(
        tmp_path / "run", music, ["rock/ann-1.flac"], ["rock/ann-2.flac", "rock/b.flac", "jazz/f.flac"]
    )
    other = evaluate(str(run), Question(), against=str(shipped_model()))["against"]
    assert (other["difference"], other["difference_ci95"], other["mcnemar_p"]) == (0.0, [0.0, 0.0], 1.0)
    assert other["leaks"]["leak_free"] is None, "what the other learned from is not known"


def test_a_chunk_run_hears_only_the_chunks_of_the_test_part(tmp_path):
    network = Network(shipped_model())
    rng = np.random.default_rng(0)
    mel = rng.integers(0, 256, (1, 128, 387), dtype=np.uint8)
    asked = EvaluationTracks(("x",), mel, np.array([0]), ("x",), ((0, 9),), (), ())
    before = predict(network, asked)
    mel[:, :, 70:345] = 0  # frames of neither chunk 0 (0 to 5 s) nor chunk 9 (27 s to the end)
    assert np.array_equal(predict(network, asked), before)
    mel[:, :, 380:] = 0
    assert not np.array_equal(predict(network, asked), before)
    assert not np.array_equal(predict(network, replace(asked, chunks=None)), before)


def test_a_chunk_run_is_marked_as_leaking(tmp_path, music):
    train, test = [["rock/a.flac", 0]], [["rock/a.flac", 1], ["rock/b.flac", 0]]
    run = run_of(tmp_path / "run", music, train, test, protocol="chunk-random")
    found = evaluate(str(run), Question())
    assert (found["protocol"], found["n"]) == ("chunk-random", 2)
    assert found["leaks"]["tracks"] == ["rock/a.flac"]
    assert "chunks of the same track" in found["leaks"]["recordings"][0]["reasons"]


def test_the_command_prints_one_document_or_a_table(tmp_path, music):
    run = run_of(
        tmp_path / "run", music, ["rock/ann-1.flac"], ["rock/ann-2.flac", "jazz/f.flac", "jazz/broken.flac"]
    )
    done = CliRunner().invoke(command, [str(run), "--json"])
    assert done.exit_code == 3 and set(json.loads(done.stdout)) >= KEYS
    assert json.loads(done.stdout)["seed"] == 3, "the run's, as none was asked for"
    assert "broken.flac" in done.stderr
    done = CliRunner().invoke(
        command, [str(run), "--against", str(run), "--figures", str(tmp_path / "figures")]
    )
    assert done.exit_code == 3, done.output
    assert "NOT LEAK-FREE: 1 of these tracks share 0 recordings and 1 artist" in done.stdout
    assert "difference +0.0 points" in done.stdout and "McNemar" in done.stdout
    for name in ("confusion", "per-class"):
        assert (tmp_path / f"figures/{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "</svg>" in (tmp_path / f"figures/{name}.svg").read_text(encoding="utf-8")


def test_what_cannot_be_evaluated_is_said(tmp_path, music):
    with raises(ModelError, "model-missing"):
        evaluate(str(tmp_path / "nowhere"), Question())
    (tmp_path / "empty").mkdir()
    with raises(ModelError, "no-run"):
        evaluate(str(tmp_path / "empty"), Question())
    run = run_of(tmp_path / "run", music, ["rock/a.flac"], ["polka/p.flac"])
    with raises(DatasetError, "nothing-to-score"):
        evaluate(str(run), Question())
    with raises(DatasetError, "data-missing"):
        evaluate(str(run), Question(data=tmp_path / "nowhere"))
    with raises(DatasetError, "data-unknown"):
        evaluate(str(shipped_model()), Question(dataset="gtzan"))
    with raises(DatasetError):
        evaluate(str(run), Question(protocol="strictest"))
    (run / "split.json").write_text('{"protocol": 1}')
    with raises(ModelError, "run-damaged"):
        evaluate(str(run), Question())
    (run / "mine.onnx").unlink()
    with raises(ModelError, "run-unfinished"):
        evaluate(str(run), Question())


def test_the_first_packaged_model_scores_what_its_passport_says(shared_dir):
    """On the validation part; the test part is not looked at here."""
    found = evaluate("segue-s-v1", Question(data=shared_dir / "data/gtzan", dataset="gtzan", part="valid"))
    said = Network(packaged_models()["segue-s-v1"]).passport.record["scores"]["validation"]
    assert (found["protocol"], found["n"]) == ("fault-filtered", 197)
    assert found["confusion"] == said["confusion"]
    # The passport's interval was drawn with "Peter Tosh" and "Peter Tosh; Mick Jagger" as two artists; now 68 groups,
    # 66 with the performers and albums of fingerprints.
    assert found["n_artists"] == (66 if (shared_dir / "data/gtzan/labels_extra.csv").is_file() else 68)
    assert found["ci95"] == pytest.approx([said["accuracy_low"], said["accuracy_high"]], abs=0.01)
    assert found["ece"] == pytest.approx(said["ece"], abs=1e-4)
    assert "Slayer" in found["leaks"]["artists"], "shared by training and validation"
    assert "Anthrax" not in found["leaks"]["artists"], "shared with the test part only"


def test_a_run_on_a_table_finds_its_table_again(tmp_path, music):
    shutil.copytree(music, tmp_path / "music")
    (tmp_path / "mine.csv").write_text("path,label\nmusic/rock/a.flac,rock\nmusic/jazz/f.flac,jazz\n")
    ids = [track.track_id for track in read_dataset(tmp_path / "mine.csv").tracks]
    run = run_of(tmp_path / "run", tmp_path / "mine", ids[:1], ids[1:], data=str(tmp_path))
    assert evaluate(str(run), Question())["n"] == 1
