"""`segue like --by NAME` on a real library with playlists of its own, and the winner of `segue grade`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from segue.cli.main import segue
from segue.errors import NotInLibrary, SegueError
from segue.library.grades import GradedModel, KeptGrade
from segue.library.store import Library
from segue.recommend.models.registry import MODELS
from segue.recommend.registry import NAMES
from segue.service.history import import_history
from segue.service.like import like, names
from segue.service.scan import ScanSettings, scan_folders
from segue.service.session import Session
from tests.raising import raises
from tests.songs import write_song

LISTS_ALONE = ("itemknn", "ease", "cf")


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Six songs; One and Two share four playlists, Six is in none."""
    folder = tmp_path_factory.mktemp("music")
    for seed, title in enumerate(("One", "Two", "Three", "Four", "Five", "Six")):
        write_song(folder / f"{title}.flac", 8.0, seed, title=title, artist=f"Artist {seed}")
    library = folder / "library.db"
    scan_folders([str(folder)], library=library, settings=ScanSettings(jobs=1))
    return folder


@pytest.fixture(scope="module")
def listened(music, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    for k, songs in enumerate(
        (["One", "Two"], ["One", "Two", "Three"], ["Two", "One"], ["One", "Two", "Four"])
    ):
        lines = [str(music / f"{name}.flac") for name in songs]
        (folder / f"list{k}.m3u").write_text("\n".join(lines) + "\n")
    library = folder / "library.db"
    library.write_bytes((music / "library.db").read_bytes())
    import_history(folder, kind="playlists", library=str(library))
    return str(library)


def titles(tracks):
    return [one.song.title for one in tracks]


def run(*words, exit_code=0):
    done = CliRunner().invoke(segue, ["like", *map(str, words)])
    assert done.exit_code == exit_code, done.output
    return done


def test_what_is_listed_with_the_seed_comes_first(music, listened):
    for by in ("cf", "itemknn"):
        answer = like(Session(listened), [str(music / "One.flac")], by=by, n=5)
        assert titles(answer.tracks)[0] == "Two" and set(titles(answer.tracks)) == {"Two", "Three", "Four"}
        assert answer.seeds[0].lists == 4 and answer.n_lists == 4 and answer.tracks[0].lists == 4
        assert answer.by == "itemknn"


@pytest.mark.parametrize("by", [name for name in names() if name != "best"])
def test_every_name_answers_or_says_why_not(music, listened, by):
    if by in MODELS and "metadata" in MODELS[by].needs:
        with raises(SegueError, "content-missing"):
            like(Session(listened), [str(music / "One.flac")], by=by)
        return
    if by in ("hybrid", "all"):
        pytest.importorskip("implicit", reason="extra cf: implicit is not installed")
    document = json.loads(
        run(music / "One.flac", "--by", by, "--library", listened, "-n", "3", "--json").stdout
    )
    tracks = document["content" if by == "all" else "tracks"]
    assert len(tracks) <= 3 and all({"path", "artist", "title", "score"} <= set(track) for track in tracks)
    assert "One" not in [track["title"] for track in tracks]
    assert document.get("by", "content") == {"cf": "itemknn"}.get(by, by)
    assert run(music / "One.flac", "--by", by, "--library", listened).output


@pytest.mark.parametrize("by", LISTS_ALONE)
def test_a_seed_in_no_list_says_nothing_to_models_of_lists(music, listened, tmp_path, by):
    new = write_song(tmp_path / "new.flac", 8.0, 40, title="New")
    for seed in (music / "Six.flac", new):
        answer = like(Session(listened), [str(seed)], by=by, n=5)
        assert answer.tracks == () and answer.seeds[0].lists == 0
    assert "nothing: no playlist" in run(new, "--by", by, "--library", listened).output


def test_a_seed_from_outside_gets_what_content_says_from_a_hybrid(music, listened, tmp_path):
    new = str(write_song(tmp_path / "new.flac", 8.0, 40, title="New"))
    by_sound = like(Session(listened), [new], n=5)
    assert titles(like(Session(listened), [new], by="hybrid-trust", n=5).tracks) == titles(by_sound.tracks)


@pytest.mark.parametrize("by", [*LISTS_ALONE, "popularity", "hybrid-trust"])
def test_without_lists_the_command_exits_1_with_what_to_do(music, by):
    library = str(music / "library.db")
    with raises(NotInLibrary, "no-lists"):
        like(Session(library), [str(music / "One.flac")], by=by)
    run(music / "One.flac", "--by", by, "--library", library, exit_code=1)


def test_all_stand_beside_each_other_and_agree(music, listened):
    pytest.importorskip("implicit", reason="extra cf: implicit is not installed")
    output = run(music / "One.flac", "--by", "all", "--library", listened).output
    assert "in 4 of 4 playlists and sessions" in output
    agreed = next(line for line in output.splitlines() if line.startswith("Where they agree: "))
    assert "Two (content, cf, hybrid)" in agreed
    document = json.loads(run(music / "One.flac", "--by", "all", "--library", listened, "--json").stdout)
    assert list(document) == ["seeds", "lists", "by", "content", "cf", "hybrid", "agreed"]


def test_all_without_lists_is_content_beside_empty_lists(music):
    answer = like(Session(str(music / "library.db")), [str(music / "One.flac")], by="all")
    assert [(by, bool(tracks)) for by, tracks in answer.lists] == [
        ("content", True),
        ("cf", False),
        ("hybrid", False),
    ]


def test_tracks_of_one_name_are_told_apart_by_their_files(tmp_path):
    pytest.importorskip("implicit", reason="extra cf: implicit is not installed")
    for seed, name in enumerate(("seed", "first", "second", "other")):
        title = "Same" if name in ("first", "second") else name
        write_song(tmp_path / f"{name}.flac", 8.0, seed, title=title, artist="One")
    library = str(tmp_path / "library.db")
    scan_folders([str(tmp_path)], library=library, settings=ScanSettings(jobs=1))
    for k, name in enumerate(("first", "second", "other")):
        (tmp_path / f"{k}.m3u").write_text(f"seed.flac\n{name}.flac\n")
    import_history(tmp_path, kind="playlists", library=library)
    output = run(tmp_path / "seed.flac", "--by", "all", "--library", library, "--per-artist", "0").output
    for name in ("first", "second"):
        assert f"Same, {tmp_path / name}.flac (content, cf, hybrid)" in output


def test_less_like_this(music, listened):
    liked, unwanted = str(music / "One.flac"), str(music / "Three.flac")
    plain = like(Session(listened), [liked], n=5)
    less = like(Session(listened), [liked], unlike=[unwanted], n=5)
    assert "Three" in titles(plain.tracks) and "Three" not in titles(less.tracks)
    document = json.loads(run(liked, "--unlike", unwanted, "--library", listened, "--json").stdout)
    assert [one["title"] for one in document["unlike"]] == ["Three"]
    assert "less like" in run(liked, "--unlike", unwanted, "--library", listened).output


def test_the_best_is_what_the_last_grade_found(music, listened, tmp_path):
    library = tmp_path / "library.db"
    library.write_bytes(open(listened, "rb").read())
    seed = str(music / "One.flac")
    with raises(NotInLibrary, "no-grade"):
        like(Session(str(library)), [seed], by="best")
    measured = (GradedModel("itemknn", 0.5, {"k": 100, "shrink": 0.0}),)
    with Library.open(library) as opened:
        opened.put_grade(
            KeptGrade(None, "itemknn cannot be told apart from random.", ("playlist",), measured)
        )
    with raises(NotInLibrary, "no-winner"):
        like(Session(str(library)), [seed], by="best")
    with Library.open(library) as opened:
        opened.put_grade(KeptGrade("itemknn", "", ("playlist",), measured))
    best = like(Session(str(library)), [seed], by="best")
    assert best.by == "itemknn" and titles(best.tracks)[0] == "Two"
    assert best == like(Session(str(library)), [seed], by="itemknn")
    # Without shrinkage, as the grade chose, One and Two, who share all their lists, are at cosine 1.
    assert best.tracks[0].score == pytest.approx(1.0)


def test_an_unknown_name_is_not_understood(music):
    assert set(NAMES) <= set(names())
    with raises(SegueError, "unknown-scorer"):
        like(Session(str(music / "library.db")), [str(music / "One.flac")], by="magic")
    run(music / "One.flac", "--by", "magic", exit_code=2)
