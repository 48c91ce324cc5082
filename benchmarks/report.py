"""Writing a measurement down: one JSON for machines, one Markdown table for people."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from segue.report.page import markdown_table

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python and the packages that a figure depends on."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    return markdown_table(header, [[str(cell) for cell in row] for row in rows], numeric=False)


def write(name: str, markdown: str, data: dict[str, Any]) -> None:
    """Write ``docs/results/NAME.md`` and ``NAME.json`` and print the Markdown."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.md").write_text(markdown.rstrip() + "\n", encoding="utf-8")
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    print(markdown)
