"""The block filter is the recursive filter, to float32 rounding."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from segue.analysis.block_filter import BlockFilter
from segue.analysis.loudness import k_weighting


@pytest.mark.parametrize("block_size", [1, 32, 63])
@pytest.mark.parametrize(
    "sections",
    [
        k_weighting(44_100),
        k_weighting(192_000),
        butter(3, 0.3, output="sos"),
        butter(5, 0.01, "high", output="sos"),
    ],
    ids=["K at 44.1 kHz", "K at 192 kHz", "low-pass", "high-pass"],
)
def test_it_is_the_recursion(sections, block_size):
    rng = np.random.default_rng(0)
    n = 16 * block_size * 5
    samples = (rng.standard_normal((2, 3 * n)) + 0.5).astype(np.float32)
    block_filter = BlockFilter(sections, block_size, n_channels=2)
    pieces = [block_filter(samples[:, i : i + n]).copy() for i in range(0, 3 * n, n)]
    expected = sosfilt(sections, samples.astype(np.float64), axis=1)
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), expected, atol=3e-5)
