"""Odd texts from a grammar for every importer, and odd passports, libraries and configurations."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests.songs import write_song

from benchmarks.hostile.run import Tally, segue

_ODD = (
    "", " ", "\x00", "\x1b[31mred\x1b[0m", "\x9b31m", "\u202egnp.exe", "\u2066x", "é" * 300, "a" * 5000, "ﷺ", "🎼",
    "../../etc/passwd", "file://[x/a.mp3", "file://\u2100/a", "file:///%00", "http://x/%zz", "C:\\a\\b", "=1+1", "@SUM(A1)",
    "-1", "1e999", "nan", "9" * 5000, "2300-01-01", "0000-00-00T00:00:00Z", "{", "]", '"', "'", ",", "\t", "\r\n", "#EXTINF:",
    "#EXTINF:1,a - ( mono" + "( mono" * 400, "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "\udce9",
)  # fmt: skip
Odd = Callable[[np.random.Generator], tuple[str, bytes]]


def _word(rng: np.random.Generator) -> str:
    n = int(rng.integers(1, 4))
    return "".join(_ODD[int(rng.integers(len(_ODD)))] for _ in range(n))


def _bytes(text: str, rng: np.random.Generator) -> bytes:
    encoding = ("utf-8", "utf-8", "utf-16", "latin-1")[int(rng.integers(4))]
    return text.encode(encoding, "surrogatepass" if encoding != "latin-1" else "replace")


def m3u(rng: np.random.Generator) -> tuple[str, bytes]:
    """An M3U playlist."""
    lines = ["#EXTM3U"] if rng.random() < 0.7 else []
    for _ in range(int(rng.integers(0, 30))):
        lines += [f"#EXTINF:{_word(rng)},{_word(rng)} - {_word(rng)}", _word(rng)]
    return "list.m3u8", _bytes("\n".join(lines), rng)


def pls(rng: np.random.Generator) -> tuple[str, bytes]:
    """A PLS playlist."""
    lines = ["[playlist]"]
    for number in range(int(rng.integers(0, 20))):
        lines += [
            f"File{_word(rng) if rng.random() < 0.3 else number}={_word(rng)}",
            f"Title{number}={_word(rng)}",
        ]
    return "list.pls", _bytes("\n".join([*lines, f"NumberOfEntries={_word(rng)}"]), rng)


def xspf(rng: np.random.Generator) -> tuple[str, bytes]:
    """An XSPF playlist, sometimes with entities or deep nesting."""
    deep = int(rng.integers(0, 5000)) if rng.random() < 0.2 else 0
    tracks = "".join(
        f"<track><location>{_word(rng)}</location><title>{_word(rng)}</title></track>" for _ in range(5)
    )
    body = f"<playlist xmlns='http://xspf.org/ns/0/'><trackList>{'<a>' * deep}{tracks}</trackList></playlist>"
    return "list.xspf", _bytes(f"<?xml version='1.0'?><!DOCTYPE p [<!ENTITY l 'lol'>]>{body}", rng)


def lastfm(rng: np.random.Generator) -> tuple[str, bytes]:
    """A Last.fm CSV."""
    lines = ["uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid"]
    lines += [",".join(_word(rng) for _ in range(int(rng.integers(0, 10)))) for _ in range(20)]
    return "lastfm.csv", _bytes("\n".join(lines), rng)


def listens(rng: np.random.Generator) -> tuple[str, bytes]:
    """ListenBrainz JSON, sometimes nested deeply or cut."""
    if rng.random() < 0.2:
        depth = int(rng.integers(100, 20_000))
        return "listens.json", b"[" * depth + b"]" * (depth if rng.random() < 0.5 else 0)
    rows = [
        {
            "listened_at": _odd_value(rng),
            "track_metadata": {"artist_name": _odd_value(rng), "track_name": _odd_value(rng)},
        }
        for _ in range(10)
    ]
    text = json.dumps(rows) if rng.random() < 0.5 else "\n".join(json.dumps(row) for row in rows)
    return "listens.json", text.encode()[: int(rng.integers(1, len(text) * 2))]


def _odd_value(rng: np.random.Generator) -> object:
    return (None, [], {}, True, -1, 1e308, 10**30, _word(rng).encode("utf-8", "replace").decode(), [[]])[
        int(rng.integers(9))
    ]


def packed(rng: np.random.Generator) -> tuple[str, bytes]:
    """A playlist or history in gzip or zip, sometimes expanding enormously, with odd names, or cut."""
    name, data = SOURCES[int(rng.integers(5))](rng)
    if rng.random() < 0.15:
        data = b"#EXTM3U\n" + b"x" * 50_000_000
    if rng.random() < 0.5:
        packed_data, suffix = gzip.compress(data), ".gz"
    else:
        store = io.BytesIO()
        with zipfile.ZipFile(store, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(("../" if rng.random() < 0.3 else "") + name, data)
        packed_data, suffix = store.getvalue(), ".zip"
    if rng.random() < 0.4:
        spoiled = bytearray(packed_data)
        for _ in range(5):
            spoiled[int(rng.integers(len(spoiled)))] ^= 0xFF
        packed_data = bytes(spoiled)[: int(rng.integers(1, len(spoiled) + 1))]
    return (name + ".gz" if suffix == ".gz" else "list.zip"), packed_data


SOURCES: tuple[Odd, ...] = (m3u, pls, xspf, lastfm, listens, packed)


def campaign(n: int, seed: int) -> Tally:
    """Return what became of ``n`` odd texts, passports and libraries."""
    rng, tally = np.random.default_rng(seed), Tally()
    with tempfile.TemporaryDirectory(prefix="segue-hostile-") as name:
        folder = Path(name)
        song = write_song(folder / "music" / "a.flac", 3.0, 1, artist="A", title="T")
        write_song(folder / "music" / "b.ogg", 3.0, 2, artist="\x1b[31mB", title="U")
        assert segue("scan", "music", folder=folder).status == 0
        good = (folder / "library.db").read_bytes()
        for number in range(n):
            kind = number % 8
            if kind < 6:
                _import(SOURCES[kind], folder, rng, tally)
            elif kind == 6:
                _library(good, folder, rng, tally)
            else:
                _model(song, folder, rng, tally)
            if song.read_bytes()[:4] != b"fLaC":
                tally.fault("file overwritten", str(song))
    return tally


def _import(make: Odd, folder: Path, rng: np.random.Generator, tally: Tally) -> None:
    name, data = make(rng)
    (folder / name).write_bytes(data)
    done = segue("history", "import", name, folder=folder)
    tally.judge(done, f"import of {make.__name__}")
    (folder / name).unlink()


def _library(good: bytes, folder: Path, rng: np.random.Generator, tally: Tally) -> None:
    path = folder / "stranger.db"
    path.write_bytes(good)
    connection = sqlite3.connect(path)
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for _ in range(int(rng.integers(1, 4))):
            _spoil_table(connection, tables[int(rng.integers(len(tables)))], rng)
        connection.commit()
    except sqlite3.Error:
        pass  # a constraint held: the file is as it was
    finally:
        connection.close()
    for words in (
        ("stats",),
        ("failures",),
        ("doctor",),
        ("like", "music/a.flac"),
        ("history", "list"),
        ("scan", "music"),
    ):
        done = segue(*words, "--library", path, folder=folder)
        tally.judge(done, f"{words[0]} with a stranger's library")
    for beside in folder.glob("stranger.db*"):
        beside.unlink()


def _spoil_table(connection: sqlite3.Connection, table: str, rng: np.random.Generator) -> None:
    names = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    way = int(rng.integers(5))
    if way == 0:
        connection.execute(f'DROP TABLE "{table}"')
    elif way == 1:
        connection.execute(f'CREATE TRIGGER odd AFTER INSERT ON "{table}" BEGIN SELECT 1; END')
    elif names:
        name = names[int(rng.integers(len(names)))]
        values = (None, -1, 1e308, float("inf"), "\x1b[31m", b"\x00\xff", "{", "[]", b"\x00" * 384, "nan")
        connection.execute(f'UPDATE "{table}" SET "{name}" = ?', (values[int(rng.integers(len(values)))],))


def _model(song: Path, folder: Path, rng: np.random.Generator, tally: Tally) -> None:
    from segue.model.network import shipped_model

    weights = folder / "odd.onnx"
    weights.write_bytes(shipped_model().read_bytes() if rng.random() < 0.7 else rng.bytes(1000))
    passport = json.loads(shipped_model().with_suffix(".json").read_text())
    for _ in range(int(rng.integers(1, 4))):
        _spoil_document(passport, rng)
    text = json.dumps(passport)
    if rng.random() < 0.1:
        text = "[" * 5000
    weights.with_suffix(".json").write_text(text)
    done = segue("genres", "--model", weights, song, folder=folder)
    tally.judge(done, "genres by a stranger's model")
    if "nan%" in done.out:
        tally.fault("nan shown", done.out)
    weights.unlink()


def _spoil_document(document: dict[str, object], rng: np.random.Generator) -> None:
    key = sorted(document)[int(rng.integers(len(document)))]
    inner = document[key]
    if isinstance(inner, dict) and inner and rng.random() < 0.8:
        _spoil_document(inner, rng)
    else:
        values = (None, 0, -1, 1e9, 10**18, "", "\x1b[31m", [], {}, True, "9" * 1000)
        document[key] = values[int(rng.integers(len(values)))]
