"""The JSON of every command is what it was: see tests/golden/rules.py for how closely, make.py to change it on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden.make import FOLDER, shown
from tests.golden.material import make_material
from tests.golden.rules import differences
from tests.golden.run import SKIPPED, run_steps
from tests.golden.steps import FILES

TRAINING = ("train",)  # with torch: as long as all others together


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_material(tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="module")
def given(folder: Path) -> dict[str, dict[str, Any]]:
    """What every step gives now, but for training."""
    return run_steps(folder, [file for file in FILES if file not in TRAINING])


@pytest.fixture(scope="module")
def given_by_training(folder: Path) -> dict[str, dict[str, Any]]:
    return run_steps(folder, TRAINING)


@pytest.mark.parametrize("file", [file for file in FILES if file not in TRAINING])
def test_its_documents_are_as_they_were(file, given):
    check(file, given[file])


@pytest.mark.parametrize("file", TRAINING)
def test_its_documents_are_as_they_were_after_training(file, given_by_training):
    check(file, given_by_training[file])


def check(file: str, now: dict[str, Any]) -> None:
    kept = json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))
    given = {step: result for step, result in now.items() if result != SKIPPED}
    assert not {step: result["crash"] for step, result in given.items() if "crash" in result}
    if not given:
        pytest.skip(f"{file}: needs packages that are not installed")
    wrong = [
        line
        for step, result in given.items()
        for line in differences(kept[step], json.loads(json.dumps(shown(result))), file, step)
    ]
    assert not wrong, "\n".join(sorted(wrong)[:40])
    assert kept.keys() == now.keys()


def test_what_differs_is_found():
    tracks = [{"path": "a", "score": 0.5}, {"path": "b", "score": 0.4}, {"path": "c", "score": 0.3999}]
    swapped = [tracks[0], tracks[2], tracks[1]]
    kept = {"exit": 0, "document": {"tracks": tracks}}
    assert not list(differences(kept, {"exit": 0, "document": {"tracks": swapped}}, "like"))
    for wrong in (
        {"exit": 1, "document": {"tracks": tracks}},
        {"exit": 0, "document": {"tracks": tracks[:2]}},
        {"exit": 0, "document": {"tracks": [tracks[1], tracks[0], tracks[2]]}},
        {"exit": 0, "document": {"tracks": [tracks[0], tracks[1], {"path": "c", "score": 0.39}]}},
        {"exit": 0, "document": {"tracks": tracks, "more": 1}},
        {"exit": 0, "document": {"tracks": [{"name": "a", "score": 0.5}, *tracks[1:]]}},
        {"exit": 0, "document": {}},
    ):
        assert list(differences(kept, wrong, "like"))


def test_golden_files_are_small():
    assert sum(path.stat().st_size for path in Path(FOLDER).glob("*.json")) < 400_000
