"""The teacher's view: components that keep distances, folds that keep artists together, guesses that generalise."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")

from segue.research.training.teacher import artist_folds, out_of_fold_guesses, principal_components


def test_all_components_keep_the_geometry_of_standardised_rows():
    rows = np.random.default_rng(0).normal(size=(40, 12)) * np.arange(1, 13)
    components = principal_components(rows, 12)
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    ours, theirs = components @ components.T, standard @ standard.T
    np.testing.assert_allclose(ours / ours[0, 0], theirs / theirs[0, 0], rtol=1e-3, atol=1e-3)
    assert components.std() == pytest.approx(1.0, rel=1e-4)


def test_no_artist_is_in_two_folds_and_folds_are_about_equal():
    rng = np.random.default_rng(0)
    groups = [f"artist {k}" for k in rng.integers(0, 60, size=400)]
    fold = artist_folds(groups, 8, rng)
    for name in set(groups):
        assert len({int(f) for f, g in zip(fold, groups, strict=True) if g == name}) == 1
    assert np.bincount(fold).min() > 40


def test_guesses_are_good_where_classes_differ_and_chance_where_only_artists_do():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 40)
    groups = [f"artist {k}" for k in np.arange(160) // 4]
    noise = rng.normal(size=(160, 16))
    by_class = out_of_fold_guesses(noise + 5 * np.eye(4, 16)[labels], labels, groups, 4, rng)
    np.testing.assert_allclose(by_class.sum(axis=1), 1.0, rtol=1e-5)
    assert (by_class.argmax(axis=1) == labels).mean() > 0.9
    # Every artist has a place of its own: in-sample guesses would be perfect, out-of-fold ones must not be.
    places = rng.normal(size=(40, 16))[np.arange(160) // 4] * 3
    by_artist = out_of_fold_guesses(places, labels, groups, 4, rng)
    assert (by_artist.argmax(axis=1) == labels).mean() < 0.6
