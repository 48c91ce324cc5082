"""What is installed stays small: facts ship, other people's data does not."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "segue"
FACTS = PACKAGE / "research" / "datasets" / "facts"


def shipped() -> list[Path]:
    return [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_a_wheel_of_it_is_below_fifteen_megabytes():
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in shipped():
            archive.write(path, path.relative_to(PACKAGE.parent))
    assert len(wheel.getvalue()) < 15_000_000


def test_facts_are_ids_numbers_hashes_and_parts():
    assert [path.name for path in FACTS.iterdir()] == ["gtzan.csv"]
    header, *lines = (FACTS / "gtzan.csv").read_text(encoding="utf-8").splitlines()
    assert header == "track_id,n_samples,sha256,fault_filtered"
    for line in lines:
        track_id, n_samples, digest, part = line.split(",")
        assert track_id.split(".")[1].isdigit() and int(n_samples) > 600_000
        assert len(digest) == 64 and int(digest, 16)
        assert part in ("train", "valid", "test", "")
