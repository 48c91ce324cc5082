"""A grade on lists whose structure is known: albums, playlists with much in common, and too little of either."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from segue.cli.main import segue
from segue.encode import document
from segue.errors import DatasetError, NotInLibrary
from segue.service.grade.grade import MIN_LISTS, from_others, grade
from segue.service.grade.lists import Graded, checked, lists_in_library, told_apart
from segue.service.scan import ScanSettings, scan_folders
from segue.types import Interactions, ItemContent
from tests.raising import raises
from tests.research.compare.blocks import write_blocks
from tests.songs import write_song


def graded(*arguments, **named):
    """The JSON document of a grade."""
    return document(grade(*arguments, **named))


def lists_of_groups(n_lists, n_groups, items_each, length, *, albums=False):
    """Lists drawn from groups of tracks that sound alike; as albums they share nothing."""
    rng = np.random.default_rng(0)
    users, items = [], []
    for one in range(n_lists):
        if albums:
            chosen = np.arange(one * length, (one + 1) * length)
        else:
            chosen = one % n_groups * items_each + np.sort(rng.permutation(items_each)[:length])
        users += [one] * length
        items += chosen.tolist()
    n_items = n_lists * length if albums else n_groups * items_each
    group = np.arange(n_items) // (length if albums else items_each)
    centres = rng.normal(size=(int(group.max()) + 1, 12))
    vectors = centres[group] + rng.normal(0, 0.1, (n_items, 12))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    titles = tuple(f"Song {i}" for i in range(n_items))
    interactions = Interactions(
        "library",
        tuple(map(str, range(n_lists))),
        tuple(map(str, range(n_items))),
        np.array(users, np.int64),
        np.array(items, np.int64),
        np.ones(len(users), np.float32),
    )
    content = ItemContent(unit, None, (None,) * n_items, titles)
    return Graded("toy", {"album" if albums else "playlist": n_lists}, interactions, content, (), titles)


def test_playlists_with_much_in_common_are_put_back_by_content_and_by_others(tmp_path):
    told = graded(lists_of_groups(40, 4, 30, 10), n_seeds=2, out=tmp_path)
    rows = {row["model"]: row for row in told["rows"]}
    assert set(rows) == {"random", "popularity", "content", "itemknn", "ease", "hybrid"}
    for knowing in ("content", "itemknn", "ease", "hybrid"):
        assert rows[knowing]["ci95"]["recall@20"][0] > rows["random"]["ci95"]["recall@20"][1]
    assert told["collaborative"]["asked"] and told["collaborative"]["reachable"] > 0.9
    assert told["enough"] and told["n_lists_asked"] == 40 and told["n_hidden"] == 80
    text = " ".join(told["words"])
    assert "more than chance" in text and "too little" not in text
    assert json.loads((tmp_path / "grade.json").read_text())["words"] == told["words"]
    page = (tmp_path / "grade.html").read_text()
    assert "data:image/svg+xml" in page and "Song " in page and "Hubs" in page


def test_of_albums_others_know_nothing_and_the_page_says_so(tmp_path):
    told = graded(lists_of_groups(30, 0, 0, 8, albums=True), n_seeds=1, out=tmp_path)
    assert {row["model"] for row in told["rows"]} == {"random", "popularity", "content"}
    assert not told["collaborative"]["asked"] and told["collaborative"]["reachable"] == 0
    sentence = "each track stands in only one list"
    assert sentence in " ".join(told["words"]) and sentence in (tmp_path / "grade.html").read_text()
    rows = {row["model"]: row for row in told["rows"]}
    assert rows["content"]["recall@20"] > 0.9 and rows["popularity"]["recall@20"] == 0.0


def test_few_lists_are_too_little_to_tell(tmp_path):
    told = graded(lists_of_groups(MIN_LISTS - 1, 2, 12, 6), n_seeds=1, out=tmp_path)
    assert not told["enough"] and not told["collaborative"]["asked"]
    text = " ".join(told["words"])
    assert "too little data to tell" in text and "too little history" in text


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    for k in range(6):
        album = "First" if k < 4 else "Second"
        write_song(folder / f"{k}.flac", 8.0, k, title=f"Song {k}", artist="Ann", album=album)
    path = folder / "library.db"
    scan_folders([str(folder)], library=path, settings=ScanSettings(jobs=1))
    return str(path)


def test_a_library_without_playlists_is_graded_on_its_albums(library, tmp_path):
    arguments = ["grade", "--library", library, "--seeds", "1", "--out", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(segue, arguments, catch_exceptions=False)
    told = json.loads(done.stdout)
    assert told["lists"] == {"album": 2} and told["n_tracks"] == 6
    assert told["n_lists_asked"] == 1  # the second album has two tracks: nothing can be hidden
    assert not told["enough"]


def test_what_is_not_there_is_one_sentence(library, tmp_path):
    with raises(NotInLibrary, "no-lists"):
        lists_in_library(library, ("playlist",))
    with raises(DatasetError, "lists-too-short"):
        checked(lists_of_groups(5, 1, 6, 2))
    done = CliRunner().invoke(segue, ["grade", "--dataset", "mpd-audio"])
    assert done.exit_code == 2 and "go together" in done.output


def test_a_set_of_playlists_is_graded_like_a_library(tmp_path):
    pytest.importorskip("polars", reason="reading interactions needs the extra cf")
    blocks = write_blocks(tmp_path / "blocks")
    arguments = [
        "grade",
        "--dataset",
        "mpd-audio",
        "--data",
        str(blocks),
        "--seeds",
        "1",
        "--out",
        str(tmp_path),
    ]
    done = CliRunner().invoke(segue, arguments, catch_exceptions=False)
    assert done.exit_code == 0 and "content+genres finds" in done.output and "Page: " in done.output


def test_tracks_of_one_name_are_told_apart():
    artists = ("Ann", "Ann", "Bo", None, None, "Ann")
    titles = ("Caves", "Caves", "Sea", "music001", "music001", "Caves")
    files = [("a.ogg", "/m/a.ogg"), ("b.ogg", "/m/b.ogg"), ("c.ogg", "/m/c.ogg")]
    files += [("music001.ogg", "/m/music001.ogg"), ("music001.ogg", "/n/music001.ogg"), ("a.ogg", "/n/a.ogg")]
    names = told_apart(artists, titles, files)
    assert names == (
        "Ann: Caves (/m/a.ogg)",
        "Ann: Caves (b.ogg)",
        "Bo: Sea",
        "music001 (/m/music001.ogg)",
        "music001 (/n/music001.ogg)",
        "Ann: Caves (/n/a.ogg)",
    )


def test_without_the_extra_for_als_another_hybrid_is_asked():
    """It is fitted where importing ``implicit`` fails."""
    assert from_others(with_als=True)[-1] == "hybrid"
    code = (
        "import sys; sys.modules['implicit'] = None\n"
        "from segue.recommend.models.registry import fit\n"
        "from segue.service.grade.grade import from_others\n"
        "from tests.recommend.models.worlds import two_tastes\n"
        "pairs, content, known = two_tastes()\n"
        "for name in from_others(with_als=False):\n"
        "    print(fit(name, pairs, content, known_items=known).score(pairs[:1]).shape)\n"
    )
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.count("(1, 60)") == 3, done.stderr
