"""`segue like --by cf|hybrid|all` on a real library with playlists of its own."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from segue.cli.main import segue
from segue.errors import NotInLibrary
from segue.service.history import import_history
from segue.service.scan import ScanSettings, scan_folders
from segue.service.side_by_side import side_by_side
from tests.songs import write_song


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
    for k, names in enumerate(
        (["One", "Two"], ["One", "Two", "Three"], ["Two", "One"], ["One", "Two", "Four"])
    ):
        lines = [str(music / f"{name}.flac") for name in names]
        (folder / f"list{k}.m3u").write_text("\n".join(lines) + "\n")
    library = folder / "library.db"
    library.write_bytes((music / "library.db").read_bytes())
    import_history(folder, kind="playlists", library=str(library))
    return str(library)


def titles(picks):
    return [one.song.title for one in picks]


def test_what_is_chosen_with_the_seed_comes_first(music, listened):
    answer = side_by_side([str(music / "One.flac")], library=listened, n=5)
    assert titles(answer.picks["cf"])[0] == "Two" and set(titles(answer.picks["cf"])) == {
        "Two",
        "Three",
        "Four",
    }
    assert answer.seed_lists == (4,) and answer.n_lists == 4
    assert answer.picks["cf"][0].song.score == pytest.approx(1.0) and answer.picks["cf"][0].n_lists == 4
    assert len(answer.picks["content"]) == len(answer.picks["hybrid"]) == 5
    by_title = {one.song.title: one for one in answer.picks["hybrid"]}
    # Trust in One and in Two is 4 / 7 each, and Six is in no list.
    assert by_title["Two"].weight == pytest.approx((4 / 7) ** 2) and by_title["Six"].weight == 0
    assert ("Two", ("content", "cf", "hybrid")) in [(song.title, by) for song, by in answer.agreed]


def test_a_hybrid_score_is_the_weighted_mean_of_both(music, listened):
    answer = side_by_side([str(music / "One.flac")], library=listened, n=5)
    content = {one.song.title: one.song.score for one in answer.picks["content"]}
    others = {one.song.title: one.song.score for one in answer.picks["cf"]}
    for one in answer.picks["hybrid"]:
        title = one.song.title
        expected = one.weight * others.get(title, 0.0) + (1 - one.weight) * content[title]
        assert one.song.score == pytest.approx(expected, abs=1e-5)


def test_a_seed_that_nobody_chose_gets_what_content_says(music, listened, tmp_path):
    new = write_song(tmp_path / "new.flac", 8.0, 40, title="New")
    for seed in (str(music / "Six.flac"), str(new)):
        answer = side_by_side([seed], library=listened, n=5)
        assert answer.picks["cf"] == () and answer.seed_lists == (0,)
        assert titles(answer.picks["hybrid"]) == titles(answer.picks["content"])
        assert {one.weight for one in answer.picks["hybrid"]} == {0.0}


def test_without_any_history_the_hybrid_is_content_and_cf_says_what_to_do(music):
    library = str(music / "library.db")
    answer = side_by_side([str(music / "One.flac")], library=library)
    assert titles(answer.picks["hybrid"]) == titles(answer.picks["content"]) and not answer.picks["cf"]
    with pytest.raises(NotInLibrary, match="segue history import"):
        side_by_side([str(music / "One.flac")], ("cf",), library=library)


def test_the_command_prints_one_document_for_each_way(music, listened):
    def run(by):
        arguments = ["like", str(music / "One.flac"), "--by", by, "--library", listened, "-n", "3", "--json"]
        done = CliRunner().invoke(segue, arguments, catch_exceptions=False)
        assert done.exit_code == 0
        return json.loads(done.stdout)

    one, every = run("hybrid"), run("all")
    assert one["by"] == "hybrid" and every["by"] == "all" and one["tracks"] == every["hybrid"]
    assert set(one["tracks"][0]) == {"path", "artist", "title", "score", "weight", "lists"}
    assert {"content", "cf", "hybrid", "agreed", "seeds"} <= set(every)
    assert every["seeds"][0]["lists"] == 4


def test_the_command_shows_all_three_in_words(music, listened):
    arguments = ["like", str(music / "One.flac"), "--by", "all", "--library", listened]
    done = CliRunner().invoke(segue, arguments, catch_exceptions=False)
    assert "in 4 of 4 playlists and sessions" in done.output and "weight of cf" in done.output
    agreed = next(line for line in done.output.splitlines() if line.startswith("Where they agree: "))
    assert "Two (content, cf, hybrid)" in agreed


def test_tracks_of_one_name_are_told_apart_by_their_files(tmp_path):
    for seed, name in enumerate(("seed", "first", "second", "other")):
        title = "Same" if name in ("first", "second") else name
        write_song(tmp_path / f"{name}.flac", 8.0, seed, title=title, artist="One")
    library = str(tmp_path / "library.db")
    scan_folders([str(tmp_path)], library=library, settings=ScanSettings(jobs=1))
    for k, name in enumerate(("first", "second", "other")):
        (tmp_path / f"{k}.m3u").write_text(f"seed.flac\n{name}.flac\n")
    import_history(tmp_path, kind="playlists", library=library)
    same = [str(tmp_path / f"{name}.flac") for name in ("first", "second")]

    def said(by):
        arguments = ["like", str(tmp_path / "seed.flac"), "--by", by, "--library", library]
        done = CliRunner().invoke(segue, [*arguments, "--per-artist", "0"], catch_exceptions=False)
        assert done.exit_code == 0
        return done.output.splitlines()

    for by, n_lists in (("cf", 1), ("hybrid", 1), ("all", 3)):
        rows = [line for line in said(by) if line.startswith("  ")]
        assert all(sum(row.endswith(f"Same   {path}") for row in rows) == n_lists for path in same), rows
    agreed = said("all")[-1]
    assert all(f"Same, {path} (content, cf, hybrid)" in agreed for path in same), agreed
    assert "other (content, cf, hybrid)" in agreed
