"""Figures: the same drawing gives the same bytes, as PNG and as SVG."""

from __future__ import annotations

import sys

import pytest

from segue.errors import MissingExtra
from segue.report import plots
from tests.raising import raises


def drawn():
    figure, axes = plots.new(4.0, 3.0, columns=2, widths=(2, 1))
    axes[0].plot([0, 1], [1, 0], color=plots.BLUE)
    axes[1].set_title("second")
    return plots.finish(figure, "lines", "Two lines.")


def test_equal_drawings_are_equal_bytes_and_are_saved_in_both_forms(tmp_path):
    pytest.importorskip("matplotlib", reason="figures need the extra 'plots'")
    one, two = drawn(), drawn()
    assert one == two and one.png.startswith(b"\x89PNG") and ">second</text>" in one.svg
    paths = plots.save(one, tmp_path / "new", "stem")
    assert [path.name for path in paths] == ["stem.png", "stem.svg"]
    assert paths[1].read_text(encoding="utf-8") == one.svg


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    assert not plots.available()
    for call in (plots.require_plots, lambda: plots.new(1, 1)):
        with raises(MissingExtra, "missing-extra"):
            call()
