"""Any table: its columns, its times, its bad rows, and its size."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import math
import os
import subprocess
import sys
import textwrap
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.history import opening
from segue.research.interactions import batches
from segue.research.interactions.registry import read_interactions
from tests.raising import raises

SOURCE = Path(__file__).resolve().parents[3] / "src"


def rows(interactions):
    counts = interactions.counts.tolist()
    return {
        (interactions.user_ids[u], interactions.item_ids[i]): counts[k]
        for k, (u, i) in enumerate(zip(interactions.users, interactions.items, strict=True))
    }


def read(tmp_path, text, name="x.csv", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    interactions, content, report = read_interactions("table", path, **options)
    assert content is None
    assert report.rows == report.pairs + report.merged + sum(report.dropped.values())
    assert len(rows(interactions)) == report.pairs, "each pair once"
    order = np.lexsort((interactions.items, interactions.users))
    assert (order == np.arange(order.size)).all(), "sorted by user, then item"
    return interactions, report


def test_usual_names_are_told(tmp_path):
    text = "Track ID;rating;User-Id;Plays;Timestamp\nb;5;2;3;1700000000\na;5;10;1.5;1700000001\nb;1;2;1;1600000000\n"
    interactions, report = read(tmp_path, text)
    assert interactions.user_ids == ("2", "10") and rows(interactions) == {("2", "b"): 4, ("10", "a"): 1.5}
    assert interactions.times_s.tolist() == [1600000000, 1700000001], "the first time of a pair"
    assert (
        report.took == "column 'User-Id' as user, 'Track ID' as item, 'Plays' as count, 'Timestamp' as time"
    )


def test_columns_may_be_named(tmp_path):
    text = "who\twhat\thow\n1\tx\t2\n"
    interactions, _ = read(tmp_path, text, user="who", item="what", count="how")
    assert rows(interactions) == {("1", "x"): 2}


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("who,item\n1,2\n", {}, "no-column-for-role"),
        ("user,item\n1,2\n", {"count": "n"}, "no-such-column"),
        ("user,item\n1,2\n", {"user": "item"}, "column-in-two-roles"),
        ("user,user,item\n1,2,3\n", {}, "duplicate-column"),
        ("user,item\n", {}, "no-usable-rows"),
        ("", {}, "empty-file"),
        ("user\n1\n", {}, "no-separator"),
        ("user,item\r1,2\r", {}, "not-a-table"),
        ("user,item,count\n1,2,-1\n1,3,nan\n", {}, "no-usable-rows"),
        ("user,item,time\n1,2,1700000000\n1,3,1700000000000\n", {}, "mixed-time-units"),
        (b"\x1f\x8b\x08\x00", {}, "not-readable"),
        ("user,item\n1," + "x" * (14 << 20), {}, "row-too-long"),
        (gzip.compress(b"user,item\n" + b"1,2\n" * (18 << 20), 9), {}, "unpacks-too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 and "," not in value else "",
)
def test_what_cannot_be_read_is_an_error(tmp_path, text, options, code):
    with raises(DatasetError, code):
        read(tmp_path, text, **options)


def test_every_bad_row_is_counted(tmp_path):
    future = int(time.time()) + 40 * 86_400
    lines = [
        "user,item,count,time",
        "1,a,1,1700000000",
        "1,a,2,1600000000",  # merged
        "1,,1,1700000000",  # no item
        "1,b,-2,1700000000",
        "1,b,0,1700000000",
        "1,b,NaN,1700000000",
        "1,b,inf,1700000000",
        "1,b,many,1700000000",
        "1,b,1e300,1700000000",
        "1,b,1e-300,1700000000",
        "1,b,1,soon",
        "1,b,1,-5",
        f"1,b,1,{future}",
        "1,b,1,1700000000,more",  # does not parse
        "",
        "2,\ufffd,1,1700000000",
    ]
    interactions, report = read(tmp_path, "\n".join(lines) + "\n")
    assert rows(interactions) == {("1", "a"): 3} and report.merged == 1
    assert report.dropped == {
        "rows that do not parse": 1,
        "blank lines": 1,
        "no user or no item": 1,
        "counts that are no number": 3,
        "counts of zero or less": 3,
        "counts of a million million or more": 1,
        "times that are no time": 2,
        "times in the future": 1,
        "ids that are not valid text": 1,
    }
    assert report.noted == {"users with one item": 1}


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("seconds", "1700000000"),
        ("milliseconds", "1700000000999"),
        ("microseconds", "1700000000000001"),
        ("nanoseconds", "1700000000000000001"),
        ("floating point", "1700000000.7"),
        ("text", "2023-11-14 22:13:20"),
        ("ISO", "2023-11-14T22:13:20Z"),
        ("ISO with a zone", "2023-11-15T00:13:20+02:00"),
    ],
)
def test_times_in_every_unit(tmp_path, unit, written):
    interactions, _ = read(tmp_path, f"user,item,time\n1,a,{written}\n")
    assert interactions.times_s.tolist() == [1700000000], unit


def test_compressed_and_with_a_byte_order_mark(tmp_path):
    data = '\ufeffuser,item\r\n1,"a, \n ""b"""\r\n'.encode()
    for name, content in (
        ("x.csv", data),
        ("x.csv.gz", gzip.compress(data)),
        ("x.csv.bz2", bz2.compress(data)),
    ):
        interactions, _ = read(tmp_path, content, name)
        assert interactions.item_ids == ('a, \n "b"',)
    with raises(DatasetError, "not-readable"):
        read(tmp_path, gzip.compress(data * 5000)[:60], "cut.csv.gz")


def test_how_a_table_is_packed_is_told_by_its_bytes_not_its_name(tmp_path):
    data = b"user,item\n1,a\n"
    packed = (data, gzip.compress(data), bz2.compress(data), lzma.compress(data))
    for name in ("x.csv", "x.csv.gz", "x.csv.bz2", "x.csv.xz"):
        for content in packed:
            assert rows(read(tmp_path, content, name)[0]) == {("1", "a"): 1}
    interactions, _ = read(tmp_path, b"BZh,user,item\n9,1,a\n")
    assert rows(interactions) == {("1", "a"): 1}, "no bzip2, for all its beginning"
    with raises(DatasetError, "not-readable"):
        read(tmp_path, b"\x00" + gzip.compress(data)[1:], "x.csv.gz")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_as_it_is_streamed(tmp_path, encoding, monkeypatch):
    monkeypatch.setattr(opening, "_BUFFER_BYTES", 7)  # odd, so that characters are cut
    table = "\ufeffuser,item\r\nBjörk,🎵\r\nAnn,b\r\n"
    for name, content in (
        ("x.csv", table.encode(encoding)),
        ("x.csv.gz", gzip.compress(table.encode(encoding))),
    ):
        interactions, _ = read(tmp_path, content, name)
        assert rows(interactions) == {("Björk", "🎵"): 1, ("Ann", "b"): 1}
    _, report = read(tmp_path, table.encode(encoding) + "1,c".encode(encoding)[:-1])  # cut in a character
    assert report.dropped == {"ids that are not valid text": 1}


def test_a_folder_with_one_table(tmp_path):
    (tmp_path / "x.csv").write_text("user,item\n1,2\n")
    interactions, _, report = read_interactions(None, tmp_path)
    assert interactions.item_ids == ("2",) and report.kind == "table"
    (tmp_path / "y.csv").write_text("user,item\n1,2\n")
    with raises(DatasetError, "several-tables"):
        read_interactions("table", tmp_path)


def test_parquet_of_any_types(tmp_path):
    frame = pl.DataFrame(
        {
            "user": pl.Series([7.0, 7.0, None, 8.5]),
            "item": pl.Series(["a", "b", "c", "d"], dtype=pl.Categorical),
            "count": pl.Series([1, -1, 1, 3], dtype=pl.Int16),
            "time": pl.Series([1_700_000_000_000] * 4).cast(pl.Datetime("ms")),
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    interactions, _, report = read_interactions(None, tmp_path / "x.parquet")
    assert rows(interactions) == {("7", "a"): 1, ("8.5", "d"): 3}
    assert interactions.times_s.tolist() == [1700000000, 1700000000]
    assert report.dropped == {"no user or no item": 1, "counts of zero or less": 1}


def test_an_id_that_is_no_number_is_no_id(tmp_path):
    frame = pl.DataFrame(
        {"user": [1.0, 1.0, math.nan, 2.5, 3.0], "item": [4.0, math.nan, math.nan, math.inf, 4.0]}
    )
    frame.write_parquet(tmp_path / "x.parquet")
    interactions, _, report = read_interactions("table", tmp_path / "x.parquet")
    assert rows(interactions) == {("1", "4"): 1, ("3", "4"): 1}
    assert report.dropped == {"no user or no item": 3} and report.rows == 5


NO_VALUE = {
    "List(Int64)": [[1], [2]],
    "Struct({'a': Int64})": [{"a": 1}, {"a": 2}],
    "Duration(time_unit='us')": [timedelta(1), timedelta(2)],
}


@pytest.mark.parametrize("role", ["user", "item", "count", "time"])
@pytest.mark.parametrize("kind", NO_VALUE)
def test_a_column_of_no_plain_values_is_named_with_its_type(tmp_path, role, kind):
    good = {"user": [1, 2], "item": [1, 2], "count": [1, 2], "time": [1700000000, 1700000001]}
    pl.DataFrame({**good, role: NO_VALUE[kind]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(DatasetError) as raised:
        read_interactions("table", tmp_path / "x.parquet")
    assert str(raised.value) == (
        f"Column '{role}' of {tmp_path / 'x.parquet'} is of type {kind}, which is no {role}; "
        "name another column, or write one plain value a row."
    )


def test_a_date_is_no_count_and_categories_and_bytes_are_text(tmp_path):
    table = {"user": [b"a", b"\xff", b"b"], "item": ["x", "y", "z"], "count": ["2", "1", "3"]}
    frame = pl.DataFrame(table, schema_overrides={"count": pl.Categorical})
    frame.write_parquet(tmp_path / "x.parquet")
    interactions, _, report = read_interactions("table", tmp_path / "x.parquet")
    assert rows(interactions) == {("a", "x"): 2, ("b", "z"): 3}
    assert report.dropped == {"ids that are not valid text": 1}
    frame.with_columns(count=pl.date(2020, 1, 1)).write_parquet(tmp_path / "x.parquet")
    with raises(DatasetError, "column-type"):
        read_interactions("table", tmp_path / "x.parquet")


IDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd"), min_size=1, max_size=6
).filter(lambda text: text.strip() == text)
ROWS = st.lists(st.tuples(IDS, IDS, st.integers(-1, 9)), min_size=1, max_size=30)


@given(ROWS, st.randoms(use_true_random=False), st.sampled_from([17, 64, 1 << 20]))
def test_what_is_written_is_read_whatever_the_order_and_the_batches(
    tmp_path_factory, table, random, batch_bytes
):
    expected = Counter()
    for user, item, count in table:
        if count > 0:
            expected[user, item] += count
    shuffled = random.sample(table, len(table))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["user", "item", "count"])
    writer.writerows(shuffled)
    path = tmp_path_factory.mktemp("table")
    before, batches._BATCH_BYTES = batches._BATCH_BYTES, batch_bytes
    try:
        if not expected:
            with raises(DatasetError, "no-usable-rows"):
                read(path, text.getvalue())
            return
        interactions, report = read(path, text.getvalue())
    finally:
        batches._BATCH_BYTES = before
    assert rows(interactions) == dict(expected)
    assert sum(report.dropped.values()) == sum(count <= 0 for _, _, count in table)
    assert list(interactions.user_ids) == sorted(
        {u for u, _ in expected}, key=_order({u for u, _ in expected})
    )


def _order(ids):
    plain = all(one.isascii() and one.isdigit() and (one == "0" or one[0] != "0") for one in ids)
    return int if plain else str


def written(path, n_blocks):
    """A table of ``n_blocks`` equal blocks of 60,000 rows; its size in bytes."""
    rng = np.random.default_rng(0)
    filler = "x" * 66
    with path.open("w") as file:
        file.write("user_id,item_id,timestamp,note\n")
        block = "".join(
            f"user-{u:09d},item-{i:09d},{1_600_000_000 + t},{filler}\n"
            for u, i, t in zip(*(rng.integers(0, n, 60_000) for n in (2000, 300, 10**8)), strict=True)
        )
        for _ in range(n_blocks):
            file.write(block)
    return os.path.getsize(path)


def peak_bytes(path):
    """The most memory that a process of its own held which read the table, and the rows and pairs it found."""
    code = f"""
        from segue.research.interactions.registry import read_interactions
        interactions, _, report = read_interactions("table", {str(path)!r})
        peak = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM"))
        print(peak * 1024, report.rows, report.pairs + report.merged)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "POLARS_MAX_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory: no /proc on this system")
def test_a_table_is_streamed_not_loaded(tmp_path):
    """What memory grows by between a table and one three times its size is far less than the file grows by.

    Measured: 5 to 15 MB of memory for 207 MB of file, once all buffers are there (from 80 MB of file on); read
    whole it would be 207 MB or more.
    """
    small, large = written(tmp_path / "small.csv", 16), written(tmp_path / "large.csv", 48)
    (least, n_rows, _), (most, n_rows_large, n_counted) = map(
        peak_bytes, (tmp_path / "small.csv", tmp_path / "large.csv")
    )
    assert n_rows_large == n_counted == 48 * 60_000 == 3 * n_rows
    assert most - least < (large - small) / 2, (least, most)
