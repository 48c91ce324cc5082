"""Explicit before environment before the user's data folder."""

from __future__ import annotations

from pathlib import Path

from segue.errors import LibraryError
from segue.library.location import library_path
from tests.raising import raises


def test_an_empty_name_is_a_mistake(monkeypatch, tmp_path):
    monkeypatch.setenv("SEGUE_LIBRARY", str(tmp_path / "mine.db"))
    with raises(LibraryError, "library-name-empty"):
        library_path("")


def test_where_the_library_lies(monkeypatch, tmp_path):
    monkeypatch.delenv("SEGUE_LIBRARY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    default = library_path()
    assert default.name == "library.db"
    assert "segue" in default.parts
    monkeypatch.setenv("SEGUE_LIBRARY", "~/mine.db")
    assert library_path() == Path.home() / "mine.db"
    assert library_path(tmp_path / "other.db") == tmp_path / "other.db"
    monkeypatch.setenv("SEGUE_LIBRARY", "")
    assert library_path() == default
