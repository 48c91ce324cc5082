"""Nearest neighbours against a dense computation, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from segue.recommend.models import itemknn
from tests.recommend.models.worlds import two_tastes


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize("k", [1, 5, 100])
def test_nearest_are_the_largest_of_the_dense_cosines(monkeypatch, block, k):
    monkeypatch.setattr(itemknn, "BLOCK", block)
    pairs, _, _ = two_tastes()
    x = pairs.toarray()
    together = x.T @ x
    root = np.sqrt(np.diag(together))
    dense = together / (np.outer(root, root) + 3.0)
    np.fill_diagonal(dense, 0)
    found = itemknn.nearest(pairs, k, 3.0).toarray()
    for row, kept in zip(dense, found, strict=True):
        n = min(k, np.count_nonzero(row > 0))
        assert np.count_nonzero(kept) == n
        np.testing.assert_allclose(np.sort(kept)[::-1][:n], np.sort(row)[::-1][:n], rtol=1e-5)
        np.testing.assert_allclose(kept[kept > 0], row[kept > 0], rtol=1e-5)


def test_of_equal_ones_those_further_left_stay():
    rows = sparse.csr_matrix(np.array([[1, 3, 1, 1, 0], [0, 2, 0, 0, 0], [0, 0, 0, 0, 0]], np.float32))
    kept = itemknn.largest_per_row(rows, 2).toarray()
    assert kept.tolist() == [[1, 3, 0, 0, 0], [0, 2, 0, 0, 0], [0, 0, 0, 0, 0]]
