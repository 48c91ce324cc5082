"""Playlists and histories find their tracks; what does not is counted; lists become interactions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from segue.cli.main import segue
from segue.errors import DatasetError, LibraryError, NotInLibrary
from segue.history.listing import Entry
from segue.history.matching import Match, Matcher, song_key
from segue.library.records import TrackList
from segue.library.store import Library
from segue.service.history import forget_history, import_history, interactions_of, list_history
from segue.types import Tags
from tests.library.examples import put
from tests.raising import raises

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}


@pytest.fixture
def library(tmp_path):
    """A library of four tracks below /music, one of them there twice, and a file that failed."""
    path = tmp_path / "library.db"
    with Library.open(path) as opened, opened.scan(["/music"]) as scan:
        put(scan, "/music/Björk/01 Jóga.mp3", 1, tags=Tags("Jóga", "Björk", "Homogenic"))
        put(scan, "/music/Björk/02 Jóga live.mp3", 2, tags=Tags("Jóga (Remastered 2011)", "Björk", "Live"))
        put(scan, "/music/Ann/01.mp3", 3, tags=Tags("Rain", "Ann feat. Bob", "Wet"))
        put(scan, "/music/Zoe/01.mp3", 4)
        put(scan, "/other/Zoe/01.mp3", 5)
        scan.put_failure("/music/bad.mp3", 1, 2, "decode", "It is damaged: replace it.")
        scan.finish()
    return path


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Entry("Björk/01 Jóga.mp3"), Match(1, "by path")),
        (Entry("Bj%C3%B6rk/01%20J%C3%B3ga.mp3"), Match(1, "by path")),
        (Entry("Bjo\u0308rk\\01 Jo\u0301ga.mp3"), Match(1, "by path")),
        (Entry("D:\\Musik\\BJÖRK\\01 jóga.mp3"), Match(1, "by the end of the path")),
        (Entry("E:\\Zoe\\01.mp3"), Match(None, "no such file in the library")),  # two tracks end so
        (Entry("E:\\nowhere.mp3", "björk", "JÓGA", "live"), Match(2, "by artist and title")),
        (Entry("nowhere.mp3", "Björk", "Jóga"), Match(1, "by artist and title")),
        (Entry(None, "Ann", "Rain (feat. Bob)"), Match(3, "by artist and title")),
        (Entry(None, "Ann", "Sun"), Match(None, "no track of that artist and title in the library")),
        (Entry("bad.mp3"), Match(None, "the file could not be analysed")),
        (Entry("http://radio/x.mp3"), Match(None, "an address on the net, no file")),
        (Entry("nothing/there.mp3"), Match(None, "no such file in the library")),
    ],
)
def test_what_an_entry_means(library, entry, expected):
    with Library.open(library) as opened:
        assert Matcher(opened).match(entry, "/music") == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rain", "Rain - Remastered 2009", True),
        ("Rain", "RAIN [Mono]", True),
        ("Rain (Live)", "Rain", False),
        ("Rain", "Rain Remastered", False),
        ("Stereo", "Mono", False),
    ],
)
def test_notes_on_a_title_do_not_count_and_versions_do(one, other, same):
    assert (song_key("Ann", one) == song_key("The Ann", other)) is same


def test_importing_a_folder_of_playlists(library, tmp_path):
    lists = tmp_path / "lists"
    (lists / "sub").mkdir(parents=True)
    (lists / "mix.m3u").write_text(
        "/music/Björk/01 Jóga.mp3\n/music/Ann/01.mp3\nnowhere.mp3\n", encoding="utf-8"
    )
    (lists / "sub" / "mix.m3u").write_text("/music/Zoe/01.mp3\n")
    (lists / "broken.xspf").write_text("<playlist")
    report = import_history(lists, library=str(library))
    assert report.kind == "playlists"
    assert [(one.name, one.matched, one.unmatched) for one in report.lists] == [
        ("mix", {"by path": 2}, {"no such file in the library": 1}),
        ("mix (sub)", {"by path": 1}, {}),
    ]
    assert [path.endswith("broken.xspf") for path in report.failed] == [True]
    import_history(lists, library=str(library))
    assert [one.name for one in list_history(str(library))] == ["mix", "mix (sub)"], "in place, not beside"
    forget_history("mix", str(library))
    with Library.open(library) as opened:
        assert [
            (found.name, found.track_ids.tolist()) for found in opened.lists(["playlist", "session", "album"])
        ] == [("mix (sub)", [4])]


def test_importing_a_history_gives_sessions(library, tmp_path):
    rows = [(0, "Björk", "Jóga"), (600, "Ann", "Rain"), (10_000, "Ann", "Rain"), (10_300, "Nobody", "Knows")]
    text = "uts,artist,track\n" + "".join(
        f"{1_700_000_000 + t},{artist},{title}\n" for t, artist, title in rows
    )
    (tmp_path / "ann.csv").write_text(text, encoding="utf-8")
    report = import_history(tmp_path / "ann.csv", name="me", library=str(library))
    assert (report.kind, report.matched, report.unmatched) == ("lastfm", 3, 1)
    with Library.open(library) as opened:
        (history,) = opened.lists(["history"])
        assert history.name == "me" and history.track_ids.tolist() == [1, 3, 3]
        assert [found.track_ids.tolist() for found in opened.lists(["session"])] == [[1, 3], [3]]


def test_a_listenbrainz_array_is_a_history_and_several_peoples_are_none(library, tmp_path):
    def listen(title, time_s, user):
        named = {"artist_name": "Ann", "track_name": title}
        return {"listened_at": time_s, "track_metadata": named, "user_name": user}

    mine = [listen("Rain", 1_700_000_000 + k, "ann") for k in range(2)]
    (tmp_path / "old.json").write_text(json.dumps(mine, indent=1))
    report = import_history(tmp_path / "old.json", library=str(library))
    assert [(one.name, one.matched) for one in report.lists] == [("ann", {"by artist and title": 2})]
    others = [listen("Rain", 1_700_000_000, f"user {k}") for k in range(6)]
    (tmp_path / "dump.jsonl").write_text("\n".join(map(json.dumps, mine + others)))
    with raises(DatasetError, "several-users") as raised:
        import_history(tmp_path / "dump.jsonl", library=str(library))
    assert "7 users heard (ann, user 0, user 1, user 2, user 3, ...)" in str(raised.value)
    assert [one.name for one in list_history(str(library))] == ["ann"]


def test_mistakes_are_one_sentence(library, tmp_path):
    (tmp_path / "x.m3u").write_text("")
    (tmp_path / "broken.pls").write_text("x")
    (tmp_path / "t.csv").write_text("user,item\n1,2\n")
    for path, options, error, code in (
        (tmp_path / "none", {}, DatasetError, "nothing-there"),
        (tmp_path / "none", {"kind": "playlists"}, DatasetError, "not-readable"),
        (tmp_path / "broken.pls", {}, DatasetError, "not-a-playlist"),
        (tmp_path / "t.csv", {}, DatasetError, "not-a-history"),
        (tmp_path / "x.m3u", {"library": str(tmp_path / "no.db")}, LibraryError, None),
        (tmp_path, {"kind": "playlists", "name": "one"}, DatasetError, "several-lists"),
        (Path("/dev/zero"), {}, DatasetError, "not-a-file"),
        (Path("/dev/zero"), {"kind": "lastfm"}, DatasetError, "not-a-file"),
    ):
        with raises(error, code):
            import_history(path, **{"library": str(library), **options})
    with pytest.raises(NotInLibrary):
        forget_history("x", str(library))


def test_the_commands(library, tmp_path):
    (tmp_path / "mix.m3u").write_text("/music/Ann/01.mp3\nhttp://radio/x\n")
    runner = CliRunner()

    def run(*words):
        return runner.invoke(segue, ["--library", str(library), "history", *words])

    assert run("list").output.splitlines()[-1] == "Nothing was imported yet: segue history import PATH."
    document = json.loads(run("import", str(tmp_path / "mix.m3u"), "--json").output)
    assert (document["matched"], document["unmatched"], document["failed"]) == (1, 1, {})
    assert document["lists"][0]["unmatched"] == {"an address on the net, no file": 1}
    assert (
        run("import", str(tmp_path / "mix.m3u")).output.splitlines()[0] == "mix (playlist): 1 matched, 1 not"
    )
    listed = json.loads(run("list", "--json").output)
    assert [(one["name"], one["entries"], one["tracks"]) for one in listed] == [("mix", 1, 1)]
    assert run("forget", "mix").output == "Forgot mix.\n"
    (tmp_path / "bad.xspf").write_text("<")
    assert run("import", str(tmp_path), "--kind", "playlists").exit_code == 3


LISTS = st.lists(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(0, 99)), max_size=8), max_size=6
)


@given(LISTS, st.sets(st.integers(1, 12)), st.booleans())
def test_lists_become_interactions_pair_by_pair(drawn, catalogue, timed):
    lists = [
        TrackList(
            "x",
            "playlist",
            "/x",
            np.array([track for track, _, _ in rows], np.int64),
            np.array([count for _, count, _ in rows], np.float32),
            np.array([time_s for _, _, time_s in rows], np.int64) if timed else None,
        )
        for rows in drawn
    ]
    track_ids = np.array(sorted(catalogue), np.int64)
    found, left_out = interactions_of(lists, track_ids)
    assert found.item_ids == tuple(map(str, track_ids.tolist())) and len(found.user_ids) == len(lists)
    counts, times = {}, {}
    for user, rows in enumerate(drawn):
        for track, count, time_s in rows:
            counts[user, track] = counts.get((user, track), 0) + count
            times[user, track] = min(times.get((user, track), time_s), time_s)
    kept = {pair for pair in counts if pair[1] in catalogue}
    pairs = [(user, int(track_ids[item])) for user, item in zip(found.users, found.items, strict=True)]
    assert pairs == sorted(kept) and left_out == len(counts) - len(kept)
    assert found.counts.tolist() == [counts[pair] for pair in pairs]
    if timed and lists:
        assert found.times_s.tolist() == [times[pair] for pair in pairs]
    else:
        assert found.times_s is None


def test_a_killed_import_leaves_whole_lists_only(library, tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    for k in range(150):
        (folder / f"{k:03d}.m3u").write_text("/music/Ann/01.mp3\n/music/Zoe/01.mp3\n" * 50)
    code = (
        "from segue.service.history import import_history; "
        f"print('ready', flush=True); import_history({str(folder)!r}, library={str(library)!r})"
    )
    child = subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    while child.poll() is None and not list_history(str(library)):
        time.sleep(0.01)
    child.kill()
    child.wait()
    child.stdout.close()
    with Library.open(library) as opened:
        found = opened.list_summaries()
        assert opened.check().sound
    assert found, "killed before it began: nothing was tested"
    assert {one.entries for one in found} == {100}
    assert len(import_history(folder, library=str(library)).lists) == len(list_history(str(library))) == 150
