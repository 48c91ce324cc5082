"""A CSV of path and label, as people and their programs write them."""

from __future__ import annotations

import csv
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import DatasetError
from segue.research.datasets.folder import label_text
from segue.research.datasets.table import read_table
from segue.types import Tags
from tests.raising import raises
from tests.songs import write_song


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


def pairs(dataset):
    return [(track.path, track.label) for track in dataset.tracks]


def test_two_columns_without_a_header(tmp_path):
    assert pairs(read_table(table(tmp_path, "a.wav,rock\nb.wav,jazz\n"))) == [
        ("a.wav", "rock"),
        ("b.wav", "jazz"),
    ]


def test_columns_by_name_in_any_order(tmp_path):
    text = "Artist,Label,Path,Split,notes\nAnn; Bob,rock,a.wav,Validation,good\n,jazz,b.wav,,\n"
    dataset = read_table(table(tmp_path, text))
    assert pairs(dataset) == [("a.wav", "rock"), ("b.wav", "jazz")]
    assert dataset.tracks[0].artists == ("Ann", "Bob")
    assert dataset.tracks[0].part_of("own") == "valid"
    assert dataset.tracks[1].splits == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_byte_order_marks_delimiters_and_line_ends(tmp_path, encoding, delimiter, newline):
    text = newline.join(
        delimiter.join(row) for row in (("path", "label"), ("é.wav", "rock"), ("", ""), ("b.wav", "ja zz"))
    )
    assert pairs(read_table(table(tmp_path, text, encoding))) == [("b.wav", "ja zz"), ("é.wav", "rock")]


def test_quoted_commas_quotes_and_line_ends(tmp_path):
    dataset = read_table(table(tmp_path, 'path,label\n"first, ""take"" two.wav","drum\nand bass"\n'))
    assert pairs(dataset) == [('first, "take" two.wav', "drum\nand bass")]


def test_lines_that_cannot_be_used_are_told_with_their_number(tmp_path):
    text = "path,label\na.wav,rock\n,rock\nb.wav,\na.wav,rock\n./c.wav,rock\nc.wav,jazz\nonly\n"
    dataset = read_table(table(tmp_path, text))
    assert pairs(dataset) == [("a.wav", "rock")]
    causes = [problem.cause for problem in dataset.problems]
    assert causes == [
        "Line 3 has no path.",
        "Line 4 has no label.",
        "Line 5 lists a.wav again.",
        "Line 7 calls c.wav jazz, an earlier one rock: it is left out.",
        "Line 8 has no label.",
    ]


@pytest.mark.parametrize("header", ["path,label", ""])
def test_a_line_with_more_fields_than_columns_is_told(tmp_path, header):
    dataset = read_table(table(tmp_path, f"{header}\na, b.wav,rock\nc.wav,jazz,\n"))
    assert pairs(dataset) == [("c.wav", "jazz")]
    assert [problem.cause for problem in dataset.problems] == [
        "Line 2 has 3 fields for 2 columns; put quotes around what holds a separator."
    ]


def test_commas_in_a_name_do_not_hide_the_semicolon(tmp_path):
    assert pairs(read_table(table(tmp_path, "a, b, c.wav;rock\nd.wav;jazz\n"))) == [
        ("a, b, c.wav", "rock"),
        ("d.wav", "jazz"),
    ]
    assert pairs(read_table(table(tmp_path, "path;label;artist\na, b.wav;rock;Ann\n"))) == [
        ("a, b.wav", "rock")
    ]


def test_lines_before_the_header_may_be_blank(tmp_path):
    assert pairs(read_table(table(tmp_path, "\n  \nlabel;path\nrock;a.wav\n"))) == [("a.wav", "rock")]


def test_a_part_that_is_none_is_told(tmp_path):
    dataset = read_table(table(tmp_path, "path,label,split\na.wav,rock,dev\nb.wav,rock,test\n"))
    assert [track.splits for track in dataset.tracks] == [(), (("own", "test"),)]
    assert [problem.cause for problem in dataset.problems] == ["Line 2 names no part of a split: dev."]


def test_a_missing_file_stays_in_the_index(tmp_path):
    write_song(tmp_path / "a.wav", 1.0)
    assert pairs(read_table(table(tmp_path, "a.wav,rock\ngone.wav,rock\n"))) == [
        ("a.wav", "rock"),
        ("gone.wav", "rock"),
    ]


def test_paths_are_relative_to_the_folder_given_and_may_be_absolute(tmp_path):
    music = tmp_path / "music"
    song = write_song(music / "a.flac", 1.0, artist="Ann", title="One")
    dataset = read_table(table(tmp_path, f"a.flac,rock\n{song},jazz\n"), music)
    assert all((dataset.root / track.path).is_file() for track in dataset.tracks)
    assert {track.artist for track in dataset.tracks} == {"Ann"}, "from its tags"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no-labelled-audio"),
        (b"path,label\n", "no-labelled-audio"),
        ("path,label\né.wav,rock\n".encode("latin-1"), "not-utf-8"),
        ("path,label\na.wav,rock\n".encode("utf-16"), "not-utf-8"),
        (b'path,label\n"a.wav,rock\n', "not-csv"),
        (b"x" * 200_000, "not-csv"),
    ],
)
def test_what_is_no_table_is_an_error(tmp_path, data, code):
    path = tmp_path / "labels.csv"
    path.write_bytes(data)
    with raises(DatasetError, code):
        read_table(path)


def test_a_missing_table_is_a_sentence(tmp_path):
    with raises(DatasetError, "not-readable"):
        read_table(tmp_path / "none.csv")


NAME = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1).map(label_text)


@given(st.dictionaries(NAME.map(lambda name: f"{name}.wav"), NAME, min_size=1))
def test_what_was_written_comes_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label"])
        writer.writerows(rows.items())
    read = read_table(path, tags=lambda _: Tags())
    assert dict(pairs(read)) == {os.path.normpath(name): label for name, label in rows.items()}
    assert not read.problems
