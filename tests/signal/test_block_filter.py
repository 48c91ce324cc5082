"""The block filter is the recursive filter, to float32 rounding."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from segue.facets.loudness import k_weighting
from segue.signal.block_filter import BLOCK_SIZE, BlockFilter


def filtered(block_filter, samples):
    """Return what the filter gives for ``(n_channels, n)``, pushed in as many samples as it takes at once."""
    pieces = []
    for piece in np.split(samples, samples.shape[1] // block_filter.blocks[0].size, axis=1):
        block_filter.blocks[...] = piece.reshape(block_filter.blocks.shape)
        pieces.append(block_filter().copy())
    return np.concatenate(pieces, axis=1)


@pytest.mark.parametrize("n_blocks", [1, 15, 16, 80])
@pytest.mark.parametrize(
    "sections",
    [
        k_weighting(44_100),
        k_weighting(192_000),
        butter(4, 0.3, output="sos"),
        butter(6, 0.01, "high", output="sos"),
    ],
    ids=["K at 44.1 kHz", "K at 192 kHz", "low-pass", "high-pass"],
)
def test_it_is_the_recursion(sections, n_blocks):
    rng = np.random.default_rng(0)
    samples = (rng.standard_normal((2, 3 * n_blocks * BLOCK_SIZE)) + 0.5).astype(np.float32)
    expected = sosfilt(sections, samples.astype(np.float64), axis=1)
    np.testing.assert_allclose(filtered(BlockFilter(sections, 2, n_blocks), samples), expected, atol=1e-5)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_counts_as_nothing(odd):
    samples = np.random.default_rng(0).standard_normal((2, 40 * BLOCK_SIZE)).astype(np.float32)
    mended = samples.copy()
    samples[1, 777], mended[1, 777] = odd, 0.0
    given, expected = (filtered(BlockFilter(k_weighting(44_100), 2, 20), each) for each in (samples, mended))
    np.testing.assert_array_equal(given, expected)
