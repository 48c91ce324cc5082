"""Last.fm and ListenBrainz exports, on small files of exactly their forms."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.history import lastfm, listenbrainz
from segue.history.times import seconds_of, unit_of
from tests.raising import raises

HEADER = "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid"


def read_lastfm(path):
    return read_whole(lastfm.read_lastfm, path)


def read_listenbrainz(path):
    return read_whole(listenbrainz.read_listenbrainz, path)


def read_whole(reader, path):
    """The listing with all its entries read, which is when damage shows."""
    found = reader(path)
    return replace(found, entries=tuple(found.entries))


def songs(listing):
    entries = sorted(listing.entries, key=lambda entry: entry.time_s)
    return [(entry.artist, entry.title, entry.time_s) for entry in entries]


def track(artist: str, title: str, uts: int | None, **more):
    date = {} if uts is None else {"date": {"uts": str(uts), "#text": "x"}}
    return {"artist": {"mbid": "", "#text": artist}, "name": title, "album": {"#text": "Al"}, **date, **more}


def page(*tracks, number=1):
    return {
        "recenttracks": {
            "track": list(tracks),
            "@attr": {"user": "ann", "page": str(number), "totalPages": "2"},
        }
    }


def test_lastfm_csv_with_a_header(tmp_path):
    future = int(time.time()) + 30 * 86_400
    rows = [
        '"1700000600","14 Nov 2023, 22:23","Björk","","Homogenic","","Jóga, live",""',
        '"1700000000","14 Nov 2023, 22:13","mgk","","","","fake",""',
        f'"{future}","x","A","","","","future",""',
        '"0","01 Jan 1970, 00:00","A","","","","no clock",""',
        '"1700000000","x","","","","","nobody",""',
        '"1700000000","too","short"',
    ]
    path = tmp_path / "recenttracks-ann-1.csv"
    path.write_text("\ufeff" + "\r\n".join([HEADER, *rows]) + "\r\n", encoding="utf-8", newline="")
    found = read_lastfm(path)
    assert songs(found) == [("mgk", "fake", 1700000000), ("Björk", "Jóga, live", 1700000600)]
    assert (found.name, found.kind, found.entries[0].album) == ("recenttracks-ann-1", "history", "Homogenic")
    assert found.dropped == {
        "rows that do not parse": 1,
        "no artist or no title": 1,
        "times that are no time": 1,
        "times in the future": 1,
    }


def test_lastfm_csv_without_a_header(tmp_path):
    path = tmp_path / "ann.csv"
    path.write_text(
        'Björk,Homogenic,Jóga,"14 Nov 2023 22:13"\nmgk,,fake,"14 Nov 2023, 22:14"\n', encoding="utf-8"
    )
    assert songs(read_lastfm(path)) == [("Björk", "Jóga", 1699999980), ("mgk", "fake", 1700000040)]


def test_lastfm_csv_without_a_header_and_with_commas(tmp_path):
    rows = [
        '"Crosby, Stills; Nash",Live; at; last,"Our House, live",14 Nov 2023, 22:13',
        "Ann,,Now playing,",
        'Björk,,"Jóga, live",14 Nov 2023 22:15',
        'mgk,,fake,"14 Nov 2023, 22:14"',
        "mgk,,fake,14 Nov 2023, 22:16, more",
    ]
    path = tmp_path / "ann.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = read_lastfm(path)
    assert songs(found) == [
        ("Crosby, Stills; Nash", "Our House, live", 1699999980),
        ("mgk", "fake", 1700000040),
        ("Björk", "Jóga, live", 1700000100),
    ]
    assert found.dropped == {"times that are no time": 1, "rows that do not parse": 1}


def test_lastfm_in_utf_16(tmp_path):
    path = tmp_path / "ann.csv"
    path.write_text(f'{HEADER}\n"1700000600","x","Björk","","H","","Jóga",""\n', encoding="utf-16")
    assert songs(read_lastfm(path)) == [("Björk", "Jóga", 1700000600)]


def test_lastfmstats_csv_and_json_count_milliseconds(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Artist;Album;AlbumId;Track;Date#ann\nBjörk;H;;Jóga;1700000000123\n", encoding="utf-8")
    assert songs(read_lastfm(path)) == [("Björk", "Jóga", 1700000000)]
    scrobbles = [{"track": "Jóga", "artist": "Björk", "album": "H", "albumId": "", "date": 1700000000123}]
    (tmp_path / "b.json").write_text(
        json.dumps({"username": "ann", "scrobbles": scrobbles}), encoding="utf-8"
    )
    assert songs(read_lastfm(tmp_path / "b.json")) == [("Björk", "Jóga", 1700000000)]


def test_lastfm_pages(tmp_path):
    playing = track("Now", "Playing", None, **{"@attr": {"nowplaying": "true"}})
    extended = {**track("x", "Two", 1600000200), "artist": {"name": "Ann", "url": "u"}}
    folder = tmp_path / "ann"
    folder.mkdir()
    (folder / "page1.json").write_text(json.dumps(page(playing, track("Ann", "Three", 1600000300), extended)))
    with gzip.open(folder / "page2.json.gz", "wt") as file:
        json.dump({"recenttracks": {"track": track("Ann", "One", 1600000100)}}, file)  # one track is no list
    found = read_lastfm(folder)
    assert songs(found) == [
        ("Ann", "One", 1600000100),
        ("Ann", "Two", 1600000200),
        ("Ann", "Three", 1600000300),
    ]
    assert found.dropped == {"songs that were just playing": 1} and found.name == "ann"
    pages = [page(track("Ann", "One", 1600000100)), page(number=2), [track("Ann", "Two", 1600000200)], 7]
    (tmp_path / "all.json").write_text(json.dumps(pages))
    both = read_lastfm(tmp_path / "all.json")
    assert len(both.entries) == 2 and both.dropped == {"rows that do not parse": 1}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (HEADER + "\n", "no-listens"),
        ("", "not-lastfm"),
        ("a,b\n1,2\n", "not-lastfm"),
        ('{"recenttracks": ', "no-listens"),
        (HEADER + "\n1700000000,x,A,,,,One,\n1700000000123,x,A,,,,Two,\n", "mixed-time-units"),
        (b"\xff\xfdartist", "not-utf-8"),
        ("[" * 100_000, "no-listens"),
        (HEADER + "\n1,2," + "x" * 200_000 + "\n", "not-csv"),
        (HEADER + "\n" + "x" * 2_000_000 + "\n", "line-too-long"),
    ],
)
def test_what_is_no_lastfm_export_is_an_error_with_a_code(tmp_path, content, code):
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with raises(DatasetError, code):
        read_lastfm(path)


def listen(artist, title, listened_at, **more):
    metadata = {
        "artist_name": artist,
        "track_name": title,
        "release_name": "Al",
        "additional_info": {},
        "mbid_mapping": None,
    }
    return {"listened_at": listened_at, "inserted_at": 1.7e9, "track_metadata": metadata, **more}


def write_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in files.items():
            archive.writestr(name, "".join(json.dumps(line) + "\n" for line in lines))
    return path


EXPORT = {
    "user.json": [{"user_id": 1, "username": "ann"}],
    "listens/2023/11.jsonl": [listen("Björk", "Jóga", 1700000600), listen("mgk", "fake", 1700000000)],
    "listens/2024/2.jsonl": [listen("A", "B", 1707000000.0), {"no": "listen"}, listen(None, "B", 1707000000)],
    "feedback.jsonl": [{"recording_msid": "x", "score": 1}],
}
HEARD = [("mgk", "fake", 1700000000), ("Björk", "Jóga", 1700000600), ("A", "B", 1707000000)]
LEFT_OUT = {"rows that do not parse": 1, "no artist or no title": 1}


def test_an_encrypted_listenbrainz_zip_is_named(tmp_path):
    path = write_zip(tmp_path / "locked.zip", EXPORT)
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")  # the first member as the table of contents has it
    content[entry + 8] |= 1
    path.write_bytes(bytes(content))
    with raises(DatasetError, "encrypted"):
        read_listenbrainz(path)


def test_listenbrainz_zip_folder_and_lines(tmp_path):
    zipped = read_listenbrainz(write_zip(tmp_path / "listenbrainz_ann_17.zip", EXPORT))
    assert (zipped.name, zipped.kind, zipped.dropped) == ("ann", "history", LEFT_OUT)
    assert songs(zipped) == HEARD
    with zipfile.ZipFile(tmp_path / "listenbrainz_ann_17.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    folder = read_listenbrainz(tmp_path / "unpacked")
    assert (folder.name, songs(folder), folder.dropped) == ("ann", HEARD, LEFT_OUT)
    lines = read_listenbrainz(tmp_path / "unpacked" / "listens" / "2023" / "11.jsonl")
    assert songs(lines) == HEARD[:2]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("form", ["array", "page", "pages"])
def test_listenbrainz_arrays_and_pages(tmp_path, form, indent):
    heard = [listen("B", "Two", 1700000200), {"no": "listen"}, listen("A", "One", 1700000100), 7]
    page = {"payload": {"count": 4, "user_id": "ann", "listens": heard}}
    document = {"array": heard, "page": page, "pages": [page, {"payload": {"listens": []}}]}[form]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document, indent=indent))
    found = read_listenbrainz(path)
    assert songs(found) == [("A", "One", 1700000100), ("B", "Two", 1700000200)]
    assert found.dropped == {"rows that do not parse": 2} and found.name == (
        "x" if form == "array" else "ann"
    )
    (tmp_path / "y.json").write_text(json.dumps(document, indent=indent))
    assert len(read_listenbrainz(tmp_path).entries) == 4, "a folder of them"


def test_a_listenbrainz_array_with_a_listen_a_line(tmp_path):
    lines = [json.dumps(listen("A", f"Song {k}", 1700000000 + k)) for k in range(3)]
    for name, text in (
        ("x", "[\n" + ",\n".join(lines) + "\n]\n"),
        ("y", "[" + ",\n".join(lines) + "]"),
        ("z", "\ufeff[" + "\n,".join(lines) + "\n]"),
        ("gone", "[\n" + "\n".join(lines)),  # broken off, and yet these are lines
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert len(read_listenbrainz(tmp_path / name).entries) == 3
    (tmp_path / "cut").write_text("[" + ",\n".join(lines)[:-9])
    found = read_listenbrainz(tmp_path / "cut")
    assert len(found.entries) == 2 and found.dropped == {"rows that do not parse": 1}


def test_listenbrainz_says_whose_each_line_is_and_a_user_json_whose_all_are(tmp_path):
    lines = [
        listen("A", "One", 1700000000, user_name="ann"),
        listen("A", "Two", None, timestamp=1700000100, user_name="bob"),
        {**listen("A", "Three", 0), "timestamp": 1700000200},
    ]
    (tmp_path / "dump.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = read_listenbrainz(tmp_path / "dump.jsonl")
    assert [(entry.title, entry.user) for entry in found.entries] == [("One", "ann"), ("Two", "bob")]
    assert found.name == "ann" and found.dropped == {"times that are no time": 1}
    (tmp_path / "one.jsonl").write_text(json.dumps(lines[0]))
    assert read_listenbrainz(tmp_path / "one.jsonl").name == "ann"
    files = {"user.json": [{"username": "cleo"}], "listens/2023/11.jsonl": lines}
    zipped = read_listenbrainz(write_zip(tmp_path / "x.zip", files))
    assert zipped.name == "cleo" and {entry.user for entry in zipped.entries} == {None}


def test_lines_of_any_json_are_counted(tmp_path):
    odd = ["[" * 100_000, "7", "null", '{"track_metadata": 1}', json.dumps(listen("A", "B", 10**400))]
    (tmp_path / "x.jsonl").write_text("\n".join([*odd, json.dumps(listen("A", "B", 1700000000))]))
    found = read_listenbrainz(tmp_path / "x.jsonl")
    assert len(found.entries) == 1
    assert found.dropped == {"rows that do not parse": 4, "times that are no time": 1}


def test_a_damaged_or_foreign_zip_is_one_sentence(tmp_path):
    other = write_zip(tmp_path / "other.zip", {"x.txt": []})
    with raises(DatasetError, "not-listenbrainz"):
        read_listenbrainz(other)
    good = write_zip(tmp_path / "good.zip", EXPORT).read_bytes()
    start = good.index(b"listens/2023/11.jsonl") + 30
    (tmp_path / "bad.zip").write_bytes(good[:start] + b"\x00" * 40 + good[start + 40 :])
    with raises(DatasetError, "not-readable"):
        read_listenbrainz(tmp_path / "bad.zip")
    with raises(DatasetError, "not-readable"):
        read_listenbrainz(tmp_path / "none.zip")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=15).filter(
    lambda t: t.strip() == t
)
HISTORY = st.lists(st.tuples(TEXT, TEXT, st.integers(1_000_000_000, 1_700_000_000)), min_size=1, max_size=8)


@given(HISTORY)
def test_what_goes_into_an_export_comes_out(tmp_path_factory, history):
    folder = tmp_path_factory.mktemp("history")
    expected = sorted(history, key=lambda heard: heard[2])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER.split(","))
    writer.writerows([uts, "x", artist, "", "", "", title, ""] for artist, title, uts in history)
    (folder / "a.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    assert songs(read_lastfm(folder / "a.csv")) == expected
    (folder / "a.json").write_text(json.dumps(page(*(track(*heard) for heard in history))))
    assert songs(read_lastfm(folder / "a.json")) == expected
    write_zip(folder / "a.zip", {"listens/2020/1.jsonl": [listen(*heard) for heard in history]})
    assert songs(read_listenbrainz(folder / "a.zip")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-11-14T22:13:20Z", 1700000000),
        ("2023-11-14 22:13:20", 1700000000),
        ("2023-11-14T23:13:20+01:00", 1700000000),
        ("14 Nov 2023, 22:13", 1699999980),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_written_out(text, expected):
    assert seconds_of(text) == expected


@given(st.integers(10**8, 4 * 10**9))
def test_units_are_told_by_size(seconds):
    # From 1973 on; what is earlier in milliseconds is read as seconds.
    names = ("seconds", "milliseconds", "microseconds", "nanoseconds")
    assert [unit_of(seconds * 1000**k) for k in range(4)] == list(names)
