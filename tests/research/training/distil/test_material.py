"""Targets on the grid of units: tags go to the unit they are centred in; GTZAN's validation and test parts stay out."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from segue.research.training.distil.material import N_UNITS, principal_axes, read_gtzan, unit_tags


def test_a_tag_heard_only_late_is_a_tag_of_the_last_unit():
    tags = np.zeros((28, 50))
    tags[-4:, 7] = 1.0
    by_unit = unit_tags(tags)
    assert by_unit.shape == (N_UNITS, 50)
    assert by_unit[-1, 7] > 0.5
    assert (by_unit[:-1, 7] < 0.2).all()


def test_principal_components_have_spread_one_and_fall():
    rows = np.random.default_rng(0).normal(size=(500, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    mean, axes = principal_axes(rows, 3)
    found = (rows - mean) @ axes
    assert found.std() == pytest.approx(1.0, abs=0.02)
    assert (np.diff(found.std(axis=0)) <= 1e-6).all()


def test_no_validation_or_test_clip_is_learned_from(shared_dir):
    clips = read_gtzan(shared_dir)
    splits = shared_dir / "data/gtzan/splits"
    away = {
        Path(line).stem
        for name in ("valid", "test")
        for line in (splits / f"{name}_filtered.txt").read_text().split()
    }
    assert not away & set(clips["id"])
    assert np.isfinite(clips["tags"]).all(axis=(1, 2)).sum() == 442
