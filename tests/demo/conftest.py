"""The demo library, composed once for all tests; demo/ is a folder of scripts, so its path is added here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "demo"))


@pytest.fixture(scope="session")
def demo_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that `python demo/compose.py` writes at seed 0."""
    from compose import compose

    folder = tmp_path_factory.mktemp("demo library")
    compose(folder, seed=0)
    return folder


@pytest.fixture(scope="session")
def manifest(demo_library: Path) -> list[dict]:
    """The entries of its manifest.json, one per piece."""
    return json.loads((demo_library / "manifest.json").read_text(encoding="utf-8"))["pieces"]
