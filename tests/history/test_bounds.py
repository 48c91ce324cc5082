"""Files made to take memory or time: one error each, asked while reading; every pattern is linear."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from segue import text
from segue.errors import DatasetError
from segue.history import (
    documents,
    guess,
    lastfm,
    listenbrainz,
    locations,
    matching,
    opening,
    playlists,
    times,
)
from segue.history.documents import json_values
from segue.history.matching import song_key
from segue.history.opening import opened, opened_zip, text_lines
from tests.raising import raises

SOURCE = Path(__file__).resolve().parents[2] / "src"


def zeros(n_bytes: int) -> bytes:
    return gzip.compress(bytes(n_bytes), 9)


def packed_row(path: Path) -> Path:
    """A gzip of 0.1 MB with a header of Last.fm and one row of a hundred times that."""
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"uts,artist,track\n1,")
        for _ in range(100):
            file.write(b"x" * (1 << 20))
    return path


def test_one_endless_row_is_refused_before_it_is_held(tmp_path):
    with raises(DatasetError, "line-too-long"):
        list(lastfm.read_lastfm(packed_row(tmp_path / "x.csv.gz")).entries)


def test_bytes_that_unpack_without_end_are_refused(tmp_path):
    (tmp_path / "x.gz").write_bytes(zeros(100 << 20))
    with raises(DatasetError, "unpacks-too-large"), opened(tmp_path / "x.gz") as file:
        while file.read(1 << 20):
            pass
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("listens/2023/1.jsonl", "w") as member:
            for _ in range(100):
                member.write(b" " * (1 << 20))
    with raises(DatasetError, "unpacks-too-large"):
        list(listenbrainz.read_listenbrainz(tmp_path / "x.zip").entries)


def test_a_zip_of_too_many_files_is_refused(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for k in range(30):
            archive.writestr(f"listens/2023/{k}.jsonl", "")
    monkeypatch.setattr(opening, "MAX_MEMBERS", 29)
    with raises(DatasetError, "too-many-members"), opened_zip(tmp_path / "x.zip"):
        pass
    monkeypatch.setattr(opening, "_MAX_DIRECTORY_BYTES", 29 * 46)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # refused before the table of contents is read
    with raises(DatasetError, "too-many-members"), opened_zip(tmp_path / "x.zip"):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_only_regular_files_are_read(tmp_path, kind):
    os.mkfifo(tmp_path / "pipe")
    path = {"device": Path("/dev/zero"), "pipe": tmp_path / "pipe", "folder": tmp_path}[kind]
    with raises(DatasetError, "not-a-file"), opened(path):
        pass
    if kind != "folder":
        with raises(DatasetError, "not-a-file"):
            guess.guess_kind(path)


@pytest.mark.parametrize(
    "damage",
    [
        (b"PK\x01\x02", 6, b"\xff\xff"),  # a version from the future
        (b"PK\x05\x06", 16, b"\xff\xff\xff\x7f"),  # a table of contents that lies elsewhere
        (b"PK\x05\x06", 12, b"\xff\xff\xff\x00"),
        (b"PK\x01\x02", 10, b"\x63\x00"),  # a method nobody knows
        (b"PK\x01\x02", 28, b"\xff\xff"),  # a name that goes on beyond the end
    ],
)
def test_a_zip_with_an_odd_directory_is_one_error(tmp_path, damage):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("listens/2023/1.jsonl", '{"listened_at": 1, "track_metadata": {}}\n')
    changed = bytearray(content.getvalue())
    mark, offset, value = damage
    at = changed.index(mark) + offset
    changed[at : at + len(value)] = value
    path = tmp_path / "x.zip"
    path.write_bytes(bytes(changed))
    with raises(DatasetError):
        guess.guess_kind(path)
        list(listenbrainz.read_listenbrainz(path).entries)


def values(content: str, source: str = "x") -> tuple[list[object], int]:
    broken: list[int] = []
    return list(json_values(io.StringIO(content), source, lambda: broken.append(1))), len(broken)


@pytest.mark.parametrize(
    ("content", "found", "n_broken"),
    [
        ('{"a": 1}\n{"b": 2}\n', [{"a": 1}, {"b": 2}], 0),
        ('[{"a": 1}, [2, 3], "x"]', [{"a": 1}, 2, 3, "x"], 0),
        ('\ufeff[\n{"a":1}\n,{"b":2}]\n', [{"a": 1}, {"b": 2}], 0),
        ('{"a": 1\n{"b": 2}\n', [{"b": 2}], 1),
        ("[" * 3000 + "\n7", [7], 1),
        ("{" + '"a":{' * 50_000 + "\n7", [7], 1),
        ("1" * 5000 + "\n7", [7], 1),
        ('[1, 2, "cut', [1, 2], 1),
        ("[1, nonsense\n2]", [1, 2], 1),
        ("", [], 0),
    ],
)
def test_json_value_by_value(content, found, n_broken):
    assert values(content) == (found, n_broken)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 16])
def test_json_is_the_same_whatever_is_read_at_once(size, monkeypatch):
    monkeypatch.setattr(documents, "_FIRST_READ", size)
    rows = [{"a": 'x"\\\n😀', "n": -12.5e3, "t": True, "z": None, "in": [[1], {"y": 0.5}]}, 123456, "é"]
    assert values(json.dumps(rows)) == (rows, 0)
    assert values(json.dumps(rows, indent=2, ensure_ascii=False)) == (rows, 0)
    assert values("\n".join(map(json.dumps, rows))) == (rows, 0)


def test_a_large_object_is_entered_for_its_listens_only(monkeypatch):
    monkeypatch.setattr(documents, "MAX_VALUE", 200)
    monkeypatch.setattr(documents, "_FIRST_READ", 50)
    tracks = [{"artist": "A", "track": str(k)} for k in range(100)]
    whole = {"username": "ann", "other": [{"artist": "no"}], "scrobbles": tracks, "end": {"a": 1}}
    assert values(json.dumps(whole)) == (tracks, 0)
    assert values(json.dumps([{"recenttracks": {"track": tracks, "@attr": {}}}])) == (tracks, 0)


def test_broken_json_is_not_passed_over_in_silence():
    with raises(DatasetError, "json-broken"):
        values('[{"a": 1}, {"b" 2}, ' + ", ".join(['{"c": 3}'] * 200_000) + "]")
    with raises(DatasetError, "json-broken"):
        values('"' + "x" * (8 << 20))


def test_a_long_line_of_a_playlist_costs_that_line(tmp_path):
    path = tmp_path / "x.m3u"
    path.write_text("a.mp3\n" + "x" * (3 << 20) + "\nb.mp3\n" + "y" * 40_000 + "\n")
    found = playlists.read_playlist(path)
    assert [entry.location for entry in found.entries] == ["a.mp3", "b.mp3"]
    assert sum(found.dropped.values()) == 2
    with raises(DatasetError, "line-too-long"):
        list(text_lines(path))


ROOMS = (documents, guess, lastfm, listenbrainz, locations, matching, opening, playlists, times, text)
PATTERNS = {
    f"{room.__name__}.{name}": value
    for room in ROOMS
    for name, value in vars(room).items()
    if isinstance(value, re.Pattern)
}
REPEATED = (
    "( mono",
    "(",
    " (mono",
    "- mono ",
    " - ",
    "a-",
    "feat. ",
    "(feat",
    "listens/1/",
    "1",
    ".../",
    ",]",
)
STARTS = ("", "listens/", "mpd.slice.", "File", "C:", "file:", "x (")


def seconds_of_cpu(pattern: re.Pattern, content: str | bytes) -> float:
    """The least of three runs of everything the package does with a pattern."""
    least = float("inf")
    for _ in range(3):
        begin = time.process_time()
        pattern.match(content), pattern.fullmatch(content), pattern.search(content)
        pattern.sub(content[:0], content)
        least = min(least, time.process_time() - begin)
    return least


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_is_linear(name):
    """Eight times the text may take 8 times as long: 30 allows for noise, a square would be 64 and a cube 512."""
    pattern = PATTERNS[name]
    for start in STARTS:
        for repeated in REPEATED:
            short, long = (start + (repeated * n)[:n] for n in (4_000, 32_000))
            if isinstance(pattern.pattern, bytes):
                short, long = short.encode(), long.encode()
            took = seconds_of_cpu(pattern, long)
            assert took < 0.02 or took < 30 * seconds_of_cpu(pattern, short), (start, repeated)


@pytest.mark.parametrize("repeated", REPEATED)
def test_a_name_of_any_length_is_cut_before_it_is_matched(repeated):
    begin = time.process_time()
    for _ in range(20):
        song_key("a", repeated * 100_000)
    song_key(repeated * 100_000, "b")
    assert time.process_time() - begin < 2, "cut to a thousand characters"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory: no /proc on this system")
@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_memory_does_not_grow_with_a_history(tmp_path, form):
    """Twelve times the listens: each costs less than 100 bytes more; held as objects it was 588."""
    peaks = [peak_of_import(tmp_path, form, n_listens) for n_listens in (20_000, 240_000)]
    assert (peaks[1] - peaks[0]) / 220_000 < 100, peaks


def peak_of_import(folder: Path, form: str, n_listens: int) -> int:
    path = folder / f"{n_listens}.{form}"
    with path.open("w") as file:
        head, line, end = {
            "csv": ("uts,artist,track\n", "{t},Ann,Song {k}\n", ""),
            "json": ('[{"a": 0}', ',{{"artist": "Ann", "name": "Song {k}", "date": {{"uts": "{t}"}}}}', "]"),
            "jsonl": ("", '{{"listened_at": {t}, "track_metadata": {{"artist_name": "Ann", "track_name": "S{k}"}}}}\n', ""),
        }[form]  # fmt: skip
        file.write(head)
        file.writelines(line.format(t=1_500_000_000 + k, k=k) for k in range(n_listens))
        file.write(end)
    code = f"""
        from segue.library.store import Library
        from segue.service.history import import_history
        library = {str(folder / "library.db")!r}
        Library.open(library).close()
        found = import_history({str(path)!r}, library=library)
        peak = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM"))
        print(peak * 1024, found.unmatched)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert done.returncode == 0, done.stderr
    peak, n_unmatched = map(int, done.stdout.split())
    assert n_unmatched >= n_listens
    return peak


def test_the_product_reads_histories_without_polars(tmp_path):
    (tmp_path / "x.csv").write_text("uts,artist,track\n1700000000,A,B\n")
    code = (
        "import sys; sys.modules['polars'] = None; sys.modules['pyarrow'] = None; from pathlib import Path\n"
        "from segue.history.guess import guess_kind; from segue.history.lastfm import read_lastfm\n"
        f"path = Path({str(tmp_path / 'x.csv')!r}); print(guess_kind(path), len(list(read_lastfm(path).entries)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert done.stdout.split() == ["lastfm", "1"], done.stderr


def test_standard_input_is_a_file_like_others(tmp_path):
    path = tmp_path / "x.m3u"
    path.write_text("#EXTM3U\na.mp3\n")
    code = (
        "from segue.library.store import Library; from segue.service.history import import_history, list_history\n"
        f"library = {str(tmp_path / 'library.db')!r}; Library.open(library).close()\n"
        "print(import_history('-', library=library).unmatched, [one.source for one in list_history(library)])"
    )
    with path.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdin=file,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
    assert done.stdout.split() == ["1", "['-']"], done.stderr
