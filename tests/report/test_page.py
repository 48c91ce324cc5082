"""Pages hold nothing that was not put there: hostile text is escaped, nothing is loaded, tables stay tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import pytest

from segue.report.page import TEMPLATES, markdown_table, render, shown

HOSTILE = '<script>alert("x")</script> & "quotes"'


@dataclass(frozen=True)
class Kind:
    name: str
    count: int
    meaning: str


@dataclass(frozen=True)
class Finding:
    kind: str
    severity: str
    tracks: tuple[str, ...]
    evidence: str


def audit_page(**changed):
    values = {
        "name": "music",
        "summary": "3 tracks, 1 finding.",
        "unchecked": [],
        "kinds": [Kind("clipped", 1, "samples at full scale")],
        "severities": ["high", "low"],
        "findings": [Finding("clipped", "high", ("a.flac", "b.flac"), "12 samples")],
    }
    return render("audit.html", **values | changed)


def test_text_from_outside_is_escaped_everywhere():
    page = audit_page(
        name=HOSTILE,
        summary=HOSTILE,
        unchecked=[HOSTILE],
        findings=[Finding(HOSTILE, HOSTILE, (HOSTILE, HOSTILE), HOSTILE)],
    )
    assert "<script>alert" not in page and page.count("<script>") == 1
    assert unescape(page).count(HOSTILE) == 2 + 1 + 1 + 2 + 2 + 2 + 1


def test_bytes_that_are_no_text_and_characters_that_reorder_it_are_shown():
    page = audit_page(name="a\udcffb \u202egpj.exe \x1b[31m")
    assert "a\\udcffb \\u202egpj.exe \\x1b[31m" in page
    assert page.encode("utf-8")
    assert shown("two\nlines") == "two\nlines" and shown(3) == 3


def test_a_page_needs_nothing_beside_itself():
    page = audit_page()
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert not re.search(r"https?://|<link|src=|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page and "width=device-width" in page
    assert "<title>Audit of music</title>" in page and "<h1>Audit of music</h1>" in page


def test_a_name_that_is_not_given_is_a_mistake_of_the_program():
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        render("audit.html", name="music")


def test_a_markdown_table_keeps_its_columns_whatever_is_in_it():
    table = markdown_table(["model", "a|b"], [["x\ny", "1"], ["|", "2"]])
    assert table.splitlines() == ["| model | a\\|b |", "|---|---:|", "| x y | 1 |", "| \\| | 2 |"]
    assert markdown_table(["model"], []) == ""


def test_every_template_but_parts_is_a_page_of_the_base():
    for path in TEMPLATES.glob("*.html"):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert path.stem in ("base", "parts") or first == '{% extends "base.html" %}', path.name
