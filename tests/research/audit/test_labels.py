"""Confident learning on cases worked by hand, and on labels swapped on purpose."""

import numpy as np
import pytest

from segue.research.audit.labels import confident_errors, out_of_fold, suspicious_labels


def test_the_confident_joint_by_hand():
    # Means: class 0 over rows 0-2: 0.7; class 1 over rows 3-5: 0.6.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.4, 0.6], [0.2, 0.8], [0.6, 0.4]])
    found = confident_errors(probabilities, np.array([0, 0, 0, 1, 1, 1]))
    # Row 2 reaches 0.7 of class 1, whose threshold is 0.6. Row 5's 0.6 of class 0 misses 0.7.
    assert [(row, other) for row, other, _ in found] == [(2, 1)]


def blobs(rng, n=120, dim=12, n_classes=4):
    labels = np.arange(n) % n_classes
    centres = rng.normal(0, 2.0, (n_classes, dim))
    return centres[labels] + rng.normal(0, 1.0, (n, dim)), labels


@pytest.mark.parametrize("seed", [0, 1])
def test_swapped_labels_are_found(seed):
    rng = np.random.default_rng(seed)
    features, labels = blobs(rng)
    given = labels.copy()
    swapped = rng.choice(len(labels), 8, replace=False)
    given[swapped] = (given[swapped] + 1 + rng.integers(0, 3, 8)) % 4
    names = np.array(["ambient", "blues", "country", "disco"])
    found = suspicious_labels(features, names[given], [f"artist {i // 2}" for i in range(len(labels))])
    rows = {one.row for one in found}
    assert len(rows & set(swapped)) >= 6 and len(rows - set(swapped)) <= 2
    assert [one.margin for one in found] == sorted((one.margin for one in found), reverse=True)
    assert all(one.other == names[labels[one.row]] for one in found if one.row in swapped)


def test_a_group_is_never_judged_by_its_own():
    # Every artist has one sound and one label; an artist's own tracks would give it away.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 5)
    features = rng.normal(0, 1, (40, 30))[groups]
    labels = rng.integers(0, 2, 40)[groups]
    probabilities = out_of_fold(features, labels, groups.astype(str))
    assert abs((probabilities.argmax(axis=1) == labels).mean() - 0.5) < 0.25
    assert np.allclose(probabilities.sum(axis=1), 1.0)


def test_too_few_to_judge_are_not_judged():
    features = np.random.default_rng(0).normal(0, 1, (30, 4))
    assert suspicious_labels(features, ["a"] * 30, [str(i) for i in range(30)]) == []
    rare = ["a"] * 14 + ["b"] * 14 + ["c"] * 2
    assert all(
        one.given != "c" and one.other != "c"
        for one in suspicious_labels(features, rare, [str(i) for i in range(30)])
    )


def test_another_seed_folds_otherwise_and_the_same_one_alike():
    features, labels = blobs(np.random.default_rng(3))
    groups = np.array([str(i // 2) for i in range(len(labels))])
    one, again, other = (out_of_fold(features, labels, groups, seed) for seed in (0, 0, 1))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
