"""What others get of a comparison is enough to compute its figures without segue."""

from __future__ import annotations

import csv
from collections import defaultdict

import numpy as np
import pytest

from segue.grading.run import compare
from segue.research.compare.export import export
from segue.research.interactions.registry import read_interactions
from tests.research.compare.blocks import write_blocks

pytest.importorskip("polars", reason="reading interactions needs the extra cf")


@pytest.mark.parametrize("trials", [0, 2])
def test_recall_from_the_files_is_recall_in_the_report(tmp_path, trials):
    interactions, content, _ = read_interactions("mpd-audio", write_blocks(tmp_path / "blocks"))
    found = compare(
        interactions,
        content,
        "warm",
        models=["ease", "content"],
        seeds=(0, 1),
        trials=trials,
        out=tmp_path / "m",
    )
    export(found, interactions, content, tmp_path / "export")
    for number, seed in enumerate(found.seeds):
        folder = tmp_path / "export" / f"seed-{seed}"
        hidden, given = defaultdict(set), defaultdict(list)
        for line in (folder / "qrels.txt").read_text().splitlines():
            user, _, item, relevant = line.split()
            assert relevant == "1"
            hidden[user].add(item)
        for line in (folder / "runs" / "ease.txt").read_text().splitlines():
            user, q0, item, rank, score, tag = line.split()
            assert (q0, tag) == ("Q0", "ease") and int(rank) + int(score) == 21
            given[user].append(item)
        measured = found.measured["ease"][number]
        recall = {user: len(items & set(given[user])) / len(items) for user, items in hidden.items()}
        with (folder / "per-user" / "ease.csv").open() as file:
            rows = {row["user"]: float(row["recall@20"]) for row in csv.DictReader(file)}
        assert rows == pytest.approx(recall, abs=1e-5) and len(rows) == len(measured.users)
        assert np.mean(list(recall.values())) == pytest.approx(np.nanmean(measured.per_user["recall@20"]))
        with (folder / "split.csv").open() as file:
            parts = {(row["user"], row["item"]): row["part"] for row in csv.DictReader(file)}
        for user, items in hidden.items():
            assert {parts[user, item] for item in items} == {"test"}
        assert set(parts.values()) >= {"train", "validation", "test"}
        assert len(parts) == len(interactions.users) if not trials else len(parts) < len(interactions.users)
